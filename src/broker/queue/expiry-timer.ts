// Waits for the first of a queue's messages to expire. One timer a queue, moved only to earlier times; when it fires, the
// queue looks which messages have expired and says what to await next.

import type { BrokerClock, Timer } from '../clock.ts';

export class ExpiryTimer {
  readonly #clock: BrokerClock;
  readonly #onDue: () => void;
  #timer: Timer | undefined;
  #dueAt = Infinity;

  constructor(clock: BrokerClock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Calls back at that time (ms since the epoch), or earlier if something else is due before. */
  await(time: number): void {
    if (time >= this.#dueAt) return;
    this.#timer?.cancel();
    this.#dueAt = time;
    this.#timer = this.#clock.after(Math.max(0, time - this.#clock.now()), () => {
      this.stop();
      this.#onDue();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#dueAt = Infinity;
  }
}
