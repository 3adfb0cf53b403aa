// Bodies of many or deep values: what they may decode to is counted, not how long it takes. Counterpart: the property test.

import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { HOST_CODECS } from '../../src/api/host-codecs.ts';
import { bodyLine } from '../../src/content/body-line.ts';
import { type DecodedBody, decodeBody } from '../../src/content/decode-body.ts';
import type { Unpack } from '../../src/content/decoder.ts';
import { ValueBudget } from '../../src/content/value-budget.ts';
import { utf8 } from './fixtures.ts';

const MAX_VALUES = 1000;
const TOO_MANY = `has more than ${MAX_VALUES} values`;

function decode(body: Uint8Array, type?: string): DecodedBody {
  return decodeBody(body, type === undefined ? {} : { content_type: type }, { maxValues: MAX_VALUES });
}

function octets(...parts: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flat());
}

function times(count: number, ...pattern: readonly number[]): readonly number[] {
  return Array.from({ length: count }, () => pattern).flat();
}

/** An array or a map of a thousand and one members has more values than allowed; one of nine hundred does not. */
const BODIES: readonly (readonly [what: string, type: string, body: (count: number) => Uint8Array])[] = [
  ['JSON array', 'application/json', (count) => utf8(`[${'1,'.repeat(count - 1)}1]`)],
  ['JSON object', 'application/json', (count) => utf8(`{${'"a":1,'.repeat(count - 1)}"a":1}`)],
  ['JSON of large integers', 'application/json', (count) => utf8(`[${'12345678901234567890,'.repeat(count - 1)}1]`)],
  ['form', 'application/x-www-form-urlencoded', (count) => utf8(Array(count).fill('a=1').join('&'))],
  [
    'MessagePack of nils',
    'application/msgpack',
    (count) => octets([0xdc, count >> 8, count & 255], times(count, 0xc0)),
  ],
  ['CBOR array', 'application/cbor', (count) => octets([0x9f], times(count, 0), [0xff])],
  ['CBOR of empty arrays', 'application/cbor', (count) => octets([0x9f], times(count / 2, 0x9f, 0xff), [0xff])],
  ['CBOR string in pieces', 'application/cbor', (count) => octets([0x5f], times(count, 0x41, 0), [0xff])],
  ['protobuf of empty groups', 'application/protobuf', (count) => octets(times(count / 2, 0x0b, 0x0c))],
  ['protobuf of varints', 'application/protobuf', (count) => octets(times(count, 8, 1))],
];

describe('a body of too many values', () => {
  it.each(BODIES)('as %s is left as it came, with a note', (_, type, body) => {
    const decoded = decode(body(2 * MAX_VALUES), type);
    expect(decoded.kind).not.toBe('value');
    expect(decoded.notes).toEqual([`content-type ${type}: ${TOO_MANY}`]);
  });

  it.each(BODIES)('as %s is decoded up to there', (_, type, body) => {
    expect(decode(body(MAX_VALUES - 100), type)).toMatchObject({ kind: 'value', notes: [] });
  });

  it.each([
    ['JSON', utf8(`[${'1,'.repeat(MAX_VALUES)}1]`)],
    ['MessagePack', octets([0x81, 0xa1, 0x61, 0xdc, 8, 0], times(2048, 0xc0))],
    ['CBOR', octets([0xbf], times(MAX_VALUES, 0x61, 0x61, 0), [0xff])],
    ['Protocol Buffers', octets(times(2 * MAX_VALUES, 8, 1))],
  ])('that is %s by its look has the note too', (title, body) => {
    const decoded = decode(body);
    expect(decoded.kind).not.toBe('value');
    expect(decoded.notes).toEqual([`${title}: ${TOO_MANY}`]);
  });

  it('that a guess of protobuf tried in vain counts', () => {
    const length = 2 * MAX_VALUES;
    const piece = octets([0x0a, 0x80 | (length & 0x7f), length >> 7], times(MAX_VALUES, 8, 1));
    expect(decode(piece, 'application/protobuf').notes).toEqual([`content-type application/protobuf: ${TOO_MANY}`]);
  });

  it('is 100,000 if nothing else is said', () => {
    const array = (count: number) =>
      decodeBody(octets([0x9f], times(count, 0), [0xff]), { content_type: 'application/cbor' });
    expect(array(99_000).kind).toBe('value');
    expect(array(100_000).notes[0]).toContain('has more than 100000 values');
  });
});

