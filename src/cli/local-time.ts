// Times of the traffic in the user's zone. Counterpart of log/timestamp.ts, which has them in UTC.

import { formatTimeOfDay, formatTimestamp } from '../log/timestamp.ts';

const QUARTER_HOUR = 15 * 60e6;
const MINUTE = 60e6;
/** Columns of `10:00:00.123`. */
const MILLISECONDS = 12;

export class LocalTime {
  #quarterHour = Number.NaN;
  #zone = 0;

  /** `2026-11-22`; times in µs since the Unix epoch. */
  dateOf(time: number): string {
    return formatTimestamp(time + this.#zoneAt(time) * MINUTE).slice(0, 10);
  }

  /** `10:00:00.123456` */
  timeOf(time: number): string {
    return formatTimeOfDay(time, this.#zoneAt(time)).slice(0, 15);
  }

  /** `10:00:00.123` */
  shortTimeOf(time: number): string {
    return this.timeOf(time).slice(0, MILLISECONDS);
  }

  /** Minutes east of UTC at that time. Zones change at quarters of hours. */
  #zoneAt(time: number): number {
    const quarterHour = Math.floor(time / QUARTER_HOUR);
    if (quarterHour !== this.#quarterHour) {
      this.#quarterHour = quarterHour;
      this.#zone = -new Date(time / 1000).getTimezoneOffset();
    }
    return this.#zone;
  }
}
