// Protocol Buffers: bytes of protobufjs, read with the schema, with another one, and with none.

import protobufjs from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { valueJson } from '../../src/content/body-json.ts';
import { decodeBody } from '../../src/content/decode-body.ts';
import { loadProtobuf, type SchemaFile } from '../../src/content/protobuf-schemas.ts';
import { matchesPattern } from '../../src/content/topic-pattern.ts';
import { ConfigError } from '../../src/errors.ts';
import { fromHex, utf8 } from './fixtures.ts';

const ORDER: SchemaFile = {
  name: 'protos/shop/order.proto',
  text: `syntax = "proto3"; package shop;
    import "shop/item.proto"; import "google/protobuf/timestamp.proto"; import "google/protobuf/wrappers.proto";
    import "google/protobuf/any.proto"; import "google/protobuf/duration.proto"; import "google/protobuf/struct.proto";
    enum Kind { UNKNOWN = 0; RUSH = 1; }
    message Order {
      int64 id = 1; string customer_name = 2; repeated sint32 steps = 3; repeated Item items = 4;
      map<string, uint32> stock = 5; Kind kind = 6; bytes raw = 7; double total = 8; fixed64 big = 9; bool paid = 10;
      oneof how { string card = 11; string cash = 12; }
      google.protobuf.Timestamp at = 13; google.protobuf.StringValue note = 14; google.protobuf.Any extra = 15;
      google.protobuf.Duration took = 16; google.protobuf.Struct free = 17; map<int32, Item> by_number = 18;
      repeated string tags = 19; uint64 huge = 20; int32 below = 21;
    }`,
};
const ITEM: SchemaFile = {
  name: 'protos/shop/item.proto',
  text: 'syntax = "proto3"; package shop; message Item { string sku = 1; Item part = 2; }',
};

/** The library's own reading of the same files. */
function libraryTypes(): protobufjs.Root {
  const root = new protobufjs.Root();
  for (const { text } of [ITEM, ORDER]) {
    for (const name of protobufjs.parse(text, root, { keepCase: true }).imports ?? []) {
      const common = protobufjs.common.get(name);
      if (common) root.addJSON(common.nested!);
    }
  }
  return root;
}

const Order = libraryTypes().lookupType('shop.Order');
const Item = libraryTypes().lookupType('shop.Item');
const schemas = { protobuf: await loadProtobuf([ORDER, ITEM], ['orders.*=Order', 'items.#=shop.Item']) };

function decode(body: Uint8Array, routingKey = 'orders.eu') {
  return decodeBody(body, {}, { routingKey, schemas });
}

