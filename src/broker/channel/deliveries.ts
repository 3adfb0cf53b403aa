// What a channel was given and has not settled: by delivery tag, in order. Counterpart: queues, which are told how each
// was settled.

import type { Consumer } from '../queue/consumer.ts';
import type { Delivery } from '../queue/delivery.ts';
import type { Queue, ReturnReason } from '../queue/queue.ts';
import { ReplyError } from '../reply-error.ts';

export class Deliveries {
  /** The tag that the next delivery gets; those that need no settling take one too. */
  nextTag = 1;
  readonly #unsettled = new Map<number, Delivery>();
  /** The tags of those that basic.get took. */
  readonly #got = new Set<number>();

  get count(): number {
    return this.#unsettled.size;
  }

  /** Those that consumers were given: they count towards the channel's prefetch, what basic.get took does not. */
  get consumed(): number {
    return this.#unsettled.size - this.#got.size;
  }

  /** The tag of the oldest delivery; undefined: none. */
  get oldest(): number | undefined {
    for (const tag of this.#unsettled.keys()) return tag;
    return undefined;
  }

  /** Remembers a delivery under the next tag; returns the tag. */
  add(delivery: Delivery): number {
    const tag = this.nextTag++;
    this.#unsettled.set(tag, delivery);
    return tag;
  }

  /** The same for one that basic.get took. */
  addGot(delivery: Delivery): number {
    this.#got.add(this.nextTag);
    return this.add(delivery);
  }

  /**
   * Takes out what an ack, nack or reject names: one tag, or with `multiple` all up to it (0: all). Throws ReplyError 406
   * for a tag that is not there itself, even if lower ones are.
   */
  take(tag: number, multiple: boolean): Delivery | Delivery[] {
    const unsettled = this.#unsettled;
    if (!multiple) {
      const delivery = unsettled.get(tag);
      if (!delivery) throw new ReplyError(406, `unknown delivery tag ${tag}`);
      unsettled.delete(tag);
      if (this.#got.size > 0) this.#got.delete(tag);
      return delivery;
    }
    if (tag === 0) return this.takeAll();
    if (!unsettled.has(tag)) throw new ReplyError(406, `unknown delivery tag ${tag}`);
    const taken: Delivery[] = [];
    for (const [number, delivery] of unsettled) {
      if (number > tag) break;
      unsettled.delete(number);
      this.#got.delete(number);
      taken.push(delivery);
    }
    return taken;
  }

  /** The same with their tags. */
  takeEntries(tag: number, multiple: boolean): [tag: number, delivery: Delivery][] {
    if (!multiple) return [[tag, this.take(tag, false) as Delivery]];
    const entries: [number, Delivery][] = [];
    for (const entry of this.#unsettled) {
      if (tag !== 0 && entry[0] > tag) break;
      entries.push(entry);
    }
    this.take(tag, true);
    return entries;
  }

  takeAll(): Delivery[] {
    const all = [...this.#unsettled.values()];
    this.#unsettled.clear();
    this.#got.clear();
    return all;
  }

  /** Puts back what a rolled back transaction had taken. */
  restore(entries: Iterable<readonly [tag: number, delivery: Delivery]>): void {
    const all = [...this.#unsettled, ...entries].sort(([a], [b]) => a - b);
    this.#unsettled.clear();
    for (const [tag, delivery] of all) {
      this.#unsettled.set(tag, delivery);
      if (!delivery.consumer) this.#got.add(tag);
    }
  }

  entries(): IterableIterator<[number, Delivery]> {
    return this.#unsettled.entries();
  }
}

/** Settles for good, in RabbitMQ's order; each consumer may have more before the next is looked at. */
export function ackAll(deliveries: readonly Delivery[]): void {
  for (const own of inTurn(deliveries)) {
    for (const delivery of own) delivery.queue.ack(delivery);
    const { consumer } = own[0]!;
    if (consumer) consumer.queue.wake(consumer);
  }
}

/** What a client rejects: given back, and refused after that if it is a stream's. */
export function rejectAll(deliveries: readonly Delivery[], reason: ReturnReason): void {
  giveBackInTurn(deliveries, reason);
  for (const { queue } of deliveries) queue.assertReturnable();
}

/** Gives back in RabbitMQ's order; each part may be delivered again before the next is given back. */
export function giveBackInTurn(deliveries: readonly Delivery[], reason: ReturnReason): void {
  for (const own of inTurn(deliveries)) giveBackAll(own, reason);
}

/** In the parts in which RabbitMQ settles: by queue, what basic.get took one by one, then consumer by consumer. */
function inTurn(deliveries: readonly Delivery[]): (readonly Delivery[])[] {
  if (areOfOne(deliveries)) return [deliveries];
  const groups = new Map<Consumer | Delivery, Delivery[]>();
  for (const delivery of deliveries) {
    const owner = delivery.consumer ?? delivery;
    const own = groups.get(owner);
    if (own) own.push(delivery);
    else groups.set(owner, [delivery]);
  }
  return [...groups.values()].sort(([a], [b]) => order(a!.queue.name, b!.queue.name) || order(tagOf(a!), tagOf(b!)));
}

function areOfOne(deliveries: readonly Delivery[]): boolean {
  if (deliveries.length === 0) return false;
  const { consumer } = deliveries[0]!;
  return (
    deliveries.length === 1 || (consumer !== undefined && deliveries.every((other) => other.consumer === consumer))
  );
}

function tagOf({ consumer }: Delivery): string {
  return consumer?.tag ?? '';
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Gives back to the queues, each what is its own. */
export function giveBackAll(deliveries: readonly Delivery[], reason: ReturnReason): void {
  const byQueue = new Map<Queue, Delivery[]>();
  const consumers = consumersOf(deliveries);
  for (const delivery of deliveries) {
    const own = byQueue.get(delivery.queue);
    if (own) own.push(delivery);
    else byQueue.set(delivery.queue, [delivery]);
  }
  for (const [queue, own] of byQueue) queue.giveBack(own, reason);
  wakeAll(consumers);
}

/** These may be able to take messages again. */
export function wakeAll(consumers: Iterable<Consumer>): void {
  const byQueue = new Map<Queue, Consumer[]>();
  for (const consumer of consumers) {
    const own = byQueue.get(consumer.queue);
    if (own) own.push(consumer);
    else byQueue.set(consumer.queue, [consumer]);
  }
  for (const [queue, own] of byQueue) queue.wakeAll(own);
}

function consumersOf(deliveries: readonly Delivery[]): Set<Consumer> {
  const consumers = new Set<Consumer>();
  for (const { consumer } of deliveries) if (consumer) consumers.add(consumer);
  return consumers;
}
