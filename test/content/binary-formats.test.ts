// MessagePack and CBOR against the libraries that senders use, and against what no library would send.

import { decode as decodeMsgpack, Encoder, ExtData } from '@msgpack/msgpack';
import { encode as encodeCbor } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valueJson } from '../../src/content/body-json.ts';
import { type DecodedBody, decodeBody } from '../../src/content/decode-body.ts';
import { type BodyValue, Tagged } from '../../src/content/decoder.ts';
import { fromHex } from './fixtures.ts';

const msgpackEncoder = new Encoder({ useBigInt64: true });
const asMsgpack = (body: Uint8Array): DecodedBody => decodeBody(body, {}, { decoder: 'msgpack' });
const asCbor = (body: Uint8Array): DecodedBody => decodeBody(body, {}, { decoder: 'cbor' });

/** Values that JSON, MessagePack and CBOR all have. */
const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 20, noNullPrototype: true }),
  ),
})).value;

describe('MessagePack', () => {
  it('of the library is read as it was written', () => {
    fc.assert(
      fc.property(values, (value) => {
        // The library refuses this key when it decodes.
        fc.pre(!JSON.stringify(value).includes('__proto__'));
        const body = msgpackEncoder.encode(value);
        const decoded = asMsgpack(body);
        expect(decoded.notes).toEqual([]);
        expect(valueJson(decoded.value)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(valueJson(decoded.value)).toEqual(valueJson(decodeMsgpack(body, { useBigInt64: true }) as BodyValue));
      }),
    );
  });

  it.each([
    ['cf ffffffffffffffff', 18446744073709551615n],
    ['d3 8000000000000000', -9223372036854775808n],
    ['d3 ffffffffffffffff', -1],
    ['d0 80', -128],
    ['ca 3fc00000', 1.5],
    ['d9 02 6869', 'hi'],
    ['c4 02 0102', Uint8Array.of(1, 2)],
    ['a2 c328', Uint8Array.of(0xc3, 0x28)],
    ['d6 ff 00000001', new Date(1000)],
    ['d7 ff 0000000400000001', '1970-01-01T00:00:01.000000001Z'],
    ['d4 05 07', new Tagged(5, Uint8Array.of(7))],
    ['81 01 c3', new Map([[1, true]])],
    ['81 a9 5f5f70726f746f5f5f 01', new Map([['__proto__', 1]])],
  ])('%s is read', (hex, value) => {
    expect(asMsgpack(fromHex(hex))).toMatchObject({ kind: 'value', value });
  });

  it('of the library’s extension types keeps their number', () => {
    const body = msgpackEncoder.encode(new ExtData(42, Uint8Array.of(1, 2, 3)));
    expect(asMsgpack(body).value).toEqual(new Tagged(42, Uint8Array.of(1, 2, 3)));
  });

  it.each([
    ['dd ffffffff', 'is cut short'],
    ['df 7fffffff 01', 'is cut short'],
    ['93 01 02', 'is cut short'],
    ['c1', 'has the unused octet 0xc1 at byte 0'],
    ['01 02', 'ends at byte 1 of 2'],
    ['', 'is cut short'],
  ])('%s is refused: %s', (hex, reason) => {
    expect(asMsgpack(fromHex(hex)).notes).toEqual([`--decode msgpack: ${reason}`]);
  });

  it('that claims long arrays within each other takes no room for them', () => {
    const body = Uint8Array.from({ length: 65_535 }, (_, i) => (i % 3 === 0 ? 0xdc : 0xff));
    expect(asMsgpack(body).notes).toEqual(['--decode msgpack: is cut short']);
    const possible = Uint8Array.from({ length: 65_535 }, (_, i) => (i % 3 === 0 ? 0xdc : 0x10));
    expect(asMsgpack(possible).notes).toEqual(['--decode msgpack: nested more than 128 deep']);
  });

  it('nested a million deep is refused', () => {
    const body = new Uint8Array(1_000_001).fill(0x91);
    body[1_000_000] = 0;
    expect(asMsgpack(body).notes).toEqual(['--decode msgpack: nested more than 128 deep']);
  });
});

describe('CBOR', () => {
  it('of the library is read as it was written', () => {
    fc.assert(
      fc.property(values, (value) => {
        const decoded = asCbor(encodeCbor(value));
        expect(decoded.notes).toEqual([]);
        expect(valueJson(decoded.value)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  // RFC 8949, appendix A.
  it.each([
    ['1b ffffffffffffffff', 18446744073709551615n],
    ['3b ffffffffffffffff', -18446744073709551616n],
    ['c2 49 010000000000000000', 18446744073709551616n],
    ['c3 49 010000000000000000', -18446744073709551617n],
    ['f9 3c00', 1],
    ['f9 7bff', 65504],
    ['f9 0001', 2 ** -24],
    ['f9 fc00', Number.NEGATIVE_INFINITY],
    ['fa 47c35000', 100000],
    ['f7', undefined],
    ['62 c328', Uint8Array.of(0xc3, 0x28)],
    ['64 efbbbf61', '\ufeffa'],
    ['a1 69 5f5f70726f746f5f5f 01', new Map([['__proto__', 1]])],
    ['f9 7e00', Number.NaN],
    ['db ffffffffffffffff 01', new Tagged(18446744073709551615n, 1)],
    ['c0 74 323031332d30332d32315432303a30343a30305a', new Date('2013-03-21T20:04:00Z')],
    ['c1 1a 514b67b0', new Date(1363896240000)],
    ['d8 20 76 687474703a2f2f7777772e6578616d706c652e636f6d', new Tagged(32, 'http://www.example.com')],
    ['5f 42 0102 43 030405 ff', Uint8Array.of(1, 2, 3, 4, 5)],
    ['7f 65 7374726561 64 6d696e67 ff', 'streaming'],
    ['82 5f ff 7f 60 ff', [new Uint8Array(0), '']],
    ['7f 61 c3 61 a8 ff', 'è'],
    ['9f 01 82 02 03 9f 04 05 ff ff', [1, [2, 3], [4, 5]]],
    [
      'bf 61 61 01 61 62 9f 02 03 ff ff',
      new Map<string, BodyValue>([
        ['a', 1],
        ['b', [2, 3]],
      ]),
    ],
    ['d9 d9f7 01', 1],
    [
      'a2 01 02 03 04',
      new Map([
        [1, 2],
        [3, 4],
      ]),
    ],
  ])('%s is read', (hex, value) => {
    expect(asCbor(fromHex(hex))).toMatchObject({ kind: 'value', notes: [] });
    expect(asCbor(fromHex(hex)).value).toEqual(value);
  });

  it.each([
    ['9a ffffffff', 'found array but not enough entries (got 0, expected 4294967295)'],
    ['9b ffffffffffffffff', '64-bit integer array lengths not supported'],
    ['5a ffffffff', 'not enough data for type'],
    ['5b 7fffffffffffffff', '64-bit integer bytes lengths not supported'],
    ['', 'did not find any content to decode'],
    ['ff', 'has a break at byte 0 that ends nothing'],
    ['82 01 ff', 'has a break at byte 2 that ends nothing'],
    ['9f 01', 'found array but not enough entries (got 1, expected Infinity)'],
    ['7f 61 61', 'is cut short'],
    ['1c', 'encountered invalid minor (28) for major 0'],
    ['f0', 'simple values are not supported'],
    ['bf 61 61 ff', 'has a key without its value at byte 3'],
    ['bf 61 61 ff ff', 'has a key without its value at byte 3'],
    ['c6 ff', 'has a break at byte 1 that ends nothing'],
    ['7f 41 61 ff', 'has a broken string at byte 1'],
    ['01 02', 'ends at byte 1 of 2'],
  ])('%s is refused: %s', (hex, reason) => {
    expect(asCbor(fromHex(hex)).notes).toEqual([`--decode cbor: ${reason}`]);
  });

  it('that claims long arrays within each other takes no room for them', () => {
    const body = Uint8Array.from({ length: 65_535 }, (_, i) => (i % 3 === 0 ? 0x99 : 0xff));
    expect(asCbor(body).notes).toEqual(['--decode cbor: nested more than 128 deep']);
  });

  it.each([0x81, 0xc6, 0x9f])('nested a million deep is refused', (octet) => {
    expect(asCbor(new Uint8Array(1_000_000).fill(octet)).notes).toEqual(['--decode cbor: nested more than 128 deep']);
  });
});
