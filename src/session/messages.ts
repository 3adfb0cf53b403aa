// The messages that passed lately, and what became of each: published, confirmed or returned, delivered, settled,
// delivered again. Found again on their way by key (header-peek.ts), by record id, and by message_id.
// Columns in rings: a message or delivery has a number (seq) that grows for ever and its place in the ring is that number
// modulo the capacity. Invariant: bounded; a number whose row was overwritten is known to be gone, never mistaken.

import type { Exchange, Queue } from './topology.ts';

/** How a publish ended, as its channel was told. Bits, for a mandatory message is returned and confirmed. */
export const CONFIRMED = 1;
export const NACKED = 2;
export const RETURNED = 4;

export const SETTLEMENTS = ['none', 'ack', 'reject', 'requeue', 'no-ack', 'lost'] as const;
/** How a delivery ended: `lost`: its channel or connection went away first. */
export type Settlement = (typeof SETTLEMENTS)[number];

const DEFAULT_CAPACITY = 1 << 16;
/** Messages with equal keys that are looked at for the one that a delivery belongs to. */
const LONGEST_LOOK = 64;
/** As many once more, where messages come out of a queue in another order than they went in. */
const SECOND_LOOK = 8;

/** A publish, and where it stands now. */
export interface MessageRow {
  readonly seq: number;
  /** Record id of basic.publish; 0: it was published before the log began, or elsewhere. */
  readonly record: number;
  /** µs since the Unix epoch. */
  readonly time: number;
  readonly connection: number;
  readonly channel: number;
  readonly exchange: string;
  readonly routingKey: string;
  readonly bodySize: number;
  readonly messageId: string | undefined;
  readonly correlationId: string | undefined;
  /** Bits: CONFIRMED, NACKED, RETURNED. */
  readonly outcome: number;
  /** Of the confirm or nack, or else of the return. */
  readonly outcomeRecord: number;
  readonly outcomeTime: number;
  /** Of basic.return; 0: it was not returned. */
  readonly returnRecord: number;
  readonly returnTime: number;
  readonly deliveries: readonly DeliveryRow[];
  /** Another message had the same key: which of them a delivery belongs to is a guess by order. */
  readonly ambiguous: boolean;
}

export interface DeliveryRow {
  readonly seq: number;
  /** Record id of basic.deliver or basic.get-ok. */
  readonly record: number;
  readonly time: number;
  readonly connection: number;
  readonly channel: number;
  readonly deliveryTag: number;
  readonly queue: string | undefined;
  readonly consumerTag: string | undefined;
  readonly redelivered: boolean;
  readonly settlement: Settlement;
  readonly settledRecord: number;
  readonly settledTime: number;
}

export interface MessageTableOptions {
  /** Messages and deliveries kept, each; a power of two. 65,536 by default. */
  readonly capacity?: number;
  /** Told of each message that leaves the ring, while it can still be read. */
  readonly onLeave?: (seq: number) => void;
}

export class MessageTable {
  /** Number of the next message; the first is 1. */
  next = 1;
  /** Number of the next delivery; the first is 1. */
  nextDelivery = 1;
  onLeave: ((seq: number) => void) | undefined;
  readonly #capacity: number;
  readonly #mask: number;

  // Messages.
  readonly #record: Float64Array;
  readonly #time: Float64Array;
  readonly #connection: Uint32Array;
  readonly #channel: Uint16Array;
  readonly #bodySize: Float64Array;
  readonly #key: Uint32Array;
  readonly #outcome: Uint8Array;
  readonly #outcomeRecord: Float64Array;
  readonly #outcomeTime: Float64Array;
  readonly #returnRecord: Float64Array;
  readonly #returnTime: Float64Array;
  readonly #firstDelivery: Float64Array;
  readonly #lastDelivery: Float64Array;
  /** The next message in the same bucket. */
  readonly #nextInBucket: Float64Array;
  readonly #ambiguous: Uint8Array;
  readonly #exchange: (Exchange | undefined)[] = [];
  readonly #routingKey: string[] = [];
  readonly #messageId: (string | undefined)[] = [];
  readonly #correlationId: (string | undefined)[] = [];

  // Buckets of keys: messages in order of time, so that the one that leaves the ring is the first of its bucket.
  readonly #bucketFirst: Float64Array;
  readonly #bucketLast: Float64Array;
  /** The message that a delivery of this bucket belonged to last, and the queue that it came from. */
  readonly #bucketMatched: Float64Array;
  readonly #bucketQueue: (Queue | undefined)[] = [];

