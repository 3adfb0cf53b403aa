// The histogram against the sorted values that it stands for.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../../src/session/histogram.ts';

const ERROR = 0.01;
const GREATEST = 2 ** 40 - 1;

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** By nearest rank. */
function exactQuantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!;
}

function stateOf(histogram: Histogram) {
  const { count, min, max, sum, mean } = histogram;
  const quantiles = [0, 0.1, 0.5, 0.9, 0.99, 0.999, 1].map((q) => histogram.quantile(q));
  return { count, min, max, sum, mean, quantiles };
}

/** Of every magnitude alike. */
const value = fc
  .tuple(fc.integer({ min: 0, max: 39 }), fc.double({ min: 1, max: 2, noNaN: true }))
  .map(([power, part]) => Math.floor(2 ** power * part) - 1);
const values = fc.array(value, { minLength: 1, maxLength: 200 });

describe('a histogram', () => {
  it('is all zeros while it is empty', () => {
    expect(stateOf(new Histogram())).toEqual({
      count: 0,
      min: 0,
      max: 0,
      sum: 0,
      mean: 0,
      quantiles: [0, 0, 0, 0, 0, 0, 0],
    });
    expect(new Histogram().cumulative([1, 10])).toEqual([0, 0]);
  });

  it('is exact up to 127', () => {
    const histogram = histogramOf(Array.from({ length: 128 }, (_, i) => i));
    for (let i = 1; i <= 128; i++) expect(histogram.quantile(i / 128)).toBe(i - 1);
  });

  it('gives count, least, greatest, sum and mean exactly', () => {
    expect(histogramOf([1500, 7, 900_000])).toMatchObject({ count: 3, min: 7, max: 900_000, sum: 901_507 });
    expect(histogramOf([1000, 2001]).mean).toBe(1500.5);
  });

  it('takes what is below 0, or no number, as 0, and what is beyond its range as the greatest', () => {
    expect(stateOf(histogramOf([-5, Number.NaN]))).toEqual(stateOf(histogramOf([0, 0])));
    expect(histogramOf([2 ** 60, Number.POSITIVE_INFINITY])).toMatchObject({ min: GREATEST, max: GREATEST });
  });

  it('drops fractions', () => {
    expect(stateOf(histogramOf([1.9, 1000.7]))).toEqual(stateOf(histogramOf([1, 1000])));
  });

  it('gives every quantile within 1 %', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (all, q) => {
        const exact = exactQuantile(all, q);
        const given = histogramOf(all).quantile(q);
        expect(Math.abs(given - exact)).toBeLessThanOrEqual(exact * ERROR);
      }),
    );
  });

  it('gives greater quantiles for greater parts', () => {
    fc.assert(
      fc.property(values, (all) => {
        const { quantiles } = stateOf(histogramOf(all));
        expect(quantiles).toEqual([...quantiles].sort((a, b) => a - b));
      }),
    );
  });

  it('counts every value up to a bound, and none beyond by more than its bucket', () => {
    const bounds = fc.array(value, { maxLength: 30 }).map((all) => all.sort((a, b) => a - b));
    fc.assert(
      fc.property(values, bounds, (all, upTo) => {
        histogramOf(all)
          .cumulative(upTo)
          .forEach((count, i) => {
            expect(count).toBeGreaterThanOrEqual(all.filter((one) => one <= upTo[i]!).length);
            expect(count).toBeLessThanOrEqual(all.filter((one) => one <= upTo[i]! * (1 + 1 / 64)).length);
          });
      }),
    );
  });

  it('counts all up to infinity', () => {
    const histogram = histogramOf([0, 5, 2 ** 40]);
    expect(histogram.cumulative([0, 4, 5, 1e9, Number.POSITIVE_INFINITY])).toEqual([1, 1, 2, 2, 3]);
  });

  it('merged with another is as if it had met all values itself, and leaves the other as it was', () => {
    fc.assert(
      fc.property(fc.array(value), fc.array(value), (some, others) => {
        const [merged, other] = [histogramOf(some), histogramOf(others)];
        merged.merge(other);
        expect(stateOf(merged)).toEqual(stateOf(histogramOf([...some, ...others])));
        expect(stateOf(other)).toEqual(stateOf(histogramOf(others)));
      }),
    );
  });
});
