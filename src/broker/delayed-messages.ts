// Messages that a delayed-message exchange holds back: each is routed when its time has come, as RabbitMQ's plugin does.
// Counterparts: the exchange type x-delayed-message, and the router, which asks here first. They weigh on the watermark
// like those in queues; persistent ones of a durable exchange are stored, under a number of their own.

import type { Timer } from './clock.ts';
import { delayOf } from './exchange/delayed.ts';
import type { Exchange } from './exchange/exchange.ts';
import { keepBlindCopies } from './message/copies.ts';
import { setEntry, withHeaders } from './message/edit.ts';
import { Message } from './message/message.ts';
import type { StoredMessage } from './store/store.ts';
import type { VirtualHost } from './virtual-host.ts';

export class DelayedMessages {
  /** How many were handed to the store so far. */
  stored = 0;
  readonly #vhost: VirtualHost;
  readonly #timers = new Map<Timer, Message>();
  /** Under which number the store keeps them; 0: none was stored yet. */
  #storeId = 0;
  #nextPosition = 0;

  constructor(vhost: VirtualHost) {
    this.#vhost = vhost;
  }

  get count(): number {
    return this.#timers.size;
  }

  /** Keeps the message back if it asks for that; false: it is to be routed now. */
  hold(exchange: Exchange, message: Message): boolean {
    const delay = delayOf(message);
    if (delay === undefined) return false;
    const now = this.#vhost.clock.now();
    let position = -1;
    if (message.persistent && exchange.durable && this.#vhost.store) {
      position = this.#nextPosition++;
      this.stored++;
      this.#vhost.store.putMessage(this.#storeNumber(), 0, position, heldBy(exchange, message), now, now + delay);
    }
    this.#await(exchange.name, message, delay, position);
    return true;
  }

  /** Takes up what the store kept. */
  recover(storeId: number, stored: Iterable<StoredMessage>): void {
    this.#storeId = storeId;
    for (const { message, position, expiresAt } of stored) {
      this.#nextPosition = position + 1;
      this.#await(message.exchange, message, Math.max(0, expiresAt - this.#vhost.clock.now()), position);
    }
  }

  /** The broker is being closed: none is routed any more. */
  halt(): void {
    for (const timer of this.#timers.keys()) timer.cancel();
  }

  close(): void {
    this.halt();
    for (const message of this.#timers.values()) this.#vhost.memory.add(-message.cost);
    this.#timers.clear();
    if (this.#storeId === 0) return;
    this.#vhost.store!.deleteMessages(this.#storeId);
    this.#vhost.store!.deleteEntity('meta', this.#storeKey);
  }

  #await(exchange: string, message: Message, ms: number, position: number): void {
    this.#vhost.memory.add(message.cost);
    const timer = this.#vhost.clock.after(ms, () => {
      this.#timers.delete(timer);
      this.#vhost.memory.add(-message.cost);
      this.#release(exchange, message);
      if (position >= 0) this.#vhost.store!.deleteMessage(this.#storeId, 0, position);
    });
    this.#timers.set(timer, message);
  }

  /** The plugin tells by a negative x-delay that the message has waited. */
  #release(name: string, message: Message): void {
    const exchange = this.#vhost.exchanges.get(name);
    const waited = { type: 'I', value: -(delayOf(message) ?? 0) } as const;
    if (!exchange) return;
    const released = withHeaders(message, setEntry(message.headers, 'x-delay', waited));
    this.#vhost.publish(exchange, keepBlindCopies(message, released));
  }

  get #storeKey(): string {
    return `delayed ${this.#vhost.name}`;
  }

  #storeNumber(): number {
    if (this.#storeId === 0) {
      this.#storeId = this.#vhost.nextQueueId();
      this.#vhost.store!.putEntity('meta', this.#storeKey, this.#storeId);
    }
    return this.#storeId;
  }
}

/** The message as it is stored: under the exchange that holds it, which it may have reached through others. */
function heldBy({ name }: Exchange, message: Message): Message {
  return message.exchange === name ? message : new Message(name, message.routingKey, message);
}
