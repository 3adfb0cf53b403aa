// What every queue is: a name in a virtual host, its declared properties, its consumers, and the verbs that channels
// call. Counterparts: classic-queue.ts (classic and quorum) and stream/stream-queue.ts, which keep the messages.
// Invariant: a queue that was deleted takes no message and gives none; settling what it gave before does nothing.

import type { FieldTable } from '../../protocol/field-table.ts';
import type { Destination } from '../exchange/binding.ts';
import type { Message } from '../message/message.ts';
import { MessageStats } from '../message-stats.ts';
import type { StoredMessage, StoredPlace } from '../store/store.ts';
import type { VirtualHost } from '../virtual-host.ts';
import type { Consumer, Recipient } from './consumer.ts';
import type { Delivery } from './delivery.ts';
import { QueueExpiry } from './queue-expiry.ts';
import type { QueueSettings } from './queue-settings.ts';

export type QueueType = 'classic' | 'quorum' | 'stream';

/** What `push` says of a message. */
export const DELIVERED = 0;
/** The message's bytes are still needed. */
export const KEPT = 1;
/** It was handed to the store: confirm it when that has flushed. */
export const STORED = 2;
/** It was refused (overflow reject-publish): nack it. */
export const REFUSED = 4;

/** The connection that an exclusive queue belongs to. */
export interface QueueOwner {
  readonly exclusiveQueues: Set<Queue>;
}

export interface QueueDeclaration {
  readonly name: string;
  readonly type: QueueType;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly owner: QueueOwner | undefined;
  readonly arguments: FieldTable;
}

/** How a delivery is settled otherwise than by an ack. */
export type ReturnReason = 'requeued' | 'rejected';

export abstract class Queue implements Destination {
  readonly kind = 'queue';
  readonly vhost: VirtualHost;
  readonly name: string;
  readonly type: QueueType;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  /** The connection that alone may use it, and with which it goes. */
  readonly owner: QueueOwner | undefined;
  readonly arguments: FieldTable;
  /** The queue's number in the store. */
  readonly id: number;
  /** Itself, as the default exchange's answer. */
  readonly route: readonly Queue[];
  readonly consumers = new Set<Consumer>();
  readonly stats = new MessageStats();
  deleted = false;
  /** Arguments and policies together. */
  settings: QueueSettings;
  /** When it was last used, ms since the epoch: declared, consumed from, got from. */
  usedAt: number;
  protected readonly expiry: QueueExpiry;

  constructor(vhost: VirtualHost, id: number, declaration: QueueDeclaration, settings: QueueSettings) {
    this.vhost = vhost;
    this.id = id;
    this.name = declaration.name;
    this.type = declaration.type;
    this.durable = declaration.durable;
    this.autoDelete = declaration.autoDelete;
    this.owner = declaration.owner;
    this.arguments = declaration.arguments;
    this.settings = settings;
    this.usedAt = vhost.clock.now();
    this.route = [this];
    this.expiry = new QueueExpiry(this);
  }

  /** Messages ready to be delivered. */
  abstract readonly readyCount: number;
  /** Messages delivered and not settled. */
  abstract readonly unsettledCount: number;
  /** Bytes of the bodies of all its messages. */
  abstract readonly byteCount: number;

  /** Takes a message in; returns DELIVERED, or a sum of KEPT, STORED and REFUSED. */
  abstract push(message: Message): number;
  /** Takes the first message for basic.get; the caller settles it, unless `noAck`. */
  abstract get(noAck: boolean): Delivery | undefined;
  /** The message as clients see it: a quorum queue tells how often it was delivered before; with `always`, even if never. */
  shown(delivery: Delivery, _always = false): Message {
    return delivery.message;
  }

  /** Settles for good. */
  abstract ack(delivery: Delivery): void;
  /** Settles messages of this queue that come back: to their places, or rejected (dropped, or dead-lettered). */
  abstract giveBack(deliveries: readonly Delivery[], reason: ReturnReason): void;
  /** Throws ReplyError if clients may not give back what they got (basic.nack, basic.reject). */
  assertReturnable(): void {}

  /** Drops all ready messages; returns how many. */
  abstract purge(): number;
  /** Throws ReplyError if the consumer may not consume like this. */
  checkConsumer(_consumer: Consumer): void {}

  /** Takes up a consumer that was checked, and serves it. */
  abstract addConsumer(consumer: Consumer): void;
  abstract removeConsumer(consumer: Consumer): void;
  /** A consumer may have become able: its connection drained, or it settled something. */
  abstract wake(consumer: Consumer): void;
  /** The same of several: all are in line before the first is served, so that they take turns. */
  wakeAll(consumers: readonly Consumer[]): void {
    for (const consumer of consumers) this.wake(consumer);
  }

  /** Settings have changed (policy). */
  abstract apply(settings: QueueSettings): void;
  /** The broker is being closed: nothing happens by itself any more. */
  halt(): void {
    this.expiry.stop();
  }

  /** The queue is being deleted: drops everything, cancels the consumers. */
  abstract close(): void;
  /** Takes up what the store kept. */
  abstract recover(stored: Iterable<StoredMessage>): void;
  /** Where its messages stand that were delivered, and how often. */
  abstract deliveredPlaces(): Iterable<StoredPlace & { readonly deliveries: number }>;
  /** Ready messages in order, for those who look without taking. */
  abstract messages(): Iterable<Message>;

  /** Who consumes now: with a single active consumer, that one alone. */
  isActive(_consumer: Consumer): boolean {
    return true;
  }

  /** Tells the recipients that the queue is gone; each in the order of its tags, as RabbitMQ. */
  protected cancelConsumers(): void {
    for (const consumer of [...this.consumers].sort((a, b) => (a.tag < b.tag ? -1 : 1))) {
      consumer.cancelled = true;
      consumer.channel.cancelledByServer(consumer);
    }
    this.consumers.clear();
  }

  /** The consumers of one channel. */
  *consumersOf(channel: Recipient): Generator<Consumer> {
    for (const consumer of this.consumers) if (consumer.channel === channel) yield consumer;
  }
}
