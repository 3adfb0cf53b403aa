// Quantities in few columns.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ageText, amountText, latencyText, rateText } from '../../src/cli/quantity-text.ts';

describe('quantities', () => {
  it.each([
    [0, '0'],
    [0.01, '<0.1'],
    [0.25, '0.3'],
    [9.96, '10.0'],
    [99.94, '99.9'],
    [99.96, '100'],
    [999.4, '999'],
    [999.6, '1.00k'],
    [12_345, '12.3k'],
    [999_600, '1.00M'],
    [5e9, '5.00G'],
  ])('%d a second is %s', (rate, text) => {
    expect(rateText(rate)).toBe(text);
  });

  it.each([
    [0, '0 µs'],
    [85.4, '85 µs'],
    [999.6, '1.00 ms'],
    [12_340, '12.3 ms'],
    [999_600, '1.00 s'],
    [99_940_000, '99.9 s'],
    [200_000_000, '3m 20s'],
  ])('%d µs is %s', (micros, text) => {
    expect(latencyText(micros)).toBe(text);
  });

  it.each([
    [-3, '0s'],
    [59.9, '59s'],
    [200, '3m 20s'],
    [7500, '2h 05m'],
    [277_200, '3d 05h'],
    [86_400 * 365, '365d'],
  ])('%d s is %s', (seconds, text) => {
    expect(ageText(seconds)).toBe(text);
  });

  it('take no more columns than said', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 9e11, noNaN: true }), (value) => {
        expect(rateText(value).length).toBeLessThanOrEqual(5);
        expect(amountText(value).length).toBeLessThanOrEqual(6);
        expect(latencyText(value).length).toBeLessThanOrEqual(7);
        expect(ageText(value / 1e5).length).toBeLessThanOrEqual(7);
      }),
    );
  });
});
