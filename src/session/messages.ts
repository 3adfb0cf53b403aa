// The messages that passed lately, and what became of each: published, confirmed or returned, delivered (deliveries.ts).
// Found again on their way by key (header-peek.ts), by record id, and by message_id.
// A ring of rows: a message has a number (seq) that grows for ever, and its place in the ring is that number modulo the
// capacity. Invariant: bounded; a number whose row was overwritten is known to be gone, never mistaken.

import { Deliveries } from './deliveries.ts';
import { LastMatches } from './last-matches.ts';
import { CONFIRMED, type DeliveryRow, type MessageRow, NACKED, RETURNED } from './message-row.ts';
import type { Exchange, Queue } from './topology.ts';

const DEFAULT_CAPACITY = 1 << 16;
/** Deliveries of one message that are told. */
const MOST_DELIVERIES = 1000;
/** Messages with equal keys that are looked at for the one that a delivery belongs to. */
const LONGEST_LOOK = 64;
/** As many once more, where messages come out of a queue in another order than they went in. */
const SECOND_LOOK = 8;

// Columns of a message. A row lies in one or two lines of the processor's cache: columns apart would cost one each.
const RECORD = 0;
const TIME = 1;
const CONNECTION = 2;
const CHANNEL = 3;
const BODY_SIZE = 4;
const KEY = 5;
const OUTCOME = 6;
const OUTCOME_RECORD = 7;
const OUTCOME_TIME = 8;
const FIRST_DELIVERY = 9;
const LAST_DELIVERY = 10;
/** The next message in the same bucket. */
const NEXT_IN_BUCKET = 11;
const AMBIGUOUS = 12;
/** basic.return, which a confirm follows. */
const RETURN_RECORD = 13;
const RETURN_TIME = 14;
const MESSAGE_COLUMNS = 15;

// Columns of a bucket: its messages in order of time, so that the one that leaves the ring is the first of its bucket.
const FIRST = 0;
const LAST = 1;
const BUCKET_COLUMNS = 2;

export class MessageTable {
  /** Number of the next message; the first is 1. */
  next = 1;
  /** Told of each message that leaves the ring, while it can still be read. */
  onLeave: ((seq: number) => void) | undefined;
  readonly deliveries: Deliveries;
  readonly #capacity: number;
  readonly #mask: number;

  /** Messages, a row of MESSAGE_COLUMNS each. */
  readonly #messages: Float64Array;
  readonly #exchange: (Exchange | undefined)[] = [];
  readonly #routingKey: string[] = [];
  readonly #messageId: (string | undefined)[] = [];
  readonly #correlationId: (string | undefined)[] = [];

  /** Buckets of keys, a row of BUCKET_COLUMNS each. */
  readonly #buckets: Float64Array;
  readonly #lastMatches: LastMatches;

  /** `capacity`: messages and deliveries kept, each; a power of two. */
  constructor(capacity = DEFAULT_CAPACITY) {
    this.#capacity = capacity;
    this.#mask = capacity - 1;
    this.#messages = new Float64Array(capacity * MESSAGE_COLUMNS);
    this.#buckets = new Float64Array(capacity * BUCKET_COLUMNS);
    this.#lastMatches = new LastMatches(capacity);
    this.deliveries = new Deliveries(capacity);
  }

