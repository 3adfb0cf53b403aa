// A stream on its own: a virtual host with a clock that tests move, a store that remembers, and channels that record.
// Counterpart: the real virtual-host.ts and channel.ts, of which a stream sees no more than this.

import type { BrokerClock, Timer } from '../../../src/broker/clock.ts';
import { createMessage } from '../../../src/broker/message/edit.ts';
import type { Message } from '../../../src/broker/message/message.ts';
import { Consumer, type Recipient } from '../../../src/broker/queue/consumer.ts';
import type { Delivery } from '../../../src/broker/queue/delivery.ts';
import { queueSettings } from '../../../src/broker/queue/queue-settings.ts';
import type { Store, StoredMessage } from '../../../src/broker/store/store.ts';
import { StreamQueue } from '../../../src/broker/stream/stream-queue.ts';
import type { VirtualHost } from '../../../src/broker/virtual-host.ts';
import type { BasicProperties } from '../../../src/protocol/method-table.ts';
import { type PlainValue, plain, table } from '../../rig/field-values.ts';

/** Time stands still until `advance`; timers fire in order of time. */
export class TestClock implements BrokerClock {
  #now = 1_000_000;
  #timers: { at: number; fire: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, fire: () => void): Timer {
    const timer = { at: this.#now + ms, fire };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  get pending(): number {
    return this.#timers.length;
  }

  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = due.at;
      due.fire();
    }
    this.#now = until;
  }

  /** Lets the timers due now fire, once each. */
  tick(): void {
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { fire } of due) fire();
  }
}

/** A channel that keeps what it is given. */
export class TestChannel implements Recipient {
  congested = false;
  readonly deliveries: Delivery[] = [];
  readonly cancelled: string[] = [];
  onDelivery: ((consumer: Consumer, delivery: Delivery) => void) | undefined;

  deliver(): void {
    throw new Error('a stream never delivers without acknowledgement');
  }

  deliverUnsettled(consumer: Consumer, delivery: Delivery): void {
    this.deliveries.push(delivery);
    this.onDelivery?.(consumer, delivery);
  }

  cancelledByServer(consumer: Consumer): void {
    this.cancelled.push(consumer.tag);
  }

  get offsets(): number[] {
    return this.deliveries.map(({ message }) => Number(plain(message.headers)['x-stream-offset']));
  }

  get bodies(): string[] {
    return this.deliveries.map(({ message }) => Buffer.from(message.body).toString());
  }
}

type Kept = Pick<StoredMessage, 'message' | 'storedAt'>;

/** What streams use of a store. */
export class TestStore {
  readonly messages = new Map<number, Kept>();

  putMessage(_queue: number, _level: number, position: number, message: Message, storedAt: number): void {
    this.messages.set(position, { message, storedAt });
  }

  deleteMessage(_queue: number, _level: number, position: number): void {
    if (!this.messages.delete(position)) throw new Error(`no message is stored at ${position}`);
  }

  deleteMessages(): void {
    this.messages.clear();
  }

  stored(): StoredMessage[] {
    return [...this.messages].map(([position, kept]) => ({
      ...kept,
      queue: 1,
      level: 0,
      position,
      expiresAt: 0,
      deliveries: 0,
    }));
  }
}

class TestMemory {
  used = 0;

  add(bytes: number): void {
    this.used += bytes;
  }
}

export class StreamBench {
  readonly clock = new TestClock();
  readonly memory = new TestMemory();
  readonly queue: StreamQueue;

  constructor(settings: Readonly<Record<string, unknown>> = {}, store?: TestStore) {
    const host = {
      clock: this.clock,
      memory: this.memory,
      store: store as unknown as Store | undefined,
      queueText: (name: string) => `queue '${name}' in vhost '/'`,
    };
    const declaration = {
      name: 's',
      type: 'stream',
      durable: true,
      autoDelete: false,
      owner: undefined,
      arguments: [],
    } as const;
    this.queue = new StreamQueue(host as unknown as VirtualHost, 1, declaration, queueSettings(settings));
  }

  publish(...bodies: string[]): void {
    for (const body of bodies) this.queue.push(message(body));
  }

  /** A consumer on a channel of its own, from the beginning unless `offset` says otherwise. */
  consume(
    options: { offset?: PlainValue | undefined; prefetch?: number; channel?: TestChannel; noAck?: boolean } = {},
  ) {
    const { prefetch = 1000, channel = new TestChannel(), noAck = false } = options;
    const offset = 'offset' in options ? options.offset : 'first';
    const consumer = new Consumer(channel, this.queue, {
      tag: 'tag',
      noAck,
      exclusive: false,
      priority: 0,
      prefetch,
      arguments: offset === undefined ? [] : table({ 'x-stream-offset': offset }),
    });
    this.queue.checkConsumer(consumer);
    this.queue.addConsumer(consumer);
    return { consumer, channel };
  }

  /** As a channel does: settles, then wakes. */
  ack(...deliveries: Delivery[]): void {
    for (const delivery of deliveries) this.queue.ack(delivery);
    for (const delivery of deliveries) this.queue.wake(delivery.consumer!);
  }
}

export function message(body: string | Uint8Array, properties: BasicProperties = {}): Message {
  return createMessage('', 's', properties, Buffer.from(body));
}
