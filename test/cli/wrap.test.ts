// Sentences over several lines, none wider than asked for.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../src/cli/columns.ts';
import { wrapText } from '../../src/cli/wrap.ts';

describe('wrapped text', () => {
  it('breaks between words', () => {
    expect(wrapText('one two three four', 9)).toEqual(['one two', 'three', 'four']);
    expect(wrapText('one two', 7)).toEqual(['one two']);
    expect(wrapText('one two', Number.POSITIVE_INFINITY)).toEqual(['one two']);
  });

  it('breaks words that are too wide for a line', () => {
    expect(wrapText('a abcdefghij b', 4)).toEqual(['a', 'abcd', 'efgh', 'ij b']);
    expect(wrapText('東京都庁', 5)).toEqual(['東京', '都庁']);
  });

  it('loses nothing, and is never too wide', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z東 ]{0,80}$/), fc.integer({ min: 2, max: 30 }), (text, columns) => {
        const lines = wrapText(text, columns);
        for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(columns);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      }),
    );
  });
});