  /** Number of the oldest message that is still known. */
  get oldest(): number {
    return Math.max(1, this.next - this.#capacity);
  }

  has(seq: number): boolean {
    return seq > 0 && seq < this.next && seq >= this.next - this.#capacity;
  }

  /**
   * Whether a message whose publish was not seen may be added: not if it pushes out one that waits for its delivery, for
   * then that one's delivery would be a stranger's, too, and so on.
   */
  get hasRoomForStranger(): boolean {
    if (this.next <= this.#capacity) return true;
    const at = this.#at(this.next - this.#capacity);
    return this.#messages[at + RECORD] === 0 || this.#messages[at + FIRST_DELIVERY] !== 0;
  }

  /** Adds a message and returns its number. `record` 0: its publish was not seen. */
  add(
    record: number,
    time: number,
    connection: number,
    channel: number,
    exchange: Exchange | undefined,
    routingKey: string,
    bodySize: number,
    key: number,
    messageId: string | undefined,
    correlationId: string | undefined,
  ): number {
    const seq = this.next;
    if (seq > this.#capacity) this.#leave(seq - this.#capacity);
    this.next++;
    const row = seq & this.#mask;
    const messages = this.#messages;
    const at = row * MESSAGE_COLUMNS;
    messages[at + RECORD] = record;
    messages[at + TIME] = time;
    messages[at + CONNECTION] = connection;
    messages[at + CHANNEL] = channel;
    messages[at + BODY_SIZE] = bodySize;
    messages[at + KEY] = key;
    messages[at + OUTCOME] = 0;
    messages[at + FIRST_DELIVERY] = 0;
    messages[at + LAST_DELIVERY] = 0;
    messages[at + NEXT_IN_BUCKET] = 0;
    messages[at + AMBIGUOUS] = 0;
    this.#exchange[row] = exchange;
    this.#routingKey[row] = routingKey;
    this.#messageId[row] = messageId;
    this.#correlationId[row] = correlationId;
    const buckets = this.#buckets;
    const bucket = (key & this.#mask) * BUCKET_COLUMNS;
    const last = buckets[bucket + LAST]!;
    if (this.has(last)) messages[this.#at(last) + NEXT_IN_BUCKET] = seq;
    else buckets[bucket + FIRST] = seq;
    buckets[bucket + LAST] = seq;
    return seq;
  }

  /** The publish was confirmed, nacked or returned. */
  setOutcome(seq: number, outcome: number, record: number, time: number): void {
    if (!this.has(seq)) return;
    const at = this.#at(seq);
    const messages = this.#messages;
    messages[at + OUTCOME]! |= outcome;
    messages[at + (outcome === RETURNED ? RETURN_RECORD : OUTCOME_RECORD)] = record;
    messages[at + (outcome === RETURNED ? RETURN_TIME : OUTCOME_TIME)] = time;
  }

  /** The number of the message of this key that a delivery from `queue` must be; 0: none is known. */
  match(key: number, queue: Queue | undefined, redelivered: boolean): number {
    const first = this.#buckets[(key & this.#mask) * BUCKET_COLUMNS + FIRST]!;
    const last = redelivered ? 0 : this.#lastMatches.get(key, queue);
    const before = this.has(last) ? last : 0;
    const next = before > 0 ? this.#messages[this.#at(before) + NEXT_IN_BUCKET]! : 0;
    const found = before > 0 ? this.#find(next, key, queue, redelivered, LONGEST_LOOK) : 0;
    const seq = found || this.#find(first, key, queue, redelivered, before > 0 ? SECOND_LOOK : LONGEST_LOOK);
    if (seq > 0) {
      this.#markTwins(first, seq, key);
      this.setMatched(key, seq, queue);
    }
    return seq;
  }

  /** The message is that of the last delivery with its key from `queue`: its next twin is the next one's. */
  setMatched(key: number, seq: number, queue: Queue | undefined): void {
    this.#lastMatches.set(key, queue, seq);
  }

  /** Adds a delivery of the message (0: of one that is not known) and returns its number. */
  addDelivery(
    message: number,
    record: number,
    time: number,
    connection: number,
    channel: number,
    tag: number,
    queue: Queue | undefined,
    consumer: string | undefined,
    redelivered: boolean,
  ): number {
    const messages = this.#messages;
    const at = this.#at(message);
    const last = message === 0 ? 0 : messages[at + LAST_DELIVERY]!;
    const seq = this.deliveries.add(last, record, time, connection, channel, tag, queue, consumer, redelivered);
    if (message === 0) return seq;
    if (!this.deliveries.has(last)) messages[at + FIRST_DELIVERY] = seq;
    messages[at + LAST_DELIVERY] = seq;
    return seq;
  }

  recordOf(seq: number): number {
    return this.has(seq) ? this.#messages[this.#at(seq) + RECORD]! : 0;
  }

  timeOf(seq: number): number {
    return this.has(seq) ? this.#messages[this.#at(seq) + TIME]! : 0;
  }

  exchangeOf(seq: number): Exchange | undefined {
    return this.has(seq) ? this.#exchange[seq & this.#mask] : undefined;
  }

  /** How often the message was delivered, as far as is known, counted up to `most`. */
  deliveriesOf(seq: number, most = MOST_DELIVERIES): number {
    let count = 0;
    for (const _ of this.#deliveriesOf(seq)) if (++count === most) break;
    return count;
  }

  /** The message, whole. */
  get(seq: number): MessageRow | undefined {
    if (!this.has(seq)) return undefined;
    const row = seq & this.#mask;
    const messages = this.#messages;
    const at = this.#at(seq);
    const deliveries: DeliveryRow[] = [];
    for (const delivery of this.#deliveriesOf(seq)) {
      deliveries.push(this.deliveries.get(delivery)!);
      if (deliveries.length === MOST_DELIVERIES) break;
    }
    const outcome = messages[at + OUTCOME]!;
    const isSettled = (outcome & (CONFIRMED | NACKED)) !== 0;
    const isReturned = (outcome & RETURNED) !== 0;
    return {
      seq,
      record: messages[at + RECORD]!,
      time: messages[at + TIME]!,
      connection: messages[at + CONNECTION]!,
      channel: messages[at + CHANNEL]!,
      exchange: this.#exchange[row]?.name ?? '',
      routingKey: this.#routingKey[row]!,
      bodySize: messages[at + BODY_SIZE]!,
      messageId: this.#messageId[row],
      correlationId: this.#correlationId[row],
      outcome,
      outcomeRecord: isSettled ? messages[at + OUTCOME_RECORD]! : 0,
      outcomeTime: isSettled ? messages[at + OUTCOME_TIME]! : 0,
      returnRecord: isReturned ? messages[at + RETURN_RECORD]! : 0,
      returnTime: isReturned ? messages[at + RETURN_TIME]! : 0,
      deliveries,
      ambiguous: messages[at + AMBIGUOUS] === 1,
    };
  }

  /** All that are known, oldest first. */
  *list(from = this.oldest): Generator<MessageRow> {
    for (let seq = Math.max(from, this.oldest); seq < this.next; seq++) {
      const message = this.get(seq);
      if (message) yield message;
    }
  }

  /** Those with this message_id, oldest first. */
  *byMessageId(messageId: string): Generator<MessageRow> {
    for (let seq = this.oldest; seq < this.next; seq++) {
      if (this.#messageId[seq & this.#mask] === messageId) yield this.get(seq)!;
    }
  }

  /** Messages that this channel published, newest first. */
  *publishedBy(connection: number, channel: number): Generator<MessageRow> {
    for (let seq = this.next - 1; seq >= this.oldest; seq--) {
      const at = this.#at(seq);
      const isIts = this.#messages[at + CONNECTION] === connection && this.#messages[at + CHANNEL] === channel;
      if (isIts && this.#messages[at + RECORD] !== 0) yield this.get(seq)!;
    }
  }

  #at(seq: number): number {
    return (seq & this.#mask) * MESSAGE_COLUMNS;
  }

  *#deliveriesOf(seq: number): Generator<number> {
    const { deliveries } = this;
    let delivery = this.has(seq) ? this.#messages[this.#at(seq) + FIRST_DELIVERY]! : 0;
    for (; deliveries.has(delivery); delivery = deliveries.following(delivery)) yield delivery;
  }

  /** The first message from `from` on, in its bucket, that a delivery with this key from `queue` can be. */
  #find(from: number, key: number, queue: Queue | undefined, redelivered: boolean, most: number): number {
    const wanted = redelivered ? 'back' : 'new';
    // What was published before the queue was there is in none of its deliveries.
    const since = queue?.declared?.time ?? 0;
    let second = 0;
    let seq = from;
    for (let looks = 0; looks < most && this.has(seq); looks++) {
      const at = this.#at(seq);
      if (
        this.#messages[at + KEY] === key &&
        !(this.#messages[at + TIME]! < since && this.#messages[at + RECORD] !== 0)
      ) {
        if (this.#stateIn(at, queue) === wanted) return seq;
        if (redelivered && second === 0) second = seq;
      }
      seq = this.#messages[at + NEXT_IN_BUCKET]!;
    }
    return second;
  }

  /** Whether the message was not delivered from the queue yet (`new`), came back to it (`back`), or is with a consumer (`out`). */
  #stateIn(messageAt: number, queue: Queue | undefined): 'new' | 'back' | 'out' {
    const { deliveries } = this;
    const last = this.#messages[messageAt + LAST_DELIVERY]!;
    const isLast = deliveries.has(last) && deliveries.queueOf(last) === queue;
    if (isLast) return deliveries.isBack(last) ? 'back' : 'out';
    let state: 'new' | 'back' | 'out' = 'new';
    let delivery = this.#messages[messageAt + FIRST_DELIVERY]!;
    for (let looks = 0; looks < LONGEST_LOOK && deliveries.has(delivery); looks++) {
      if (deliveries.queueOf(delivery) === queue) state = deliveries.isBack(delivery) ? 'back' : 'out';
      delivery = deliveries.following(delivery);
    }
    return state;
  }

  /** Marks the message if another one has the same key. */
  #markTwins(first: number, seq: number, key: number): void {
    const messages = this.#messages;
    const at = this.#at(seq);
    const next = messages[at + NEXT_IN_BUCKET]!;
    const hasTwin =
      (first !== seq && messages[this.#at(first) + KEY] === key) ||
      (this.has(next) && messages[this.#at(next) + KEY] === key);
    if (hasTwin) messages[at + AMBIGUOUS] = 1;
  }

  /** The oldest message leaves the ring. */
  #leave(seq: number): void {
    this.onLeave?.(seq);
    const at = this.#at(seq);
    const bucket = (this.#messages[at + KEY]! & this.#mask) * BUCKET_COLUMNS;
    if (this.#buckets[bucket + FIRST] === seq) this.#buckets[bucket + FIRST] = this.#messages[at + NEXT_IN_BUCKET]!;
  }
}