describe('with a schema', () => {
  it('fields have names, and values their types', () => {
    const body = Order.encode({
      id: { low: 1, high: 0x200000, unsigned: false },
      customer_name: 'Ada',
      steps: [-1, 2, -3],
      items: [{ sku: 'tea', part: { sku: 'bag' } }],
      stock: { tea: 4_000_000_000 },
      kind: 1,
      raw: Uint8Array.of(1, 2),
      total: 12.5,
      big: { low: -1, high: -1, unsigned: true },
      paid: true,
      cash: 'coins',
      at: { seconds: 1_700_000_000, nanos: 500_000_000 },
      note: { value: 'now' },
      extra: { type_url: 'type.googleapis.com/shop.Item', value: Item.encode({ sku: 'cup' }).finish() },
      took: { seconds: 1, nanos: 500_000_000 },
      free: { fields: { a: { numberValue: 1 }, b: { listValue: { values: [{ boolValue: true }] } } } },
      by_number: { 7: { sku: 'pot' } },
      tags: ['hot', ''],
      huge: { low: -1, high: -1, unsigned: true },
      below: -7,
    }).finish();
    const decoded = decode(body);
    expect(decoded).toMatchObject({ kind: 'value', layers: ['protobuf shop.Order'], notes: [] });
    expect(valueJson(decoded.value)).toEqual({
      id: '9007199254740993',
      customer_name: 'Ada',
      steps: [-1, 2, -3],
      items: [{ sku: 'tea', part: { sku: 'bag' } }],
      stock: { tea: 4_000_000_000 },
      kind: 'RUSH',
      raw: { type: 'bytes', base64: 'AQI=' },
      total: 12.5,
      big: '18446744073709551615',
      paid: true,
      cash: 'coins',
      at: '2023-11-14T22:13:20.500Z',
      note: 'now',
      extra: { '@type': 'type.googleapis.com/shop.Item', sku: 'cup' },
      took: '1.5s',
      free: { a: 1, b: [true] },
      by_number: { 7: { sku: 'pot' } },
      tags: ['hot', ''],
      huge: '18446744073709551615',
      below: -7,
    });
  });

  it('fields and enum values that it does not know are kept by their number', () => {
    const body = fromHex('08 11  30 05  9a 06 03 746561  9a 06 03 686f74');
    expect(valueJson(decode(body).value)).toEqual({ id: 17, kind: 5, '#99': ['tea', 'hot'] });
  });

  it('a field of another wire type is kept by its number', () => {
    expect(valueJson(decode(fromHex('0a 03 746561')).value)).toEqual({ '#1': 'tea' });
  });

  it('numbers may be packed or not, whatever the schema says', () => {
    expect(valueJson(decode(fromHex('18 01 18 04 1a 02 0103')).value)).toEqual({ steps: [-1, 2, -1, -2] });
  });

  it('comes before the content type, and the look of the body', () => {
    const body = Item.encode({ sku: 'tea' }).finish();
    const decoded = decodeBody(body, { content_type: 'text/plain' }, { routingKey: 'items.a.b', schemas });
    expect(decoded.layers).toEqual(['protobuf shop.Item']);
  });

  it('is found by the property `type`', () => {
    const decoded = decodeBody(Item.encode({ sku: 'tea' }).finish(), { type: 'shop.Item' }, { schemas });
    expect(decoded.layers).toEqual(['protobuf shop.Item']);
  });

  it('that does not fit is said, and the body decoded as what it is', () => {
    expect(decode(utf8('{"a":1}'))).toMatchObject({
      layers: ['json'],
      notes: [expect.stringMatching(/^the schema given for Protocol Buffers: /)],
    });
  });

  it('of messages nested without end is stopped', () => {
    let body: Uint8Array = fromHex('0a 01 61');
    for (let i = 0; i < 1000; i++) body = nested(body);
    expect(decode(body, 'items').notes[0]).toContain('nested more than 128 deep');
  });
});

/** As field 2 of another message. */
function nested(body: Uint8Array): Uint8Array {
  const size: number[] = [];
  for (let left = body.length; ; left >>= 7) {
    size.push(left > 0x7f ? (left & 0x7f) | 0x80 : left);
    if (left <= 0x7f) break;
  }
  return Buffer.concat([Uint8Array.of(0x12, ...size), body]);
}

describe('without a schema', () => {
  const guess = (hex: string) => valueJson(decodeBody(fromHex(hex), { content_type: 'application/protobuf' }).value);

  it.each([
    ['08 96 01', { 1: 150 }],
    ['12 07 74657374696e67', { 2: 'testing' }],
    ['1a 03 08 96 01', { 3: { 1: 150 } }],
    ['0d 0000c03f', { 1: 1.5 }],
    ['09 000000000000f83f', { 1: 1.5 }],
    ['0d 01000000', { 1: 1 }],
    ['08 ffffffffffffffffff01', { 1: '18446744073709551615' }],
    ['08 01 08 02', { 1: [1, 2] }],
    ['0b 10 05 0c', { 1: { 2: 5 } }],
    ['0a 00', { 1: '' }],
    ['0a 02 ff00', { 1: { type: 'bytes', base64: '/wA=' } }],
    ['0a 0a 0a 08 6f6e652074776f21', { 1: { 1: 'one two!' } }],
  ])('%s is %j', (hex, value) => {
    expect(guess(hex)).toEqual(value);
  });

  it.each(['08', '08 ff', '0a 05 61', '00 01', '0f', '0c', '08 ffffffffffffffffffff01', '0b 08 01'])(
    '%s is refused',
    (hex) => {
      expect(decodeBody(fromHex(hex), {}, { decoder: 'protobuf' })).toMatchObject({
        kind: 'hex',
        notes: [expect.any(String)],
      });
    },
  );

  it('random bytes are rarely taken for it', () => {
    let state = 1;
    const random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    };
    let taken = 0;
    for (let i = 0; i < 5000; i++) {
      const body = Uint8Array.from({ length: 4 + (random() % 60) }, random);
      if (decodeBody(body).kind !== 'hex') taken++;
    }
    expect(taken).toBeLessThan(50);
  });

  it('messages nested without end are bytes from some depth on', () => {
    let body: Uint8Array = fromHex('08 01');
    for (let i = 0; i < 2000; i++) body = nested(body);
    const decoded = decodeBody(body, {}, { decoder: 'protobuf' });
    expect(decoded.kind).toBe('value');
    expect(JSON.stringify(valueJson(decoded.value)).length).toBeLessThan(3 * body.length);
  });

  it('groups nested without end are refused', () => {
    expect(decodeBody(new Uint8Array(100_000).fill(0x0b), {}, { decoder: 'protobuf' }).notes[0]).toContain(
      'nested more than 32 deep',
    );
  });
});

