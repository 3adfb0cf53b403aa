// One reader of the stream: a cursor, a pump and a WebSocket. Counterpart of stream.ts, which makes them.
// Invariants: what waits in memory is bounded (BUFFERED_LIMIT and one event more); what the ring takes away meanwhile is
// told in place as `missed`; every record is delivered once, in order, or counted there. With a filter, every record that
// passes; those of a command that had to wait for its content come late, in one go (held-command.ts says how large).

import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Filter } from '../filter/filter.ts';
import { FilteredReader, type RecordReader } from '../filter/filtered-reader.ts';
import { Cursor } from '../log/cursor.ts';
import { EventWriter } from '../log/event-writer.ts';
import type { FrameLog } from '../log/frame-log.ts';
import { Pump, type PumpState } from '../log/pump.ts';
import { KIND_FRAMES } from '../log/runs.ts';
import { FRAME_HEARTBEAT } from '../protocol/frame.ts';
import type { ConnectionTable } from '../session/connection-table.ts';
import type { Session } from '../session/session.ts';
import { boundedEventOf, isTooLarge } from './bounded-event.ts';
import { linksJson } from './links-json.ts';
import { contextOf } from './route.ts';
import { encodeTextMessages } from './text-messages.ts';

/** Reading stops while more than this waits for the socket, in bytes: a second of a slow link, far less than a log. */
const BUFFERED_LIMIT = 1 << 20;
/** How long events gather, in ms: unnoticed by people, but it makes one write of many events. */
const GATHER_MS = 10;
const BATCH_MS = 50;
const BATCH_EVENTS = 500;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
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
  /** Send only what passes. */
  readonly filter: Filter | undefined;
  /** Add to each event what it answers, as far as is known. */
  readonly links: boolean;
}

export interface SubscriberContext {
  readonly log: FrameLog;
  readonly connections: ConnectionTable;
  readonly session: Session | undefined;
  /** Told how many records the subscriber missed. */
  readonly onMissed: (count: number) => void;
}

export class Subscriber {
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;
  readonly #context: SubscriberContext;
  readonly #subscription: Subscription;
  readonly #pump: Pump;
  readonly #reader: RecordReader;
  /** Events that are not sent yet, side by side; in batches with commas between them. */
  readonly #writer: EventWriter;
  /** Where each of them ends. */
  #ends: number[] = [];
  /** When the oldest pending event came, in ms of performance.now(). */
  #pendingSince = 0;
  #answered = true;

  /** `hello` makes the first message, given the first id that will be sent. */
  constructor(
    webSocket: WebSocket,
    socket: Duplex,
    context: SubscriberContext,
    subscription: Subscription,
    hello: (from: number) => object,
  ) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#context = context;
    this.#subscription = subscription;
    const cursor = new Cursor(context.log, subscription.from);
    const first = cursor.id + 1;
    this.#writer = new EventWriter(context.log.showSecrets);
    this.#writer.json(hello(first));
    this.#socket.write(encodeTextMessages([this.#writer.take()]));
    if (subscription.from !== undefined && subscription.from < first) this.#miss(first - subscription.from);
    this.#reader = this.#createReader();
    this.#pump = new Pump(context.log, cursor, {
      gatherMs: subscription.batch ? BATCH_MS : GATHER_MS,
      read: (current) => {
        this.#reader.record(current);
        return this.buffered < BUFFERED_LIMIT;
      },
      flush: (state) => this.#flush(state),
      missed: (count) => this.#reader.missed(count),
    });
    this.#listen();
  }

  /** Bytes that wait for the socket. */
  get buffered(): number {
    return this.#socket.writableLength + this.#writer.size;
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
    await new Promise((resolve) => this.#webSocket.once('close', resolve));
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

  #createReader(): RecordReader {
    const { filter } = this.#subscription;
    const reader: RecordReader = {
      record: (cursor) => this.#record(cursor),
      missed: (count) => this.#miss(count),
    };
    return filter ? new FilteredReader(this.#context.log, filter, contextOf(this.#context), reader) : reader;
  }

  #record(cursor: Cursor): void {
    const isHeartbeat = cursor.kind === KIND_FRAMES && cursor.frameType === FRAME_HEARTBEAT;
    if (isHeartbeat && !this.#subscription.heartbeats) return;
    this.#begin();
    if (isTooLarge(cursor)) this.#writer.json(boundedEventOf(cursor, this.#context.log.showSecrets));
    else this.#writer.event(cursor);
    if (this.#subscription.links) this.#addLinks(cursor.id);
    this.#ends.push(this.#writer.size);
  }

  #addLinks(id: number): void {
    const links = linksJson(this.#context.session?.links.of(id));
    if (links) this.#writer.extend('links', links);
  }

  #miss(count: number): void {
    this.#begin();
    this.#writer.missed(count);
    this.#ends.push(this.#writer.size);
    this.#context.onMissed(count);
  }

  /** Makes room for one more event. */
  #begin(): void {
    if (this.#ends.length === 0) this.#pendingSince = performance.now();
    else if (this.#subscription.batch) this.#writer.byte(COMMA);
  }

  #flush(state: PumpState): void {
    const count = this.#ends.length;
    const due = state !== 'more' || performance.now() - this.#pendingSince >= BATCH_MS;
    if (count === 0 || (this.#subscription.batch && !due && count < BATCH_EVENTS)) return;
    const messages = this.#takeMessages();
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#socket.write(encodeTextMessages(messages));
  }

  /** All that is pending: an event a message, or arrays of up to BATCH_EVENTS. */
  #takeMessages(): Uint8Array[] {
    const ends = this.#ends;
    this.#ends = [];
    const bytes = this.#writer.take();
    if (!this.#subscription.batch)
      return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
    const messages: Uint8Array[] = [];
    for (let first = 0; first < ends.length; first += BATCH_EVENTS) {
      const start = first === 0 ? 0 : ends[first - 1]! + 1;
      const end = ends[Math.min(first + BATCH_EVENTS, ends.length) - 1]!;
      messages.push(bracketed(bytes.subarray(start, end)));
    }
    return messages;
  }
}

function bracketed(events: Uint8Array): Uint8Array {
  const array = new Uint8Array(events.length + 2);
  array[0] = OPEN_BRACKET;
  array.set(events, 1);
  array[array.length - 1] = CLOSE_BRACKET;
  return array;
}
