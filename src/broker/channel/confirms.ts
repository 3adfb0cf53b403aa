// Publisher confirms: every message published on the channel is acked or nacked once, in order, many with one frame.
// Invariants: a message that went to the store is acked only when that has flushed; a batch never overtakes an earlier one.

import { REFUSED, STORED } from '../queue/queue.ts';
import type { Channel } from './channel.ts';

interface Batch {
  readonly from: number;
  readonly to: number;
  readonly refused: readonly number[];
}

const NONE: readonly number[] = [];

export class Confirms {
  readonly #channel: Channel;
  /** Number of the last message published. */
  #last = 0;
  /** Number of the first message that no batch has taken up. */
  #from = 1;
  #refused: number[] = [];
  #stored = false;
  /** Batches that wait for the store. */
  #waiting = 0;
  /** Number of the last message that was confirmed. */
  #confirmed = 0;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Messages published and not yet confirmed. */
  get outstanding(): number {
    return this.#last - this.#confirmed;
  }

  /** A message was published; `result` is what its queues said. */
  published(result: number): void {
    const number = ++this.#last;
    if ((result & REFUSED) !== 0) this.#refused.push(number);
    if ((result & STORED) !== 0) this.#stored = true;
    if (number === this.#from) this.#channel.settleLater();
  }

  /** The turn ends: what was published in it is confirmed, or waits for the store. */
  settle(): void {
    if (this.#from > this.#last) return;
    // A batch may wait while others are refused: their numbers must not come into its list.
    const refused = this.#refused.length > 0 ? this.#refused : NONE;
    const batch: Batch = { from: this.#from, to: this.#last, refused };
    this.#from = this.#last + 1;
    if (refused !== NONE) this.#refused = [];
    if (!this.#stored && this.#waiting === 0) return this.#send(batch);
    this.#stored = false;
    this.#waiting++;
    this.#channel.connection.vhost.store!.flush(() => {
      this.#waiting--;
      this.#send(batch);
    });
  }

  #send({ from, to, refused }: Batch): void {
    this.#confirmed = to;
    let next = from;
    for (const number of refused) {
      if (number > next) this.#channel.sendConfirm('ack', number - 1, number - 1 > next);
      this.#channel.sendConfirm('nack', number, false);
      next = number + 1;
    }
    if (next <= to) this.#channel.sendConfirm('ack', to, to > next);
    this.#channel.stats.confirmed += to - from + 1 - refused.length;
  }
}