describe('.proto files', () => {
  const load = async (files: readonly SchemaFile[], map: readonly string[] = []) => {
    try {
      return await loadProtobuf(files, map);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      return (error as ConfigError).message;
    }
  };

  it('that import what is not given say so', async () => {
    expect(await load([ORDER])).toBe(
      '--proto: protos/shop/order.proto imports shop/item.proto, which is not given; give it with --proto too',
    );
  });

  it('that are broken say where', async () => {
    expect(await load([{ name: 'a.proto', text: 'syntax = "proto3";\nmessage { }' }])).toMatch(
      /^--proto: a\.proto: .*line 2/,
    );
    expect(await load([{ name: 'a.proto', text: 'syntax = "proto3"; message A { Nothing a = 1; }' }])).toMatch(
      /Nothing/,
    );
  });

  it('with custom options and proto2 groups are read', async () => {
    const text = `syntax = "proto2"; import "google/protobuf/descriptor.proto";
      extend google.protobuf.FieldOptions { optional string column = 50000; }
      message Old { required int32 id = 1 [(column) = "ID"]; repeated group Part = 2 { optional string name = 3; } }`;
    const loaded = { protobuf: await loadProtobuf([{ name: 'old.proto', text }], ['#=Old']) };
    const decoded = decodeBody(fromHex('08 05 13 1a 01 61 14'), {}, { routingKey: '', schemas: loaded });
    expect(Object.values(valueJson(decoded.value) as object)).toEqual([5, [{ name: 'a' }]]);
  });

  it('map only to types that they have', async () => {
    expect(await load([ITEM], ['a=Order'])).toBe('--proto-map: no single message type Order; known are shop.Item');
    expect(await load([ITEM], ['Item'])).toBe("--proto-map: expected routing_key=Type, found 'Item'");
    expect(await load([ITEM], ['=Item'])).toContain('expected routing_key=Type');
  });
});

describe('patterns on routing keys', () => {
  it.each([
    ['orders.eu', 'orders.eu', true],
    ['orders.*', 'orders.eu', true],
    ['orders.*', 'orders', false],
    ['orders.*', 'orders.eu.big', false],
    ['orders.#', 'orders', true],
    ['orders.#', 'orders.eu.big', true],
    ['#', '', true],
    ['#.big', 'orders.eu.big', true],
    ['*.eu.#', 'orders.eu', true],
    ['order-*', 'order-17', true],
    ['order-*', 'order-17.eu', false],
    ['o*r*s', 'orders', true],
    ['o*x*s', 'orders', false],
    ['a*a', 'a', false],
    ['', '', true],
  ])('%j and %j: %s', (pattern, key, matches) => {
    expect(matchesPattern(pattern, key)).toBe(matches);
  });

  it('of many wildcards take no time', () => {
    expect(matchesPattern(`${'#.'.repeat(60)}x`, `${'a.'.repeat(120)}b`)).toBe(false);
    expect(matchesPattern(`${'*a'.repeat(60)}x`, 'a'.repeat(255))).toBe(false);
  });
});
