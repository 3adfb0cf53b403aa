// Units as people write them behind numbers, in filters and in options. Counterparts: tokens.ts, faults/duration.ts,
// cli/byte-size.ts.
// Maps, not objects: what a user writes may be called as what every object inherits.

/** µs of a unit of time. */
export const DURATION_UNITS: ReadonlyMap<string, number> = new Map([
  ['us', 1],
  ['µs', 1],
  ['μs', 1],
  ['ms', 1e3],
  ['s', 1e6],
  ['m', 60e6],
  ['min', 60e6],
  ['h', 3600e6],
]);

/** Bytes of a unit of size, in lower case: binary with an i or a single letter, decimal with B alone. */
export const SIZE_UNITS: ReadonlyMap<string, number> = new Map([
  ['b', 1],
  ['k', 2 ** 10],
  ['kib', 2 ** 10],
  ['kb', 1e3],
  ['m', 2 ** 20],
  ['mib', 2 ** 20],
  ['mb', 1e6],
  ['g', 2 ** 30],
  ['gib', 2 ** 30],
  ['gb', 1e9],
]);