  // Deliveries.
  readonly #dRecord: Float64Array;
  readonly #dTime: Float64Array;
  readonly #dConnection: Uint32Array;
  readonly #dChannel: Uint16Array;
  readonly #dTag: Float64Array;
  readonly #dMessage: Float64Array;
  readonly #dNext: Float64Array;
  readonly #dRedelivered: Uint8Array;
  readonly #dSettlement: Uint8Array;
  readonly #dSettledRecord: Float64Array;
  readonly #dSettledTime: Float64Array;
  readonly #dQueue: (Queue | undefined)[] = [];
  readonly #dConsumer: (string | undefined)[] = [];

  constructor(options: MessageTableOptions = {}) {
    const capacity = options.capacity ?? DEFAULT_CAPACITY;
    this.#capacity = capacity;
    this.#mask = capacity - 1;
    this.onLeave = options.onLeave;
    const doubles = (): Float64Array => new Float64Array(capacity);
    this.#record = doubles();
    this.#time = doubles();
    this.#connection = new Uint32Array(capacity);
    this.#channel = new Uint16Array(capacity);
    this.#bodySize = doubles();
    this.#key = new Uint32Array(capacity);
    this.#outcome = new Uint8Array(capacity);
    this.#outcomeRecord = doubles();
    this.#outcomeTime = doubles();
    this.#returnRecord = doubles();
    this.#returnTime = doubles();
    this.#firstDelivery = doubles();
    this.#lastDelivery = doubles();
    this.#nextInBucket = doubles();
    this.#ambiguous = new Uint8Array(capacity);
    this.#bucketFirst = doubles();
    this.#bucketLast = doubles();
    this.#bucketMatched = doubles();
    this.#dRecord = doubles();
    this.#dTime = doubles();
    this.#dConnection = new Uint32Array(capacity);
    this.#dChannel = new Uint16Array(capacity);
    this.#dTag = doubles();
    this.#dMessage = doubles();
    this.#dNext = doubles();
    this.#dRedelivered = new Uint8Array(capacity);
    this.#dSettlement = new Uint8Array(capacity);
    this.#dSettledRecord = doubles();
    this.#dSettledTime = doubles();
  }

