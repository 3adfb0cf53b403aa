// The deliveries that passed lately, and how each was settled. Counterpart: messages.ts, to whose messages they belong and
// where a delivery finds its message.
// A ring of rows: a delivery has a number (seq) that grows for ever, and its place in the ring is that number modulo the
// capacity. Invariant: bounded; a number whose row was overwritten is known to be gone, never mistaken.

import { type DeliveryRow, SETTLEMENTS, type Settlement } from './message-row.ts';
import type { Queue } from './topology.ts';

const REQUEUED = SETTLEMENTS.indexOf('requeue');
const CLOSED = SETTLEMENTS.indexOf('closed');

// Columns of a delivery.
const RECORD = 0;
const TIME = 1;
const CONNECTION = 2;
const CHANNEL = 3;
const TAG = 4;
/** The next delivery of the same message. */
const FOLLOWING = 5;
const REDELIVERED = 6;
const SETTLEMENT = 7;
const SETTLED_RECORD = 8;
const SETTLED_TIME = 9;
const COLUMNS = 10;

export class Deliveries {
  /** Number of the next delivery; the first is 1. */
  next = 1;
  readonly #capacity: number;
  readonly #mask: number;
  readonly #rows: Float64Array;
  readonly #queue: (Queue | undefined)[] = [];
  readonly #consumer: (string | undefined)[] = [];

  /** `capacity`: deliveries kept, a power of two. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#mask = capacity - 1;
    this.#rows = new Float64Array(capacity * COLUMNS);
  }

  has(seq: number): boolean {
    return seq > 0 && seq < this.next && seq >= this.next - this.#capacity;
  }

  /** Adds a delivery and returns its number. `before`: the last delivery of the same message, 0 if there was none. */
  add(
    before: number,
    record: number,
    time: number,
    connection: number,
    channel: number,
    tag: number,
    queue: Queue | undefined,
    consumer: string | undefined,
    redelivered: boolean,
  ): number {
    const rows = this.#rows;
    if (this.has(before)) rows[this.#at(before) + FOLLOWING] = this.next;
    const seq = this.next++;
    const at = this.#at(seq);
    rows[at + RECORD] = record;
    rows[at + TIME] = time;
    rows[at + CONNECTION] = connection;
    rows[at + CHANNEL] = channel;
    rows[at + TAG] = tag;
    rows[at + FOLLOWING] = 0;
    rows[at + REDELIVERED] = redelivered ? 1 : 0;
    rows[at + SETTLEMENT] = 0;
    this.#queue[seq & this.#mask] = queue;
    this.#consumer[seq & this.#mask] = consumer;
    return seq;
  }

  settle(seq: number, settlement: Settlement, record: number, time: number): void {
    if (!this.has(seq)) return;
    const at = this.#at(seq);
    this.#rows[at + SETTLEMENT] = SETTLEMENTS.indexOf(settlement);
    this.#rows[at + SETTLED_RECORD] = record;
    this.#rows[at + SETTLED_TIME] = time;
  }

  recordOf(seq: number): number {
    return this.has(seq) ? this.#rows[this.#at(seq) + RECORD]! : 0;
  }

  queueOf(seq: number): Queue | undefined {
    return this.has(seq) ? this.#queue[seq & this.#mask] : undefined;
  }

  /** The next delivery of the same message; 0 if there is none. */
  following(seq: number): number {
    return this.has(seq) ? this.#rows[this.#at(seq) + FOLLOWING]! : 0;
  }

  /** Whether it went back into its queue. */
  isBack(seq: number): boolean {
    const settlement = this.#rows[this.#at(seq) + SETTLEMENT]!;
    return settlement === REQUEUED || settlement === CLOSED;
  }

  /** The delivery, whole. */
  get(seq: number): DeliveryRow | undefined {
    return this.has(seq) ? this.#row(seq) : undefined;
  }

  /** Those with this tag, on whatever channel, newest first. */
  *byTag(tag: number): Generator<DeliveryRow> {
    const oldest = Math.max(1, this.next - this.#capacity);
    for (let seq = this.next - 1; seq >= oldest; seq--) {
      if (this.#rows[this.#at(seq) + TAG] === tag) yield this.#row(seq);
    }
  }

  #at(seq: number): number {
    return (seq & this.#mask) * COLUMNS;
  }

  #row(seq: number): DeliveryRow {
    const rows = this.#rows;
    const at = this.#at(seq);
    const settlement = SETTLEMENTS[rows[at + SETTLEMENT]!]!;
    const isSettled = settlement !== 'none';
    return {
      seq,
      record: rows[at + RECORD]!,
      time: rows[at + TIME]!,
      connection: rows[at + CONNECTION]!,
      channel: rows[at + CHANNEL]!,
      deliveryTag: rows[at + TAG]!,
      queue: this.#queue[seq & this.#mask]?.name,
      consumerTag: this.#consumer[seq & this.#mask],
      redelivered: rows[at + REDELIVERED] === 1,
      settlement,
      settledRecord: isSettled ? rows[at + SETTLED_RECORD]! : 0,
      settledTime: isSettled ? rows[at + SETTLED_TIME]! : 0,
    };
  }
}
