// A queue as simple as can be: what a RabbitMQ classic queue does, written for reading. Counterpart:
// src/broker/queue/classic-queue.ts, which must do the same.

import type { QueueKind } from './command.ts';

export interface ModelMessage {
  readonly id: string;
  readonly exchange: string;
  readonly key: string;
  readonly priority: number;
  /** Queues that gave it up and why, the last one first. */
  readonly deaths: readonly { readonly queue: string; readonly reason: string }[];
}

export interface ModelConsumer {
  readonly channel: number;
  readonly tag: string;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  readonly priority: number;
  readonly prefetch: number;
  unsettled: number;
}

/** A message in the queue or in somebody's hands. */
export interface Place {
  readonly queue: ModelQueue;
  readonly message: ModelMessage;
  readonly order: number;
  redelivered: boolean;
  consumer: ModelConsumer | undefined;
}

/** What a queue asks of the broker. */
export interface QueueWorld {
  deliver(place: Place, consumer: ModelConsumer): void;
  deadLetter(queue: ModelQueue, message: ModelMessage, reason: string): void;
}

export class ModelQueue {
  readonly name: string;
  readonly kind: QueueKind;
  deleted = false;
  /** In the order in which they go out. */
  ready: Place[] = [];
  unsettled = 0;
  consumers: ModelConsumer[] = [];
  /** The only one that is served, if there may be but one. */
  #active: ModelConsumer | undefined;
  /** Those that have not been found unable to take more. */
  #line: ModelConsumer[] = [];
  #blocked: ModelConsumer[] = [];
  #order = 0;
  readonly #world: QueueWorld;

  constructor(name: string, kind: QueueKind, world: QueueWorld) {
    this.name = name;
    this.kind = kind;
    this.#world = world;
  }

  /** False: refused. */
  publish(message: ModelMessage): boolean {
    const { maxLength = Infinity, overflow = 'drop-head' } = this.kind;
    if (overflow !== 'drop-head' && this.ready.length >= maxLength) {
      if (overflow === 'reject-publish-dlx') this.#world.deadLetter(this, message, 'maxlen');
      return false;
    }
    this.ready.push({ queue: this, message, order: this.#order++, redelivered: false, consumer: undefined });
    this.#sort();
    this.run();
    this.#dropHead();
    return true;
  }

  get(noAck: boolean): Place | undefined {
    const place = this.ready.shift();
    if (place && !noAck) this.unsettled++;
    return place;
  }

  consume(consumer: ModelConsumer): void {
    this.consumers.push(consumer);
    this.#line.push(consumer);
    if (this.kind.singleActive) this.#active ??= consumer;
    this.run();
  }

  remove(consumer: ModelConsumer): void {
    const others = (list: ModelConsumer[]) => list.filter((other) => other !== consumer);
    [this.consumers, this.#line, this.#blocked] = [others(this.consumers), others(this.#line), others(this.#blocked)];
    if (this.#active === consumer) {
      const highest = Math.max(...this.consumers.map(({ priority }) => priority));
      this.#active = this.consumers.find(({ priority }) => priority === highest);
    }
  }

  /** Settles what a channel held: `ack`, `requeue` or `reject`. */
  settle(places: readonly Place[], how: 'ack' | 'requeue' | 'reject'): void {
    if (this.deleted) return;
    this.unsettled -= places.length;
    const channels = new Set<number>();
    for (const { consumer } of places) {
      if (!consumer) continue;
      consumer.unsettled--;
      channels.add(consumer.channel);
    }
    const freed = this.#blocked.filter((consumer) => channels.has(consumer.channel) && isAble(consumer));
    this.#blocked = this.#blocked.filter((consumer) => !freed.includes(consumer));
    this.#line.push(...freed);
    if (how === 'requeue') {
      for (const place of places) {
        place.redelivered = true;
        place.consumer = undefined;
        this.ready.push(place);
      }
      this.#sort();
      this.#dropHead();
    } else if (how === 'reject') {
      for (const { message } of places) this.#world.deadLetter(this, message, 'rejected');
    }
    this.run();
  }

  /** Gives ready messages to able consumers, in turn among those of the highest priority. */
  run(): void {
    while (this.ready.length > 0) {
      const consumer = this.#next();
      if (!consumer) return;
      const place = this.ready.shift()!;
      if (!consumer.noAck) {
        place.consumer = consumer;
        consumer.unsettled++;
        this.unsettled++;
      }
      this.#world.deliver(place, consumer);
    }
  }

  #next(): ModelConsumer | undefined {
    if (this.kind.singleActive) return this.#active && isAble(this.#active) ? this.#active : undefined;
    while (this.#line.length > 0) {
      const highest = Math.max(...this.#line.map(({ priority }) => priority));
      const consumer = this.#line.find(({ priority }) => priority === highest)!;
      this.#line.splice(this.#line.indexOf(consumer), 1);
      if (isAble(consumer)) {
        this.#line.push(consumer);
        return consumer;
      }
      this.#blocked.push(consumer);
    }
    return undefined;
  }

  #dropHead(): void {
    const { maxLength = Infinity, overflow = 'drop-head' } = this.kind;
    if (overflow !== 'drop-head') return;
    while (this.ready.length > maxLength) this.#world.deadLetter(this, this.ready.shift()!.message, 'maxlen');
  }

  #sort(): void {
    const level = ({ message }: Place) => Math.min(message.priority, this.kind.maxPriority ?? 0);
    this.ready.sort((a, b) => level(b) - level(a) || a.order - b.order);
  }
}

function isAble({ prefetch, unsettled }: ModelConsumer): boolean {
  return prefetch === 0 || unsettled < prefetch;
}
