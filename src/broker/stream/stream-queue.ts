// A stream (x-queue-type: stream): a log of messages that stay when they were read. Each consumer reads it at its own
// place, as far as its prefetch count lets it; an ack gives room for one more and does nothing to the message.
// Invariant: a reader is in exactly one of: waiting for messages at the end, pausing between two shares, or unable, to
// go on from its offset when woken. So nothing is buffered for a slow consumer.

import { fieldOf } from '../../protocol/field-table.ts';
import type { Message } from '../message/message.ts';
import { Slab } from '../message/slab.ts';
import type { Consumer } from '../queue/consumer.ts';
import { Delivery } from '../queue/delivery.ts';
import { DELIVERED, Queue, STORED } from '../queue/queue.ts';
import type { QueueSettings } from '../queue/queue-settings.ts';
import { ReplyError } from '../reply-error.ts';
import type { StoredMessage } from '../store/store.ts';
import { startOffset } from './start-offset.ts';
import { StreamLog } from './stream-log.ts';
import { streamMessage } from './stream-message.ts';
import { StreamReader } from './stream-reader.ts';

/**
 * What a reader is given before others have their turn, in bytes as watermarks count them: some milliseconds' work.
 * A reader of a long log would otherwise hold up the whole broker.
 */
const SHARE = 1 << 20;

export class StreamQueue extends Queue {
  /** RabbitMQ counts all of a stream's messages as ready, whoever has them. */
  readonly unsettledCount = 0;
  readonly #log = new StreamLog();
  readonly #slab = new Slab();
  readonly #readers = new Map<Consumer, StreamReader>();
  /** Those that have read all and can take more. */
  readonly #waiting = new Set<StreamReader>();

  get readyCount(): number {
    return this.#log.length;
  }

  get byteCount(): number {
    return this.#log.bodyBytes;
  }

  /** Offset of the first message that is still there. */
  get firstOffset(): number {
    return this.#log.first;
  }

  /** The offset that the next message gets. */
  get nextOffset(): number {
    return this.#log.next;
  }

  /** The stream keeps a copy, so the message's own bytes are not needed. All messages are stored, persistent or not. */
  push(message: Message): number {
    this.stats.published++;
    const offset = this.#log.next;
    const kept = streamMessage(message, offset, this.#slab);
    const now = this.vhost.clock.now();
    const { store } = this.vhost;
    store?.putMessage(this.id, 0, offset, kept, now, 0);
    const isBegun = this.#log.append(kept, now, this.settings.segmentSize);
    this.vhost.memory.add(kept.cost);
    if (isBegun) this.#trim();
    for (const reader of this.#waiting) this.#serve(reader);
    return store ? STORED : DELIVERED;
  }

  get(): Delivery | undefined {
    throw this.#notImplemented('basic.get not supported by stream queues');
  }

  ack(delivery: Delivery): void {
    if (this.deleted) return;
    this.stats.acked++;
    this.#release(delivery);
  }

  /** Nothing comes back to a stream; the consumer has room again. */
  giveBack(deliveries: readonly Delivery[]): void {
    if (this.deleted) return;
    for (const delivery of deliveries) this.#release(delivery);
  }

  override assertReturnable(): void {
    throw this.#notImplemented('basic.nack and basic.reject not supported by stream queues');
  }

  purge(): number {
    throw this.#notImplemented('queue.purge not supported by stream queues');
  }

  override checkConsumer(consumer: Consumer): void {
    this.#startOf(consumer);
    if (consumer.prefetch === 0) {
      throw new ReplyError(406, `consumer prefetch count is not set for '${this.#text}'`);
    }
    if (consumer.noAck) throw this.#notImplemented('automatic acknowledgement not supported by stream queues');
  }

  addConsumer(consumer: Consumer): void {
    this.usedAt = this.vhost.clock.now();
    this.consumers.add(consumer);
    const reader = new StreamReader(consumer, this.#startOf(consumer));
    this.#readers.set(consumer, reader);
    this.#serve(reader);
  }

  removeConsumer(consumer: Consumer): void {
    if (!this.consumers.delete(consumer)) return;
    this.usedAt = this.vhost.clock.now();
    const reader = this.#readers.get(consumer)!;
    reader.stop();
    this.#readers.delete(consumer);
    this.#waiting.delete(reader);
  }

  wake(consumer: Consumer): void {
    const reader = this.#readers.get(consumer);
    if (reader && !reader.pause) this.#serve(reader);
  }

  apply(settings: QueueSettings): void {
    this.settings = settings;
    this.#trim();
  }

  close(): void {
    this.deleted = true;
    for (const reader of this.#readers.values()) reader.stop();
    this.#readers.clear();
    this.#waiting.clear();
    this.cancelConsumers();
    this.vhost.memory.add(-this.#log.cost);
    this.vhost.store?.deleteMessages(this.id);
  }

  /** Nothing was delivered before: who reads again does so of his own accord. */
  deliveredPlaces(): [] {
    return [];
  }

  messages(): Iterable<Message> {
    return this.#log;
  }

  /** Takes up what the store kept, in order. */
  recover(stored: Iterable<StoredMessage>): void {
    for (const { message, position, storedAt } of stored) {
      this.#log.skipTo(position);
      this.#log.append(message, storedAt, this.settings.segmentSize);
    }
    this.vhost.memory.add(this.#log.cost);
    this.#trim();
  }

  #trim(): void {
    const { store } = this.vhost;
    for (const { first, end, cost } of this.#log.trim(this.settings, this.vhost.clock.now())) {
      this.vhost.memory.add(-cost);
      if (store) for (let offset = first; offset < end; offset++) store.deleteMessage(this.id, 0, offset);
    }
  }

  /** Gives the reader what it can take of its share. */
  #serve(reader: StreamReader): void {
    if (reader.busy) return;
    reader.busy = true;
    const { consumer } = reader;
    let share = SHARE;
    while (this.#readers.has(consumer)) {
      if (!consumer.able) {
        this.#waiting.delete(reader);
        break;
      }
      if (share <= 0) {
        this.#waiting.delete(reader);
        this.#pause(reader);
        break;
      }
      const message = reader.take(this.#log);
      if (!message) {
        this.#waiting.add(reader);
        break;
      }
      share -= message.cost;
      this.#handOut(consumer, new Delivery(this, message, 0, reader.offset - 1, 0, 0));
    }
    reader.busy = false;
  }

  #pause(reader: StreamReader): void {
    reader.pause = this.vhost.clock.after(0, () => {
      reader.pause = undefined;
      this.#serve(reader);
    });
  }

  #handOut(consumer: Consumer, delivery: Delivery): void {
    this.stats.delivered++;
    delivery.consumer = consumer;
    consumer.unsettled++;
    consumer.channel.deliverUnsettled(consumer, delivery, delivery.message);
  }

  #release({ consumer }: Delivery): void {
    if (consumer) consumer.unsettled--;
  }

  /** The offset that the consumer asks for. */
  #startOf(consumer: Consumer): number {
    const asked = fieldOf(consumer.arguments, 'x-stream-offset');
    return startOffset(asked, this.#log, this.vhost.clock.now(), this.#text);
  }

  get #text(): string {
    return this.vhost.queueText(this.name);
  }

  #notImplemented(what: string): ReplyError {
    return new ReplyError(540, `${what} ${this.#text}`);
  }
}
