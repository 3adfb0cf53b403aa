// Columns that fit.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitColumns } from '../../../src/cli/top/fit.ts';

const GAP = 2;

describe('columns', () => {
  it('get what they want where there is room', () => {
    const wants = [
      { least: 4, most: 10, rank: 0 },
      { least: 5, most: 5, rank: 1 },
    ];
    expect(fitColumns(wants, 40, GAP)).toEqual([10, 5]);
  });

  it('share what is left evenly', () => {
    const wants = [
      { least: 4, most: 20, rank: 0 },
      { least: 4, most: 6, rank: 1 },
      { least: 4, most: 20, rank: 2 },
    ];
    expect(fitColumns(wants, 30, GAP)).toEqual([10, 6, 10]);
  });

  it('of the highest rank are left out first', () => {
    const wants = [
      { least: 10, most: 10, rank: 2 },
      { least: 10, most: 10, rank: 0 },
      { least: 10, most: 10, rank: 1 },
    ];
    expect(fitColumns(wants, 30, GAP)).toEqual([0, 10, 10]);
    expect(fitColumns(wants, 15, GAP)).toEqual([0, 10, 0]);
  });

  it('never take more than there is, but for one alone', () => {
    const want = fc
      .record({ least: fc.integer({ min: 1, max: 20 }), more: fc.nat(40), rank: fc.nat(10) })
      .map(({ least, more, rank }) => ({ least, most: least + more, rank }));
    fc.assert(
      fc.property(fc.array(want, { minLength: 1 }), fc.integer({ min: 1, max: 200 }), (wants, available) => {
        const widths = fitColumns(wants, available, GAP);
        const shown = widths.filter((width) => width > 0);
        const taken = shown.reduce((sum, width) => sum + width + GAP, -GAP);
        expect(shown.length).toBeGreaterThan(0);
        if (shown.length > 1) expect(taken).toBeLessThanOrEqual(available);
        widths.forEach((width, i) => {
          if (width > 0) expect(width).toBeGreaterThanOrEqual(wants[i]!.least);
          expect(width).toBeLessThanOrEqual(wants[i]!.most);
        });
      }),
    );
  });
});
