// Times as text. The log's clock counts µs since the Unix epoch in a double, which is exact until the year 2255.

/** Farthest from 1970 that a Date can go, in seconds. A corrupt capture may claim more; it is shown as that. */
export const LAST_SECOND = 8.64e12;

let cachedSecond = Number.NaN;
let cachedText = '';

/** `2026-11-22T10:00:00.123456Z` */
export function formatTimestamp(micros: number): string {
  const whole = Math.floor(micros);
  const second = Math.floor(whole / 1e6);
  if (second !== cachedSecond) {
    const inRange = Math.max(-LAST_SECOND, Math.min(LAST_SECOND, second));
    cachedText = new Date(inRange * 1000).toISOString().slice(0, -4);
    cachedSecond = second;
  }
  return `${cachedText}${String(whole - second * 1e6).padStart(6, '0')}Z`;
}

/** The same moment's time of day in the given zone offset: `10:00:00.123456`. `offset` in minutes east of UTC. */
export function formatTimeOfDay(micros: number, offset = 0): string {
  return formatTimestamp(micros + offset * 60e6).slice(-16, -1);
}