describe('hostile JSON', () => {
  it.each(['[', '{"a":'])('nested with %s is refused before it is parsed', (opening) => {
    const text = opening.repeat(129);
    expect(decode(utf8(text), 'application/json')).toMatchObject({
      kind: 'text',
      notes: ['content-type application/json: nested more than 128 deep'],
    });
  });

  it('nested 128 deep is decoded', () => {
    expect(decode(utf8('['.repeat(128) + ']'.repeat(128))).kind).toBe('value');
  });

  it('with brackets in strings is not taken for deep', () => {
    expect(decode(utf8(`["${'['.repeat(1000)}","\\"[[${',['.repeat(2000)}"]`)).kind).toBe('value');
  });

  it('with an integer of more than a thousand digits has it as text', () => {
    const digits = '9'.repeat(1001);
    expect(decode(utf8(`[${digits},-${digits}]`)).value).toEqual([digits, `-${digits}`]);
    expect(decode(utf8(`[${digits.slice(1)}]`)).value).toEqual([BigInt(digits.slice(1))]);
  });

  it('with a long number that is no integer leaves it a double', () => {
    expect(decode(utf8(`[1.${'1'.repeat(2000)},${'1'.repeat(2000)}e-1999]`)).value).toEqual([10 / 9, 10 / 9]);
  });
});

describe('hostile XML', () => {
  it('is indented up to as many tags, and goes on as it came', () => {
    const rest = '<a>'.repeat(500);
    const decoded = decode(utf8('<a>'.repeat(MAX_VALUES) + rest), 'application/xml');
    expect(decoded.text!.endsWith(`<a>${rest}`)).toBe(true);
    expect(decoded.text!.replaceAll(/\s+/g, '')).toBe('<a>'.repeat(MAX_VALUES + 500));
    expect(decoded.notes).toEqual([`XML: has more than ${MAX_VALUES} tags; those beyond are not indented`]);
    expect(decoded.complete).toBe(true);
  });

  it('of that many tags is indented to its end', () => {
    const decoded = decode(utf8(`<r>${'<a/>'.repeat(MAX_VALUES - 2)}</r>`));
    expect(decoded).toMatchObject({ decoder: 'xml', notes: [] });
    expect(decoded.text!.split('\n')).toHaveLength(MAX_VALUES);
  });

  it('is shown on one line all the same', () => {
    expect(bodyLine(decode(utf8('<a>'.repeat(2 * MAX_VALUES)), 'text/xml'), 100).text!.length).toBeLessThanOrEqual(100);
  });
});

describe('an envelope that is not there', () => {
  it('is looked for once, however many layers there are', () => {
    let unpacked = 0;
    const inflate: Unpack = (...body) => {
      unpacked++;
      return HOST_CODECS.inflate!(...body);
    };
    let body: Uint8Array = Uint8Array.of(0, 1, 2);
    for (let layer = 0; layer < 8; layer++) body = gzipSync(body);
    const decoded = decodeBody(body, { content_type: 'application/vnd.masstransit+json' }, { codecs: { inflate } });
    expect(decoded.layers).toEqual(Array(8).fill('gzip'));
    expect(unpacked).toBe(2 * 8);
  });
});

describe('a budget of values', () => {
  it('is spent one by one, and stays spent', () => {
    const budget = new ValueBudget(2);
    budget.spend();
    budget.spend();
    expect(() => budget.spend()).toThrow('has more than 2 values');
    expect(() => budget.spend()).toThrow('has more than 2 values');
  });
});
