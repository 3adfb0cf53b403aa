// Avro against avsc, the library that senders use in Node.

import { deflateRawSync } from 'node:zlib';
import avsc from 'avsc';
import { describe, expect, it } from 'vitest';
import { HOST_CODECS } from '../../src/api/host-codecs.ts';
import { parseAvro } from '../../src/content/avro-schema.ts';
import { valueJson } from '../../src/content/body-json.ts';
import { decodeBody } from '../../src/content/decode-body.ts';
import { DecodeError } from '../../src/content/decoder.ts';
import { fromHex, ORDER, ORDER_AVRO, ORDER_JSON, utf8 } from './fixtures.ts';

const orders = parseAvro([JSON.stringify(ORDER_AVRO.schema())]);

function decode(body: Uint8Array, schema: object | undefined, contentType = 'application/avro') {
  const avro = schema && parseAvro([JSON.stringify(schema)]);
  return decodeBody(body, { content_type: contentType }, { codecs: HOST_CODECS, schemas: { avro } });
}

describe('Avro values', () => {
  it.each<[schema: object, value: unknown]>([
    [{ type: 'null' }, null],
    [{ type: 'boolean' }, true],
    [{ type: 'int' }, -123456],
    [{ type: 'long' }, 9007199254740990],
    [{ type: 'float' }, 1.5],
    [{ type: 'double' }, -1e100],
    [{ type: 'string' }, 'caffè'],
    [{ type: 'enum', name: 'E', symbols: ['A', 'B'] }, 'B'],
    [{ type: 'array', items: { type: 'map', values: 'int' } }, [{ a: 1, b: 2 }, {}]],
    [{ type: 'record', name: 'ns.R', fields: [{ name: 'next', type: ['null', 'R'] }] }, { next: { next: null } }],
    [{ type: 'record', name: 'Empty', fields: [] }, {}],
  ])('of the schema %j are read as the library wrote them', (schema, value) => {
    const type = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: false });
    const decoded = decode(type.toBuffer(value), schema);
    expect(decoded).toMatchObject({ kind: 'value', notes: [] });
    expect(valueJson(decoded.value)).toEqual(value);
  });

  it('of more than 53 bits are exact', () => {
    expect(decode(fromHex('ffffffffffffffffff01'), { type: 'long' }).value).toBe(-9223372036854775808n);
  });

  it.each([
    ['80808df3e75f', { type: 'long', logicalType: 'timestamp-millis' }, new Date(1646032691200)],
    ['f681c89ddbc3ec05', { type: 'long', logicalType: 'timestamp-micros' }, '2022-02-28T07:18:11.200123Z'],
    ['dea302', { type: 'int', logicalType: 'date' }, '2021-02-13'],
    ['04 04d2', { type: 'bytes', logicalType: 'decimal', precision: 6, scale: 2 }, '12.34'],
    ['02 ff', { type: 'bytes', logicalType: 'decimal', precision: 6, scale: 2 }, '-0.01'],
    ['04d2', { type: 'fixed', name: 'F', size: 2, logicalType: 'decimal', scale: 1 }, '123.4'],
    ['0a', { type: 'int', logicalType: 'nobody-knows' }, 5],
  ])('%s of %j is %s', (hex, schema, value) => {
    expect(decode(fromHex(hex), schema).value).toEqual(value);
  });

  it('may use types of schemas before', () => {
    const avro = parseAvro([
      '{"type":"enum","name":"shop.Kind","symbols":["A","B"]}',
      '{"type":"record","name":"shop.Order","fields":[{"name":"kind","type":"Kind"},{"name":"n","type":"int"}]}',
    ]);
    const decoded = decodeBody(fromHex('02 06'), {}, { schemas: { avro } });
    expect(decoded.layers).toEqual(['avro shop.Order']);
    expect(valueJson(decoded.value)).toEqual({ kind: 'B', n: 3 });
  });
});

