// Durations as people write them: `50ms`, `1.5s`, `2m`; a bare number is ms.

const UNITS: { readonly [unit: string]: number } = {
  '': 1,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
/** The longest delay that a timer can hold. */
const LONGEST_DURATION_MS = 2 ** 31 - 1;

/** Parses a duration into ms; undefined if it is none. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(us|µs|ms|s|m|h|)$/.exec(text.trim());
  const ms = match ? Number(match[1]) * UNITS[match[2]!]! : Number.NaN;
  return ms <= LONGEST_DURATION_MS ? ms : undefined;
}
