// Lines never take more columns than there are, and never lose their colours' ends.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../src/cli/columns.ts';
import { Line, shortenTo } from '../../src/cli/line.ts';

const red = (text: string): string => `<${text}>`;

describe('a line', () => {
  it('that fits is shown whole', () => {
    expect(new Line(10).add('abc').add('defghij').toString()).toBe('abcdefghij');
  });

  it('that does not fit ends in an ellipsis at the last column', () => {
    expect(new Line(10).add('abc').add('defghijk').toString()).toBe('abcdefghi…');
    expect(new Line(10).add('abcdefghij').add('k').toString()).toBe('abcdefghi…');
  });

  it('is cut inside a colour without losing its end', () => {
    expect(new Line(6).add('abc', red).add('defg', red).toString()).toBe('<abc><de>…');
    expect(new Line(4).add('abc', red).add('d', red).add('e').toString()).toBe('<abc>…');
  });

  it('leaves a column empty rather than half a wide character', () => {
    expect(new Line(6).add('東京都庁').toString()).toBe('東京…');
    expect(new Line(5).add('東京都庁').toString()).toBe('東京…');
  });

  it('has no end where there is no width', () => {
    const long = 'x'.repeat(100_000);
    expect(new Line(Number.POSITIVE_INFINITY).add(long).add('!').toString()).toBe(`${long}!`);
  });

  it('leaves columns blank only if something follows', () => {
    expect(new Line(10).add('a').skip(3).toString()).toBe('a');
    expect(new Line(10).add('a').skip(3).add('').toString()).toBe('a');
    expect(new Line(10).add('a').skip(3).add('b').toString()).toBe('a   b');
    expect(new Line(10).add('a').skip(3).left).toBe(6);
    expect(new Line(4).add('ab').skip(5).add('c').toString()).toBe('ab …');
  });

  it('takes nothing more after it was cut', () => {
    expect(new Line(3).add('abcd').add('e').toString()).toBe('ab…');
  });

  it('fills cells up, and cuts them', () => {
    expect(new Line(20).cell('ab', 4).add('|').right('7', 3).add('|').cell('abcdef', 4).toString()).toBe(
      'ab  |  7|abc…',
    );
    expect(new Line(20).cell('東京', 5).add('|').toString()).toBe('東京 |');
  });

  it('keeps the cut of its parts', () => {
    const part = new Line(4).add('abcdef', red);
    expect(new Line(20).addLine(part).add(' end').toString()).toBe('<abc>… end');
  });

  it('makes everything visible', () => {
    expect(new Line(40).add('\x1b[2J').add(' ').cell('a\nb', 6).add('|').toString()).toBe('\\x1b[2J a\\nb  |');
  });

  it('is never wider than the terminal, whatever is added', () => {
    const pieces = fc.array(fc.string({ unit: 'binary' }), { maxLength: 6 });
    fc.assert(
      fc.property(pieces, fc.integer({ min: 0, max: 40 }), (texts, columns) => {
        const line = new Line(columns);
        for (const text of texts) line.add(text);
        expect(columnsOf(line.toString())).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

describe('shortening', () => {
  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 5, 'abcd…'],
    ['東京都', 4, '東…'],
    ['abc', 1, '…'],
  ])('%j to %d is %j', (text, columns, short) => {
    expect(shortenTo(text, columns)).toBe(short);
  });
});
