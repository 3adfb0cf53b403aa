// How fast counters grow: samples of them, taken every five seconds as long as somebody asks. Nobody asking costs
// nothing. A rate is the growth between the last two samples, a second, as RabbitMQ's management shows it.

import type { BrokerClock, Timer } from '../clock.ts';
import { type ExactJson, WholeDouble } from '../definitions/exact-json.ts';

/** RabbitMQ's interval. */
const SAMPLE_MS = 5000;
/** What nobody asked for during so many samples is forgotten. */
const REMEMBERED = 12;

/** Numbers that only grow; or lengths, whose rate may be negative. */
export type Counters = { readonly [name: string]: number };

interface Series {
  readonly read: () => Counters;
  last: Counters;
  rates: Counters;
  /** When `last` was read, ms since the epoch. */
  at: number;
  /** Samples since somebody asked. */
  unasked: number;
}

export class Rates {
  readonly #clock: BrokerClock;
  readonly #series = new Map<object, Series>();
  #timer: Timer | undefined;

  constructor(clock: BrokerClock) {
    this.#clock = clock;
  }

  /** Growth a second of each of the owner's counters; none known at first. `read` gives their present values. */
  of(owner: object, read: () => Counters): Counters {
    let series = this.#series.get(owner);
    if (!series) {
      series = { read, last: read(), rates: {}, at: this.#clock.now(), unasked: 0 };
      this.#series.set(owner, series);
      if (!this.#timer) this.#start();
    }
    series.unasked = 0;
    return series.rates;
  }

  /** Forgets everything. */
  reset(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#series.clear();
  }

  #start(): void {
    this.#timer = this.#clock.after(SAMPLE_MS, () => this.#sample());
  }

  #sample(): void {
    const now = this.#clock.now();
    for (const [owner, series] of this.#series) {
      if (series.unasked++ >= REMEMBERED) this.#series.delete(owner);
      else takeSample(series, now);
    }
    this.#timer = undefined;
    if (this.#series.size > 0) this.#start();
  }
}

function takeSample(series: Series, now: number): void {
  const seconds = (now - series.at) / 1000;
  if (seconds <= 0) return;
  const counters = series.read();
  const rates: Record<string, number> = {};
  for (const [name, value] of Object.entries(counters)) rates[name] = (value - (series.last[name] ?? 0)) / seconds;
  series.last = counters;
  series.rates = rates;
  series.at = now;
}

/** `name` and `name_details.rate` for each counter, as RabbitMQ's JSON has them. */
export function withRates(counters: Counters, rates: Counters): Record<string, ExactJson> {
  const json: Record<string, ExactJson> = {};
  for (const [name, value] of Object.entries(counters)) {
    json[name] = value;
    json[`${name}_details`] = rateJson(rates[name] ?? 0);
  }
  return json;
}

/** Rates are floating-point numbers in RabbitMQ's answers, `0.0` and not `0`; scripts know the difference. */
function rateJson(rate: number): ExactJson {
  if (rate === 0) return NO_RATE;
  return { rate: Number.isInteger(rate) ? new WholeDouble(rate) : rate };
}

/** Shared by all that stand still: most of what there is. */
const NO_RATE = { rate: new WholeDouble(0) };
