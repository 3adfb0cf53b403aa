// The ready messages of one priority, in order. What was never delivered stands in a ring of plain messages; what came
// back (requeued, or read from the store) stands before it, sorted by turn, as deliveries.
// Invariant: every position among the returned is lower than every position in the ring, since positions are given out
// in order and only what left the ring can come back. So a requeued message takes its original place.

import type { Message } from '../message/message.ts';
import { Delivery } from './delivery.ts';
import type { Queue } from './queue.ts';
import { ReturnedDeliveries } from './returned-deliveries.ts';

const FIRST_CAPACITY = 16;
/** A ring that shrank to a quarter gives memory back, but none smaller than this. */
const SMALLEST_SHRUNK = 1024;

export class Lane {
  readonly level: number;
  readonly #queue: Queue;
  #ring: (Message | undefined)[] = [];
  /** When each message of the ring expires; made with the first one that does. */
  #expiry: Float64Array | undefined;
  #mask = -1;
  /** Position of the first message in the ring. */
  #first = 0;
  #size = 0;
  readonly #returned = new ReturnedDeliveries();

  constructor(queue: Queue, level: number) {
    this.#queue = queue;
    this.level = level;
  }

  get length(): number {
    return this.#size + this.#returned.length;
  }

  /** The position that the next message gets. */
  get next(): number {
    return this.#first + this.#size;
  }

  /** Takes the next position without putting anything there: the message is delivered at once. */
  skip(): number {
    // Only with an empty ring.
    return this.#first++;
  }

  /** Appends; returns the position. */
  push(message: Message, expiresAt: number): number {
    if (this.#size > this.#mask) this.#grow();
    const position = this.#first + this.#size++;
    this.#ring[position & this.#mask] = message;
    if (expiresAt !== 0 || this.#expiry) this.#setExpiry(position, expiresAt);
    return position;
  }

  /** When the first message expires, ms since the epoch; 0: never, or there is none. */
  get headExpiresAt(): number {
    const returned = this.#returned.first;
    if (returned) return returned.expiresAt;
    return this.#size > 0 && this.#expiry ? this.#expiry[this.#first & this.#mask]! : 0;
  }

  /** Takes the first message out. */
  shift(): Delivery | undefined {
    if (this.#returned.length > 0) return this.#returned.shift();
    if (this.#size === 0) return undefined;
    const position = this.#first;
    const index = position & this.#mask;
    const message = this.#ring[index]!;
    this.#ring[index] = undefined;
    this.#first++;
    this.#size--;
    const expiresAt = this.#expiry ? this.#expiry[index]! : 0;
    if (this.#size === 0) this.#expiry = undefined;
    if (this.#mask >= SMALLEST_SHRUNK && this.#size < this.#mask >>> 2) this.#resize((this.#mask + 1) >>> 1);
    return new Delivery(this.#queue, message, this.level, position, expiresAt, 0);
  }

  /** Puts messages back to where they stood. */
  return(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      this.#returned.add(delivery);
      // Those read from the store stand before what comes now.
      if (this.#size === 0 && delivery.position >= this.#first) this.#first = delivery.position + 1;
    }
  }

  /** All messages in order, without taking them out. */
  *[Symbol.iterator](): Generator<{ message: Message; position: number; deliveries: number }> {
    yield* this.#returned.inOrder();
    for (let i = 0; i < this.#size; i++) {
      const position = this.#first + i;
      yield { message: this.#ring[position & this.#mask]!, position, deliveries: 0 };
    }
  }

  clear(): void {
    this.#first += this.#size;
    this.#size = 0;
    this.#ring = [];
    this.#mask = -1;
    this.#expiry = undefined;
    this.#returned.clear();
  }

  #setExpiry(position: number, expiresAt: number): void {
    this.#expiry ??= new Float64Array(this.#mask + 1);
    this.#expiry[position & this.#mask] = expiresAt;
  }

  #grow(): void {
    this.#resize(Math.max(FIRST_CAPACITY, (this.#mask + 1) * 2));
  }

  #resize(capacity: number): void {
    const ring: (Message | undefined)[] = new Array(capacity);
    const expiry = this.#expiry && new Float64Array(capacity);
    const mask = capacity - 1;
    for (let position = this.#first; position < this.#first + this.#size; position++) {
      ring[position & mask] = this.#ring[position & this.#mask];
      if (expiry) expiry[position & mask] = this.#expiry![position & this.#mask]!;
    }
    this.#ring = ring;
    this.#expiry = expiry;
    this.#mask = mask;
  }
}
