// One reader of the stream: a cursor, a pump and a WebSocket. Counterpart of stream.ts, which makes them.
// Invariants: what waits in memory is bounded (BUFFERED_LIMIT and one event more); what the ring takes away meanwhile is
// told in place as `missed`; every record is delivered once, in order, or counted there.

import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { Cursor } from '../log/cursor.ts';
import type { MissedEvent } from '../log/frame-event.ts';
import type { FrameLog } from '../log/frame-log.ts';
import { Pump, type PumpState } from '../log/pump.ts';
import { KIND_FRAMES } from '../log/runs.ts';
import { FRAME_HEARTBEAT } from '../protocol/frame.ts';
import type { EventTexts } from './event-text.ts';
import { encodeTextMessages } from './text-messages.ts';

/** Reading stops while more than this waits for the socket, in bytes: a second of a slow link, far less than a log. */
export const BUFFERED_LIMIT = 1 << 20;
/** How long events gather, in ms: unnoticed by people, but it makes one write of many events. */
const GATHER_MS = 10;
const BATCH_MS = 50;
const BATCH_EVENTS = 500;
/** RFC 6455 §7.4.1: the endpoint is going away. */
const GOING_AWAY = 1001;
/** How long the goodbye may take before the peer is cut off, in ms. */
const GOODBYE_MS = 500;

export interface Subscription {
  /** Id of the first record wanted; by default the next one. */
  readonly from: number | undefined;
  /** Send arrays of events. */
  readonly batch: boolean;
  readonly heartbeats: boolean;
}

export interface SubscriberContext {
  readonly log: FrameLog;
  readonly texts: EventTexts;
  /** Told how many records the subscriber missed. */
  readonly onMissed: (count: number) => void;
}

export class Subscriber {
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;
  readonly #context: SubscriberContext;
  readonly #subscription: Subscription;
  readonly #pump: Pump;
  #pending: string[] = [];
  #pendingSize = 0;
  /** When the oldest pending event came, in ms of performance.now(). */
  #pendingSince = 0;
  #answered = true;

  /** `hello` makes the first message, given the first id that will be sent. */
  constructor(
    webSocket: WebSocket,
    socket: Duplex,
    context: SubscriberContext,
    subscription: Subscription,
    hello: (from: number) => string,
  ) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#context = context;
    this.#subscription = subscription;
    const cursor = new Cursor(context.log, subscription.from);
    const first = cursor.id + 1;
    this.#socket.write(encodeTextMessages([hello(first)]));
    if (subscription.from !== undefined && subscription.from < first) this.#miss(first - subscription.from);
    this.#pump = new Pump(context.log, cursor, {
      gatherMs: subscription.batch ? BATCH_MS : GATHER_MS,
      read: (current) => this.#read(current),
      flush: (state) => this.#flush(state),
      missed: (count) => this.#miss(count),
    });
    this.#listen();
  }

  /** Bytes that wait for the socket. */
  get buffered(): number {
    return this.#socket.writableLength + this.#pendingSize;
  }

  /** Ends a peer that left the last ping unanswered, and pings again. */
  checkPeer(): void {
    if (this.#socket.writableNeedDrain) {
      // A ping would stand in line behind the events: silence means slow here, and TCP finds out who is gone.
      this.#answered = true;
    } else if (this.#answered) {
      this.#answered = false;
      this.#webSocket.ping();
    } else {
      this.#webSocket.terminate();
    }
  }

  /** Sends what there is and fits, says goodbye, and resolves when the peer is gone. */
  async close(): Promise<void> {
    this.#pump.drain();
    this.#pump.stop();
    const timer = setTimeout(() => this.#webSocket.terminate(), GOODBYE_MS);
    this.#webSocket.close(GOING_AWAY, 'amqp-spy stops');
    await once(this.#webSocket, 'close');
    clearTimeout(timer);
  }

  #listen(): void {
    this.#socket.on('drain', () => this.#pump.resume());
    this.#webSocket.on('close', () => this.#pump.stop());
    this.#webSocket.on('pong', () => {
      this.#answered = true;
    });
    // Answered here, for ws would heap up answers to one who sends pings and reads nothing.
    this.#webSocket.on('ping', (data) => {
      if (!this.#socket.writableNeedDrain) this.#webSocket.pong(data);
    });
  }

  #read(cursor: Cursor): boolean {
    const isHeartbeat = cursor.kind === KIND_FRAMES && cursor.frameType === FRAME_HEARTBEAT;
    if (isHeartbeat && !this.#subscription.heartbeats) return true;
    this.#add(this.#context.texts.of(cursor));
    return this.buffered < BUFFERED_LIMIT;
  }

  #miss(count: number): void {
    const event: MissedEvent = { v: 1, type: 'missed', count };
    this.#add(JSON.stringify(event));
    this.#context.onMissed(count);
  }

  #add(text: string): void {
    if (this.#pending.length === 0) this.#pendingSince = performance.now();
    this.#pending.push(text);
    this.#pendingSize += text.length;
  }

  #flush(state: PumpState): void {
    const texts = this.#subscription.batch ? this.#takeBatches(state) : this.#takePending();
    const isOpen = this.#webSocket.readyState === this.#webSocket.OPEN;
    if (texts.length > 0 && isOpen) this.#socket.write(encodeTextMessages(texts));
  }

  #takePending(): string[] {
    const texts = this.#pending;
    this.#pending = [];
    this.#pendingSize = 0;
    return texts;
  }

  /** Full batches, and an unfinished one if nothing more is to come soon or it has waited long enough. */
  #takeBatches(state: PumpState): string[] {
    const due = state !== 'more' || performance.now() - this.#pendingSince >= BATCH_MS;
    if (!due && this.#pending.length < BATCH_EVENTS) return [];
    const texts = this.#takePending();
    const batches: string[] = [];
    for (let at = 0; at < texts.length; at += BATCH_EVENTS) {
      batches.push(`[${texts.slice(at, at + BATCH_EVENTS).join(',')}]`);
    }
    return batches;
  }
}