describe('Avro bodies', () => {
  const body = ORDER_AVRO.toBuffer(ORDER);
  const schemas = { avro: orders };

  it.each([
    ['alone', ''],
    ['with Confluent’s prefix', '00 00000007'],
    ['with the single-object prefix', 'c301 0102030405060708'],
  ])('%s are read', (_, prefix) => {
    const decoded = decodeBody(Buffer.concat([fromHex(prefix), body]), {}, { schemas });
    expect(decoded).toMatchObject({ layers: ['avro shop.Order'], notes: [] });
    expect(valueJson(decoded.value)).toEqual(ORDER);
  });

  it('without a schema are hex, and say what is missing', () => {
    expect(decode(body, undefined)).toMatchObject({
      kind: 'hex',
      notes: ['content-type application/avro: needs a schema: --avro FILE.avsc'],
    });
  });

  it('of another content type are left to it', () => {
    expect(decodeBody(utf8(ORDER_JSON), { content_type: 'application/json' }, { schemas }).layers).toEqual(['json']);
  });

  it('that the schema does not fit are decoded as what they are', () => {
    expect(decodeBody(utf8(ORDER_JSON), {}, { schemas })).toMatchObject({
      layers: ['json'],
      notes: [expect.stringMatching(/^the schema given for Avro: /)],
    });
  });

  it.each(['null', 'deflate'])('that are container files with codec %s bring their schema', async (codec) => {
    const file = await container(codec);
    const decoded = decodeBody(file, {}, { codecs: HOST_CODECS });
    expect(decoded).toMatchObject({ layers: ['avro shop.Order'], notes: [] });
    expect(valueJson(decoded.value)).toEqual([ORDER, ORDER]);
  });
});

describe('hostile Avro', () => {
  const nulls = { type: 'array', items: 'null' };

  it('of values that take no bytes is stopped', () => {
    expect(decode(fromHex('feffffffffffffffff01 00'), nulls).notes[0]).toContain('more than 100000 values');
    expect(decode(fromHex('01 00 00'), nulls).kind).toBe('value');
  });

  it('of a record that holds itself is stopped', () => {
    const schema = { type: 'record', name: 'R', fields: [{ name: 'r', type: 'R' }] };
    expect(decode(fromHex('00'), schema).notes[0]).toContain('nested more than 128 deep');
  });

  it('of a schema that doubles at every level is stopped', () => {
    let schema: object = { type: 'record', name: 'R0', fields: [] };
    for (let i = 1; i < 40; i++) {
      const fields = [
        { name: 'a', type: schema },
        { name: 'b', type: `R${i - 1}` },
      ];
      schema = { type: 'record', name: `R${i}`, fields };
    }
    expect(decode(fromHex('00'), schema).notes[0]).toContain('more than 100000 values');
  });

  it('lengths that are negative or too long are refused', () => {
    expect(decode(fromHex('01'), { type: 'string' }).notes[0]).toContain('negative length');
    expect(decode(fromHex('feffffffffffffffff01'), { type: 'bytes' }).notes[0]).toContain('is cut short');
  });

  it('container files of a bomb are stopped', () => {
    const bomb = deflateRawSync(new Uint8Array(64 << 20));
    const schema = utf8('"null"');
    const meta = [
      fromHex('04'),
      ...[utf8('avro.schema'), schema, utf8('avro.codec'), utf8('deflate')].map((bytes) =>
        Buffer.concat([long(bytes.length), bytes]),
      ),
      fromHex('00'),
    ];
    const sync = new Uint8Array(16);
    const file = Buffer.concat([fromHex('4f626a01'), ...meta, sync, long(1), long(bomb.length), bomb, sync]);
    expect(decodeBody(file, {}, { codecs: HOST_CODECS }).notes[0]).toContain('unpacks to more than');
  });
});

describe('Avro schemas', () => {
  it.each(['{', '5', '{"type":"record"}', '"Nothing"', '{"type":"array"}', '{"type":"fixed","name":"F"}', '{}'])(
    '%s is refused',
    (text) => {
      expect(() => parseAvro([text])).toThrow(DecodeError);
    },
  );
});

/** A long as Avro writes it. */
function long(value: number): Uint8Array {
  return avsc.Type.forSchema('long').toBuffer(value);
}

/** An object container file of two orders. */
function container(codec: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const encoder = new avsc.streams.BlockEncoder(ORDER_AVRO, { codec } as object);
    const pieces: Buffer[] = [];
    encoder.on('data', (piece: Buffer) => pieces.push(piece));
    encoder.on('end', () => resolve(Buffer.concat(pieces)));
    encoder.on('error', reject);
    encoder.write(ORDER);
    encoder.end(ORDER);
  });
}
