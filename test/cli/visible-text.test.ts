// No text from the wire may act upon the terminal, hide, or take other columns than those counted for it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf, cutToColumns } from '../../src/cli/columns.ts';
import { visibleText } from '../../src/cli/visible-text.ts';
import { decodeText } from '../../src/protocol/text.ts';

/** What a terminal acts upon, or does not show: controls, format characters, surrogates, separators. */
const DANGEROUS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('visible text', () => {
  it.each([
    ['order.created', 'order.created'],
    ['a b\\c"d', 'a b\\c"d'],
    ['line\nbreak\r\ttab\0nul', 'line\\nbreak\\r\\ttab\\0nul'],
    ['\x1b[31mred\x1b[0m', '\\x1b[31mred\\x1b[0m'],
    ['\x1b]0;title\x07', '\\x1b]0;title\\x07'],
    ['\x9b2J', '\\x9b2J'],
    ['a\u202egnp.exe', 'a\\u{202e}gnp.exe'],
    ['\u2066x\u2069', '\\u{2066}x\\u{2069}'],
    ['zero\u200bwidth', 'zero\\u{200b}width'],
    ['no\u00a0break', 'no\\xa0break'],
    ['filler\u3164', 'filler\\u{3164}'],
    ['\ud800 alone', '\\u{d800} alone'],
    ['\u2028', '\\u{2028}'],
    ['\ue000', '\\u{e000}'],
    ['東京　受注 Zoë ❤️ 🐇', '東京　受注 Zoë ❤️ 🐇'],
  ])('shows %j as %j', (text, visible) => {
    expect(visibleText(text)).toBe(visible);
  });

  it('shows bytes that are not UTF-8 one by one', () => {
    const bytes = Uint8Array.of(0x61, 0xff, 0xfe, 0x62, 0xc3, 0xa9, 0xc3);
    expect(visibleText(decodeText(bytes, 0, bytes.length))).toBe('a\\xff\\xfebé\\xc3');
  });

  it('holds nothing that a terminal acts upon, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(DANGEROUS.test(visibleText(text))).toBe(false);
      }),
    );
  });

  it('holds nothing that a terminal acts upon, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(DANGEROUS.test(visibleText(decodeText(bytes, 0, bytes.length)))).toBe(false);
      }),
    );
  });

  it('is the same when made visible again, but for escapes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visibleText(visibleText(text))).toBe(visibleText(text));
      }),
    );
  });
});

describe('columns', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['Zoë', 3],
    ['Zoe\u0308', 3],
    ['東京', 4],
    ['ｶﾅ', 2],
    ['한국', 4],
    ['🐇', 2],
    ['🇨🇿', 2],
    ['→│…', 3],
    ['𠀀', 2],
  ])('of %j are %d', (text, columns) => {
    expect(columnsOf(text)).toBe(columns);
  });

  it.each([
    ['東京都', 5, '東京'],
    ['東京都', 4, '東京'],
    ['a東', 2, 'a'],
    ['Zoe\u0308!', 3, 'Zoe\u0308'],
    ['abc', 0, ''],
    ['abc', 9, 'abc'],
  ])('%j cut to %d is %j', (text, limit, cut) => {
    expect(cutToColumns(text, limit)).toBe(cut);
  });

  it('of a cut are never more than allowed, nor fewer than fit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, limit) => {
        const cut = cutToColumns(text, limit);
        expect(text.startsWith(cut)).toBe(true);
        expect(columnsOf(cut)).toBeLessThanOrEqual(limit);
        if (cut !== text) expect(columnsOf(cut)).toBeGreaterThanOrEqual(limit - 1);
      }),
    );
  });
});
