// Rates, latencies and ages as people read them, in few columns. Counterpart of size-text.ts.
// Invariant: three significant digits at most, and never more columns than said.

const SECOND = 1e6;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS = ['', 'k', 'M', 'G'];

/** Events a second, or a count, in at most five columns: `0`, `0.2`, `12.5`, `940`, `12.3k`. */
export function rateText(perSecond: number): string {
  if (perSecond > 0 && perSecond < 0.05) return '<0.1';
  if (perSecond < 99.95) return perSecond === 0 ? '0' : perSecond.toFixed(1);
  let value = perSecond;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : threeDigits(value)}${UNITS[unit]}`;
}

/** A count in at most six columns: to the last digit up to 99999. */
export function amountText(count: number): string {
  return count < 100_000 ? String(Math.round(count)) : rateText(count);
}

/** µs in at most seven columns: `85 µs`, `1.25 ms`, `12.5 s`, `3m 20s`. */
export function latencyText(micros: number): string {
  if (micros < 999.5) return `${Math.round(micros)} µs`;
  if (micros < 999.5e3) return `${threeDigits(micros / 1000)} ms`;
  if (micros < 99.95 * SECOND) return `${threeDigits(micros / SECOND)} s`;
  return ageText(micros / SECOND);
}

/** Seconds in at most seven columns: `5s`, `3m 20s`, `2h 05m`, `3d 04h`. */
export function ageText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE) return `${whole}s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)}m ${twoDigits(whole % MINUTE)}s`;
  if (whole < DAY) return `${Math.floor(whole / HOUR)}h ${twoDigits(Math.floor((whole % HOUR) / MINUTE))}m`;
  const days = Math.floor(whole / DAY);
  return days < 100 ? `${days}d ${twoDigits(Math.floor((whole % DAY) / HOUR))}h` : `${days}d`;
}

function threeDigits(value: number): string {
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