  /** Number of the oldest message that is still known. */
  get oldest(): number {
    return Math.max(1, this.next - this.#capacity);
  }

  has(seq: number): boolean {
    return seq > 0 && seq < this.next && seq >= this.next - this.#capacity;
  }

  hasDelivery(seq: number): boolean {
    return seq > 0 && seq < this.nextDelivery && seq >= this.nextDelivery - this.#capacity;
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
    this.#record[row] = record;
    this.#time[row] = time;
    this.#connection[row] = connection;
    this.#channel[row] = channel;
    this.#exchange[row] = exchange;
    this.#routingKey[row] = routingKey;
    this.#bodySize[row] = bodySize;
    this.#key[row] = key;
    this.#messageId[row] = messageId;
    this.#correlationId[row] = correlationId;
    this.#outcome[row] = 0;
    this.#firstDelivery[row] = 0;
    this.#lastDelivery[row] = 0;
    this.#nextInBucket[row] = 0;
    this.#ambiguous[row] = 0;
    const bucket = key & this.#mask;
    const last = this.#bucketLast[bucket]!;
    if (this.has(last) && last !== seq) this.#nextInBucket[last & this.#mask] = seq;
    else this.#bucketFirst[bucket] = seq;
    this.#bucketLast[bucket] = seq;
    return seq;
  }

  /** The publish was confirmed, nacked or returned. */
  setOutcome(seq: number, outcome: number, record: number, time: number): void {
    if (!this.has(seq)) return;
    const row = seq & this.#mask;
    if (outcome === RETURNED) {
      this.#returnRecord[row] = record;
      this.#returnTime[row] = time;
    }
    if (outcome !== RETURNED || this.#outcome[row] === 0) {
      this.#outcomeRecord[row] = record;
      this.#outcomeTime[row] = time;
    }
    this.#outcome[row]! |= outcome;
  }

  /** The number of the message of this key that a delivery from `queue` must be; 0: none is known. */
  match(key: number, queue: Queue | undefined, redelivered: boolean): number {
    const bucket = key & this.#mask;
    const matched = this.#bucketMatched[bucket]!;
    const isNext =
      !redelivered &&
      this.#bucketQueue[bucket] === queue &&
      this.has(matched) &&
      this.#key[matched & this.#mask] === key;
    const next = isNext ? this.#nextInBucket[matched & this.#mask]! : 0;
    const found = isNext ? this.#find(next, key, queue, redelivered, LONGEST_LOOK) : 0;
    const looks = isNext ? SECOND_LOOK : LONGEST_LOOK;
    const seq = found || this.#find(this.#bucketFirst[bucket]!, key, queue, redelivered, looks);
    if (seq > 0) {
      this.#markTwins(bucket, seq, key);
      this.setMatched(key, seq, queue);
    }
    return seq;
  }

  #find(from: number, key: number, queue: Queue | undefined, redelivered: boolean, most: number): number {
    const wanted = redelivered ? 'back' : 'new';
    let second = 0;
    let seq = from;
    for (let looks = 0; looks < most && this.has(seq); looks++) {
      const row = seq & this.#mask;
      if (this.#key[row] === key) {
        if (this.#stateIn(row, queue) === wanted) return seq;
        if (redelivered && second === 0) second = seq;
      }
      seq = this.#nextInBucket[row]!;
    }
    return second;
  }

  /** The message is that of the last delivery with its key, from `queue`. */
  setMatched(key: number, seq: number, queue: Queue | undefined): void {
    this.#bucketMatched[key & this.#mask] = seq;
    this.#bucketQueue[key & this.#mask] = queue;
  }

  /** Adds a delivery of the message and returns its number. */
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
    const seq = this.nextDelivery++;
    const row = seq & this.#mask;
    this.#dRecord[row] = record;
    this.#dTime[row] = time;
    this.#dConnection[row] = connection;
    this.#dChannel[row] = channel;
    this.#dTag[row] = tag;
    this.#dMessage[row] = message;
    this.#dNext[row] = 0;
    this.#dQueue[row] = queue;
    this.#dConsumer[row] = consumer;
    this.#dRedelivered[row] = redelivered ? 1 : 0;
    this.#dSettlement[row] = 0;
    const messageRow = message & this.#mask;
    const last = this.#lastDelivery[messageRow]!;
    if (this.hasDelivery(last)) this.#dNext[last & this.#mask] = seq;
    else this.#firstDelivery[messageRow] = seq;
    this.#lastDelivery[messageRow] = seq;
    return seq;
  }

  settle(seq: number, settlement: Settlement, record: number, time: number): void {
    if (!this.hasDelivery(seq)) return;
    const row = seq & this.#mask;
    this.#dSettlement[row] = SETTLEMENTS.indexOf(settlement);
    this.#dSettledRecord[row] = record;
    this.#dSettledTime[row] = time;
  }

  recordOf(seq: number): number {
    return this.has(seq) ? this.#record[seq & this.#mask]! : 0;
  }

  timeOf(seq: number): number {
    return this.has(seq) ? this.#time[seq & this.#mask]! : 0;
  }

  exchangeOf(seq: number): Exchange | undefined {
    return this.has(seq) ? this.#exchange[seq & this.#mask] : undefined;
  }

  recordOfDelivery(seq: number): number {
    return this.hasDelivery(seq) ? this.#dRecord[seq & this.#mask]! : 0;
  }

  /** The number of the message of a delivery; 0 if it is gone. */
  messageOfDelivery(seq: number): number {
    const message = this.hasDelivery(seq) ? this.#dMessage[seq & this.#mask]! : 0;
    return this.has(message) ? message : 0;
  }

  queueOfDelivery(seq: number): Queue | undefined {
    return this.hasDelivery(seq) ? this.#dQueue[seq & this.#mask] : undefined;
  }

  /** How often the message was delivered, as far as is known, counted up to `most`. */
  deliveriesOf(seq: number, most = 1000): number {
    let count = 0;
    let delivery = this.has(seq) ? this.#firstDelivery[seq & this.#mask]! : 0;
    for (; count < most && this.hasDelivery(delivery); count++) delivery = this.#dNext[delivery & this.#mask]!;
    return count;
  }

