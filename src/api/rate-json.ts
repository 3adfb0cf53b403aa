// Rates as the API shows them: events a second, to three digits. Counterpart of session/rate.ts.

import type { Rate } from '../session/rate.ts';

/** At `now`, in µs since the Unix epoch. */
export function rateJson(rate: Rate, now: number): number {
  return Math.round(rate.perSecond(now) * 1000) / 1000;
}
