// Which record answers which: publish ↔ confirm, delivery ↔ ack, method ↔ its -ok, request ↔ reply, publish ↔ delivery.
// By record id, for a bounded number of the newest records that have a relation at all.
// Invariant: a link is told from both of its ends, as long as both are known.

import type { Queue } from './topology.ts';

/** Newest record ids that may have links, a power of two. */
const CAPACITY = 1 << 18;
const MASK = CAPACITY - 1;

/** What is known of one record. */
export interface Link {
  /** The record that this one answers: for an ack the delivery (the oldest, if it settles several), for a delivery its publish. */
  readonly answers?: number;
  /** The record that answers this one. */
  readonly answeredBy?: number;
  /** µs since the record that this one answers. */
  readonly latency?: number;
  /** How many this one settles. */
  readonly settles?: number;
  /** The queue that it concerns, where the method does not name it. */
  readonly queue?: string;
}

export class Links {
  readonly #id = new Float64Array(CAPACITY);
  readonly #answers = new Float64Array(CAPACITY);
  readonly #answeredBy = new Float64Array(CAPACITY);
  readonly #latency = new Float64Array(CAPACITY);
  readonly #settles = new Uint32Array(CAPACITY);
  readonly #queue: (Queue | undefined)[] = [];

  /** `later` answers `earlier`, `latency` µs after it. Of several that it answers, the first told is kept. */
  add(earlier: number, later: number, latency: number): void {
    const earlierSlot = earlier & MASK;
    if (earlier > 0 && this.#id[earlierSlot]! <= earlier) this.#answeredBy[this.#claim(earlier)] = later;
    const slot = this.#claim(later);
    if (this.#settles[slot] === 0) {
      this.#answers[slot] = earlier;
      this.#latency[slot] = latency;
    }
    this.#settles[slot]! += 1;
  }

  /** The record concerns this queue. */
  setQueue(id: number, queue: Queue | undefined): void {
    this.#queue[this.#claim(id)] = queue;
  }

  /** What is known of the record, if anything is. */
  of(id: number): Link | undefined {
    const slot = id & MASK;
    if (this.#id[slot] !== id) return undefined;
    const queue = this.#queue[slot]?.name;
    return {
      ...(this.#answers[slot]! > 0 && { answers: this.#answers[slot]! }),
      ...(this.#answeredBy[slot]! > 0 && { answeredBy: this.#answeredBy[slot]! }),
      ...(this.#settles[slot]! > 0 && { latency: this.#latency[slot]!, settles: this.#settles[slot]! }),
      ...(queue !== undefined && { queue }),
    };
  }

  /** µs between the record and what it answers. */
  latencyOf(id: number): number | undefined {
    const slot = id & MASK;
    return this.#id[slot] === id && this.#settles[slot]! > 0 ? this.#latency[slot] : undefined;
  }

  queueOf(id: number): string | undefined {
    const slot = id & MASK;
    return this.#id[slot] === id ? this.#queue[slot]?.name : undefined;
  }

  /** The place of this record, which is the newest that may have it; what an older one had there is forgotten. */
  #claim(id: number): number {
    const slot = id & MASK;
    if (this.#id[slot] !== id) {
      this.#id[slot] = id;
      this.#answers[slot] = 0;
      this.#answeredBy[slot] = 0;
      this.#latency[slot] = 0;
      this.#settles[slot] = 0;
      this.#queue[slot] = undefined;
    }
    return slot;
  }
}
