// What decoded bodies are for programs and for the eye.

import { describe, expect, it } from 'vitest';
import { bodyJson, valueJson } from '../../src/content/body-json.ts';
import { decodeBody } from '../../src/content/decode-body.ts';
import { type BodyValue, Tagged } from '../../src/content/decoder.ts';
import { valueText } from '../../src/content/value-text.ts';
import { utf8 } from './fixtures.ts';

const CASES: readonly (readonly [value: BodyValue, json: unknown, text: string])[] = [
  [null, null, 'null'],
  [undefined, null, 'undefined'],
  [5n, 5, '5'],
  [2n ** 64n, '18446744073709551616', '18446744073709551616'],
  [Number.NaN, { type: 'double', value: 'NaN' }, 'NaN'],
  [-0, { type: 'double', value: '-0' }, '-0'],
  [Uint8Array.of(10, 31), { type: 'bytes', base64: 'Ch8=' }, "h'0a1f'"],
  [new Date(0), '1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.000Z'],
  [new Tagged(5, [1]), { type: 'tagged', tag: 5, value: [1] }, '5([1])'],
  [new Map([['a', 1]]), { a: 1 }, '{"a":1}'],
  [new Map([[1, 2n]]), { type: 'map', entries: [[1, 2]] }, '{1:2}'],
  [{ a: ['x', true] }, { a: ['x', true] }, '{"a":["x",true]}'],
];

describe('a decoded value', () => {
  it.each(CASES)('%o as JSON and as text', (value, json, text) => {
    expect(valueJson(value)).toEqual(json);
    expect(valueText(value, 1000)).toBe(text);
  });

  it('with the key __proto__ keeps it', () => {
    expect(JSON.stringify(valueJson(new Map([['__proto__', 1]])))).toBe('{"__proto__":1}');
  });

  it('that is large is cut, in no more time than its line takes', () => {
    const value = Array.from({ length: 1_000_000 }, () => 'tea');
    expect(valueText(value, 20)).toBe('["tea","tea","tea","t…"…]');
    expect(valueText('x'.repeat(1e6), 10)).toBe('"xxxxxxxxxx…"');
    expect(valueText({ a: { b: { c: 'x'.repeat(50) } } }, 20)).toHaveLength(26);
  });
});

describe('a decoded body as JSON', () => {
  it('has its text, value or bytes, and how it came to them', () => {
    const base = { notes: [], complete: true };
    expect(bodyJson(decodeBody(utf8('tea')))).toEqual({
      ...base,
      decoder: 'text',
      kind: 'text',
      layers: ['text'],
      text: 'tea',
    });
    expect(bodyJson(decodeBody(utf8('[1]')))).toEqual({
      ...base,
      decoder: 'json',
      kind: 'value',
      layers: ['json'],
      value: [1],
    });
    expect(bodyJson(decodeBody(Uint8Array.of(255)))).toEqual({
      ...base,
      decoder: 'hex',
      kind: 'hex',
      layers: [],
      base64: '/w==',
    });
  });
});
