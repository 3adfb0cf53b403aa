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
  /** µs since the record that this one answers, or comes of. */
  readonly latency?: number;
  /** How many this one answers, where it is an answer proper: 12 for an ack with multiple that settles so many. */
  readonly settles?: number;
  /** The queue that it concerns, where the method does not name it. */
  readonly queue?: string;
}

// Columns of a record's row.
const ID = 0;
const ANSWERS = 1;
const ANSWERED_BY = 2;
const LATENCY = 3;
const SETTLES = 4;
const COLUMNS = 5;

/** How a record relates to an earlier one. A delivery comes of a publish, a reply of a request; the rest are answers proper. */
export type Relation = 'answers' | 'comes-of';

export class Links {
  readonly #rows = new Float64Array(CAPACITY * COLUMNS);
  /** Names: queues themselves would be kept long after they are gone. */
  readonly #queue: (string | undefined)[] = [];

  /**
   * `later` answers `earlier`, or comes of it, `latency` µs after it. Of several that it answers, the first told is kept.
   * What comes of a record gives way to an answer proper, as a publish's delivery to its confirm.
   */
  add(earlier: number, later: number, latency: number, relation: Relation = 'answers'): void {
    const isAnswer = relation === 'answers';
    const rows = this.#rows;
    if (earlier > 0 && rows[(earlier & MASK) * COLUMNS + ID]! <= earlier) {
      const at = this.#claim(earlier);
      if (isAnswer || rows[at + ANSWERED_BY] === 0) rows[at + ANSWERED_BY] = later;
    }
    const at = this.#claim(later);
    if (Number.isNaN(rows[at + LATENCY])) {
      rows[at + ANSWERS] = earlier;
      rows[at + LATENCY] = latency;
    }
    if (isAnswer) rows[at + SETTLES]! += 1;
  }

  /** The record concerns this queue. */
  setQueue(id: number, queue: Queue | undefined): void {
    this.#claim(id);
    this.#queue[id & MASK] = queue?.name;
  }

  /** What is known of the record, if anything is. */
  of(id: number): Link | undefined {
    const rows = this.#rows;
    const at = (id & MASK) * COLUMNS;
    if (rows[at + ID] !== id) return undefined;
    const queue = this.#queue[id & MASK];
    return {
      ...(rows[at + ANSWERS]! > 0 && { answers: rows[at + ANSWERS]! }),
      ...(rows[at + ANSWERED_BY]! > 0 && { answeredBy: rows[at + ANSWERED_BY]! }),
      ...(!Number.isNaN(rows[at + LATENCY]) && { latency: rows[at + LATENCY]! }),
      ...(rows[at + SETTLES]! > 0 && { settles: rows[at + SETTLES]! }),
      ...(queue !== undefined && { queue }),
    };
  }

  /** µs between the record and what it answers. */
  latencyOf(id: number): number | undefined {
    const at = (id & MASK) * COLUMNS;
    const latency = this.#rows[at + LATENCY]!;
    return this.#rows[at + ID] === id && !Number.isNaN(latency) ? latency : undefined;
  }

  queueOf(id: number): string | undefined {
    return this.#rows[(id & MASK) * COLUMNS + ID] === id ? this.#queue[id & MASK] : undefined;
  }

  /** Where the row of this record is, which is the newest that may have it; what an older one had there is forgotten. */
  #claim(id: number): number {
    const at = (id & MASK) * COLUMNS;
    const rows = this.#rows;
    if (rows[at + ID] !== id) {
      rows[at + ID] = id;
      rows[at + ANSWERS] = 0;
      rows[at + ANSWERED_BY] = 0;
      rows[at + LATENCY] = Number.NaN;
      rows[at + SETTLES] = 0;
      if (this.#queue[id & MASK] !== undefined) this.#queue[id & MASK] = undefined;
    }
    return at;
  }
}