  /** The message, whole. */
  get(seq: number): MessageRow | undefined {
    if (!this.has(seq)) return undefined;
    const row = seq & this.#mask;
    const deliveries: DeliveryRow[] = [];
    let delivery = this.#firstDelivery[row]!;
    while (this.hasDelivery(delivery) && deliveries.length < 1000) {
      deliveries.push(this.#deliveryRow(delivery));
      delivery = this.#dNext[delivery & this.#mask]!;
    }
    const confirmed = this.#outcome[row]! !== 0;
    const returned = (this.#outcome[row]! & RETURNED) !== 0;
    return {
      seq,
      record: this.#record[row]!,
      time: this.#time[row]!,
      connection: this.#connection[row]!,
      channel: this.#channel[row]!,
      exchange: this.#exchange[row]?.name ?? '',
      routingKey: this.#routingKey[row]!,
      bodySize: this.#bodySize[row]!,
      messageId: this.#messageId[row],
      correlationId: this.#correlationId[row],
      outcome: this.#outcome[row]!,
      outcomeRecord: confirmed ? this.#outcomeRecord[row]! : 0,
      outcomeTime: confirmed ? this.#outcomeTime[row]! : 0,
      returnRecord: returned ? this.#returnRecord[row]! : 0,
      returnTime: returned ? this.#returnTime[row]! : 0,
      deliveries,
      ambiguous: this.#ambiguous[row] === 1,
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

  /** Deliveries under this tag, on whatever channel, newest first. */
  *deliveriesByTag(tag: number): Generator<DeliveryRow> {
    for (let seq = this.nextDelivery - 1; this.hasDelivery(seq); seq--) {
      if (this.#dTag[seq & this.#mask] === tag) yield this.#deliveryRow(seq);
    }
  }

  /** The newest messages that were published there, newest first. */
  *publishedBy(connection: number, channel: number): Generator<MessageRow> {
    for (let seq = this.next - 1; seq >= this.oldest; seq--) {
      const row = seq & this.#mask;
      if (this.#connection[row] === connection && this.#channel[row] === channel && this.#record[row]! > 0) {
        yield this.get(seq)!;
      }
    }
  }

  #deliveryRow(seq: number): DeliveryRow {
    const row = seq & this.#mask;
    const settlement = SETTLEMENTS[this.#dSettlement[row]!]!;
    const settled = settlement !== 'none';
    return {
      seq,
      record: this.#dRecord[row]!,
      time: this.#dTime[row]!,
      connection: this.#dConnection[row]!,
      channel: this.#dChannel[row]!,
      deliveryTag: this.#dTag[row]!,
      queue: this.#dQueue[row]?.name,
      consumerTag: this.#dConsumer[row],
      redelivered: this.#dRedelivered[row] === 1,
      settlement,
      settledRecord: settled ? this.#dSettledRecord[row]! : 0,
      settledTime: settled ? this.#dSettledTime[row]! : 0,
    };
  }

  /** Whether the message was not delivered from the queue yet (`new`), came back to it (`back`), or is with a consumer (`out`). */
  #stateIn(row: number, queue: Queue | undefined): 'new' | 'back' | 'out' {
    let state: 'new' | 'back' | 'out' = 'new';
    let delivery = this.#firstDelivery[row]!;
    for (let looks = 0; looks < LONGEST_LOOK && this.hasDelivery(delivery); looks++) {
      const at = delivery & this.#mask;
      if (this.#dQueue[at] === queue) {
        const settlement = SETTLEMENTS[this.#dSettlement[at]!]!;
        state = settlement === 'requeue' || settlement === 'lost' ? 'back' : 'out';
      }
      delivery = this.#dNext[at]!;
    }
    return state;
  }

  /** Marks the message if another one has the same key. */
  #markTwins(bucket: number, seq: number, key: number): void {
    const row = seq & this.#mask;
    const first = this.#bucketFirst[bucket]!;
    const next = this.#nextInBucket[row]!;
    const hasTwin =
      (first !== seq && this.#key[first & this.#mask] === key) ||
      (this.has(next) && this.#key[next & this.#mask] === key);
    if (hasTwin) this.#ambiguous[row] = 1;
  }

  /** The oldest message leaves the ring. */
  #leave(seq: number): void {
    this.onLeave?.(seq);
    const bucket = this.#key[seq & this.#mask]! & this.#mask;
    if (this.#bucketFirst[bucket] === seq) this.#bucketFirst[bucket] = this.#nextInBucket[seq & this.#mask]!;
  }
}
