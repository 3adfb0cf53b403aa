// JSON with exact numbers: the same values as JSON.parse where that is exact, more where it is not.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatJson,
  JsonSyntaxError,
  parseJson,
  plainJson,
  WholeDouble,
} from '../../../src/broker/definitions/exact-json.ts';

describe('JSON', () => {
  it('has the values that JSON.parse gives', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(0, 2), (text, indent) => {
        const value: unknown = JSON.parse(text);
        expect(plainJson(parseJson(JSON.stringify(value, null, indent)))).toEqual(value);
      }),
    );
  });

  it('is written as it was read', () => {
    const text =
      '{"a":[1,1.0,-0.5,1e+30,9007199254740993,-9223372036854775808],"b":{"":null,"__proto__":true},"c":"\\u0000é€\\n"}';
    expect(formatJson(parseJson(text))).toBe(text);
  });

  it('tells integers from doubles, and loses no digit', () => {
    expect(parseJson('[1, 1.0, 1e3, 1.5, 12345678901234567890]')).toEqual([
      1,
      new WholeDouble(1),
      new WholeDouble(1000),
      1.5,
      12345678901234567890n,
    ]);
  });

  it('may have strings of megabytes', () => {
    const text = JSON.stringify('x\n'.repeat(4_000_000));
    expect(parseJson(text)).toBe(JSON.parse(text));
  });

  it('refuses what JSON.parse refuses, wherever a text is spoiled', () => {
    const spoiled = fc.tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', '\\', '\n', '-', '0', 'e', '.'));
    fc.assert(
      fc.property(spoiled, ([text, at, piece]) => {
        const place = at % (text.length + 1);
        const changed = text.slice(0, place) + piece + text.slice(place + 1);
        expect(isJson(changed, parseJson)).toBe(isJson(changed, JSON.parse));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['', 1, 1, 'expected a value, found the end of the text'],
    ['{\n  "a": 1,\n  b: 2\n}', 3, 3, 'expected a key in double quotes, found "b"'],
    ['{"a": 1,}', 1, 9, 'expected a key in double quotes, found "}"'],
    ['[1, 2', 1, 6, "expected ',' or ']', found the end of the text"],
    ['[01]', 1, 3, "expected ',' or ']', found \"1\""],
    ['"abc', 1, 1, 'expected a string with a closing quote, and control characters escaped, found "\\""'],
    ['"\\x"', 1, 1, 'expected a string with valid escapes, found "\\""'],
    ['{"a" 1}', 1, 6, 'expected \':\' after the key, found "1"'],
    ['[] []', 1, 4, 'expected the end, found "["'],
    ['['.repeat(1000), 1, 130, 'expected at most 128 levels of nesting, found "["'],
  ])('%j is refused at line %i, column %i', (text, line, column, message) => {
    expect(errorOf(text)).toEqual({ line, column, message });
  });
});

function isJson(text: string, parse: (text: string) => unknown): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

function errorOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return { line: error.line, column: error.column, message: error.message };
  }
}
