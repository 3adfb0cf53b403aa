// Durations as people write them: `50ms`, `1.5s`, `2m`; only 0 needs no unit.

import { DURATION_UNITS } from '../filter/units.ts';

/** The longest delay that a timer can hold. */
const LONGEST_DURATION_MS = 2 ** 31 - 1;

/** Parses a duration into ms; undefined if it is none. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(\p{L}*)$/u.exec(text.trim()) ?? [];
  const micros = DURATION_UNITS.get(unit || (Number(digits) === 0 ? 'ms' : ''));
  if (digits === undefined || micros === undefined) return undefined;
  const ms = (Number(digits) * micros) / 1000;
  return ms <= LONGEST_DURATION_MS ? ms : undefined;
}
