// Which message the last delivery of a key from a queue belonged to: messages with equal keys leave a queue in order, so the
// next delivery's message is the next one of the key. Counterpart: messages.ts, which asks.
// Invariant: bounded; one entry overwrites another that has the same place, which costs a search and no truth.

import type { Queue } from './topology.ts';

const KEY = 0;
const QUEUE = 1;
const SEQ = 2;
const COLUMNS = 3;
/** Spreads the numbers of queues over the places (2^32 divided by the golden ratio). */
const SPREAD = 0x9e3779b1;

export class LastMatches {
  readonly #mask: number;
  readonly #rows: Float64Array;

  /** `capacity` is a power of two. */
  constructor(capacity: number) {
    this.#mask = capacity - 1;
    this.#rows = new Float64Array(capacity * COLUMNS);
  }

  /** The message's number; 0 if it is not known (any more). */
  get(key: number, queue: Queue | undefined): number {
    const rows = this.#rows;
    const at = this.#at(key, queue);
    return rows[at + KEY] === key && rows[at + QUEUE] === numberOf(queue) ? rows[at + SEQ]! : 0;
  }

  set(key: number, queue: Queue | undefined, seq: number): void {
    const at = this.#at(key, queue);
    this.#rows[at + KEY] = key;
    this.#rows[at + QUEUE] = numberOf(queue);
    this.#rows[at + SEQ] = seq;
  }

  #at(key: number, queue: Queue | undefined): number {
    return ((key ^ Math.imul(numberOf(queue), SPREAD)) & this.#mask) * COLUMNS;
  }
}

function numberOf(queue: Queue | undefined): number {
  return queue?.number ?? 0;
}
