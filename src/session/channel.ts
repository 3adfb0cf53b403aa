// A channel of a connection: how it stands, what it consumes, and what waits on it. tracker.ts moves it.

import type { Consumer } from './consumer.ts';
import { Content } from './content.ts';
import { Outstanding, type RingBudget } from './outstanding.ts';
import { Rate } from './rate.ts';
import type { PendingRequest } from './requests.ts';
import type { TrackedConnection } from './tracked-connection.ts';

/** Consumers of one channel that are known, cancelled ones included. */
const MOST_CONSUMERS = 1000;

export type ChannelMode = 'plain' | 'confirm' | 'tx';

/** Who holds an unsettled delivery: a consumer, or undefined for basic.get. */
export type Holder = Consumer | undefined;

/** How a channel, or its connection, ended. */
export interface Closure {
  readonly by: 'client' | 'server' | 'connection';
  /** µs since the Unix epoch. */
  readonly time: number;
  /** Record id of the close, or of the note that the connection is gone. */
  readonly record: number;
  readonly code: number;
  readonly text: string;
  /** The method that is to blame, `queue.declare`; undefined if none was named. */
  readonly method: string | undefined;
}

/** An ack, nack or reject that waits for tx.commit. */
export interface PendingSettlement {
  readonly tag: number;
  readonly multiple: boolean;
  readonly settlement: 'ack' | 'reject' | 'requeue';
  readonly record: number;
  readonly time: number;
}

export class Channel {
  readonly connection: TrackedConnection;
  readonly number: number;
  /** µs since the Unix epoch, and the record id of channel.open; 0 if it was not seen. */
  readonly openedAt: number;
  readonly record: number;
  /** Its opening was not seen: numbers and modes are best effort. */
  readonly midway: boolean;
  closed: Closure | undefined;
  /** A close went one way and its close-ok has not come back: what comes meanwhile is void. */
  closing = false;
  mode: ChannelMode = 'plain';
  /** prefetch_count for consumers to come (global=false), and for the whole channel (global=true); 0: none. */
  prefetch = 0;
  globalPrefetch = 0;
  flowActive = true;
  readonly consumers = new Map<string, Consumer>();
  /** Deliveries by their tag. */
  readonly unacked: Outstanding<Holder>;
  /** Publishes by their sequence number, in confirm mode. */
  readonly unconfirmed: Outstanding<undefined>;
  /** In tx mode: publishes and acks since the last commit. */
  uncommitted = 0;
  readonly pendingSettlements: PendingSettlement[] = [];
  /** Synchronous methods without their -ok. */
  readonly requests: PendingRequest[] = [];
  /** The queue that '' stands for: the one that was declared last. */
  lastQueue = '';
  /** What is being sent in each direction. */
  readonly contents: readonly [Content, Content] = [new Content(), new Content()];

  published = 0;
  /** Of these, those with delivery_mode 2. */
  publishedPersistent = 0;
  confirmed = 0;
  nackedPublishes = 0;
  returned = 0;
  delivered = 0;
  /** Messages by basic.get, and gets that found none. */
  got = 0;
  gotEmpty = 0;
  acked = 0;
  nacked = 0;
  rejected = 0;
  requeued = 0;
  redelivered = 0;
  readonly publishRate = new Rate();
  readonly deliverRate = new Rate();

  constructor(
    connection: TrackedConnection,
    number: number,
    opened: { readonly time: number; readonly record: number },
    budget: RingBudget,
  ) {
    this.connection = connection;
    this.number = number;
    this.openedAt = opened.time;
    this.record = opened.record;
    this.midway = opened.record === 0;
    this.unacked = new Outstanding(budget);
    this.unconfirmed = new Outstanding(budget);
  }

  /** Notes a consumer; beyond the bound the oldest cancelled one, or else the oldest, is forgotten. */
  addConsumer(consumer: Consumer): void {
    if (this.consumers.size >= MOST_CONSUMERS) {
      this.consumers.delete(this.#cancelledTag() ?? this.consumers.keys().next().value!);
    }
    this.consumers.set(consumer.tag, consumer);
  }

  /** The oldest consumer that was cancelled. */
  #cancelledTag(): string | undefined {
    for (const { tag, cancelled } of this.consumers.values()) if (cancelled) return tag;
    return undefined;
  }

  get isOpen(): boolean {
    return this.closed === undefined;
  }
}
