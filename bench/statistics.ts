// Order statistics for samples. A benchmark reports medians of ratios taken within one round: what slows the machine
// for a while slows all the peers of that round.

/** The `q`-quantile of values sorted in ascending order. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
  if (value === undefined) throw new RangeError('no values to take a quantile of');
  return value;
}

/** Median of values in any order. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return Number.isInteger(half) ? (quantile(sorted, 0.5) + sorted[half - 1]!) / 2 : quantile(sorted, 0.5);
}
