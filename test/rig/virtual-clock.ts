// The broker's clock for tests: time stands still until `advance`, and timers fire in order of their time.
// Counterpart: src/broker/clock.ts, the real one.

import type { BrokerClock, Timer } from '../../src/broker/clock.ts';

export class VirtualClock implements BrokerClock {
  #now: number;
  readonly #timers = new Map<Timer, { readonly at: number; readonly fire: () => void }>();

  /** `now` in ms since the epoch. */
  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, fire: () => void): Timer {
    const timer = { cancel: () => void this.#timers.delete(timer) };
    this.#timers.set(timer, { at: this.#now + ms, fire });
    return timer;
  }

  /** Lets so many ms pass; timers that become due fire, also those that others start meanwhile. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (let due = this.#next(until); due; due = this.#next(until)) {
      const [timer, { at, fire }] = due;
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, at);
      fire();
    }
    this.#now = until;
  }

  #next(until: number) {
    let first: [Timer, { readonly at: number; readonly fire: () => void }] | undefined;
    for (const entry of this.#timers) if (entry[1].at <= until && !(first && first[1].at <= entry[1].at)) first = entry;
    return first;
  }
}
