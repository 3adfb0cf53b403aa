// Traffic straight into a frame log, without sockets, with a session that follows it or without: the child of session.ts.
//   node tracking.js confirms tracked     prints one sample as JSON
// Chunks are laid out beforehand and their numbers written in place, so that both ways pay the same for making them.

import { FrameLog } from '../src/log/frame-log.ts';
import type { Tape } from '../src/log/tape.ts';
import { CLIENT_TO_SERVER, SERVER_TO_CLIENT } from '../src/protocol/frame.ts';
import { ConnectionTable } from '../src/session/connection-table.ts';
import { Session } from '../src/session/session.ts';
import { heldBytes } from '../test/rig/heap.ts';
import * as frames from './frames.ts';
import * as handshake from './handshake.ts';

const LOG_SIZE = 64 << 20;
const WARM_UP = 300_000;
const MEASURED = 1_000_000;
const PUBLISHED_AT_ONCE = 20;
const DELIVERED_AT_ONCE = 50;
/** µs between chunks: a busy connection. */
const CHUNK_MICROS = 200;
const TAG = 'worker-1';
/** Low half of the delivery tag of basic.deliver. */
const DELIVER_TAG_OFFSET = 7 + 4 + 1 + TAG.length + 4;

const { method, short, shortString, octet, long, longlong, NO_TABLE } = frames;

const log = new FrameLog({ size: LOG_SIZE });
const connections = new ConnectionTable();
log.onConnectionMethod = (tape, bytes, start, end) =>
  connections.method(tape.connection, tape.direction, bytes, start, end);
let time = Date.UTC(2026, 0, 1) * 1000;

/** A connection with channel 1 open on it. */
class Line {
  readonly #client: Tape;
  readonly #server: Tape;

  constructor(id: number) {
    this.#client = log.openTape(id, CLIENT_TO_SERVER);
    this.#server = log.openTape(id, SERVER_TO_CLIENT);
    const client = { address: '127.0.0.1', port: 50_000 + id };
    const server = { address: '127.0.0.1', port: 5672 };
    const tapes = { fromClient: this.#client, fromServer: this.#server };
    connections.add({ id, client, server, openedAt: time, state: 'opening', ...tapes });
    log.note(id, { type: 'connection.opened', client, server }, time);
    this.client(handshake.PROTOCOL_HEADER);
    this.server(handshake.START);
    this.client(handshake.START_OK);
    this.server(handshake.TUNE);
    this.client(handshake.TUNE_OK_AND_OPEN);
    this.server(handshake.OPEN_OK);
    this.client(handshake.CHANNEL_OPEN);
    this.server(handshake.CHANNEL_OPEN_OK);
  }

  client(bytes: Uint8Array): void {
    time += CHUNK_MICROS;
    log.append(this.#client, bytes, time);
  }

  server(bytes: Uint8Array): void {
    time += CHUNK_MICROS;
    log.append(this.#server, bytes, time);
  }

  confirm(): this {
    this.client(method(1, 85, 10, octet(0)));
    this.server(method(1, 85, 11));
    return this;
  }

  consume(noAck: boolean, prefetch: number): this {
    this.client(method(1, 60, 10, long(0), short(prefetch), octet(0)));
    this.server(method(1, 60, 11));
    const names = [shortString('orders'), shortString(TAG)];
    this.client(method(1, 60, 20, short(0), ...names, octet(noAck ? 2 : 0), NO_TABLE));
    this.server(method(1, 60, 21, shortString(TAG)));
    return this;
  }
}

/** Copies of one unit in a chunk, each with a number of its own at `offsets`. */
class Batch {
  readonly bytes: Buffer;
  readonly #size: number;
  readonly #binary: readonly number[];
  readonly #decimal: number;

  /** `binary`: offsets of 32-bit numbers; `decimal`: of one with eight digits, or -1. */
  constructor(unit: Buffer, count: number, binary: readonly number[], decimal = -1) {
    this.bytes = frames.repeat(unit, count);
    this.#size = unit.length;
    this.#binary = binary;
    this.#decimal = decimal;
  }

  /** Numbers the copies from `first` on. */
  from(first: number): Buffer {
    const { bytes } = this;
    for (let at = 0, number = first; at < bytes.length; at += this.#size, number++) {
      for (const offset of this.#binary) bytes.writeUInt32BE(number, at + offset);
      if (this.#decimal < 0) continue;
      for (let digit = 7, rest = number; digit >= 0; digit--) {
        const next = Math.floor(rest / 10);
        bytes[at + this.#decimal + digit] = 48 + rest - 10 * next;
        rest = next;
      }
    }
    return bytes;
  }
}

function message(body: Buffer, properties = frames.NO_PROPERTIES): frames.Message {
  return { exchange: '', routingKey: 'orders', properties, body };
}

/** content-type, headers, delivery-mode, message-id, timestamp: in the order of their flags. */
function properties(): Buffer {
  const source = Buffer.concat([shortString('source'), Buffer.from('S'), frames.longString('shop-frontend')]);
  const headers = Buffer.concat([long(source.length), source]);
  const contentType = shortString('application/json');
  const messageId = shortString('message-00000000');
  return Buffer.concat([short(0xb0c0), contentType, headers, octet(2), messageId, longlong(1_700_000_000)]);
}

const SMALL = message(Buffer.alloc(12, 'a'));
const LARGE = message(Buffer.alloc(1024, 'a'), properties());

/** Where the last four bytes of the body stand in a whole message of one body frame. */
function bodyEnd(unit: Buffer): number {
  return unit.length - 5;
}

function idOf(unit: Buffer): number {
  return unit.indexOf('message-') + 'message-'.length;
}

/** Each makes its connections, and gives what writes some more and returns how many messages passed. */
const LOADS: Readonly<Record<string, () => () => number>> = {
  confirms: () => publishing(frames.publish(SMALL), (unit) => [bodyEnd(unit)], -1),
  properties: () => publishing(frames.publish(LARGE), () => [], idOf(frames.publish(LARGE))),
  acked() {
    const line = new Line(1).consume(false, 2 * DELIVERED_AT_ONCE);
    const unit = frames.deliver(SMALL, TAG, 0);
    const deliveries = new Batch(unit, DELIVERED_AT_ONCE, [DELIVER_TAG_OFFSET, bodyEnd(unit)]);
    const acks = new Batch(frames.ack(0), DELIVERED_AT_ONCE, [frames.ACK_TAG_OFFSET]);
    return counting((first) => {
      line.server(deliveries.from(first));
      line.client(acks.from(first));
      return DELIVERED_AT_ONCE;
    });
  },
  /** All bodies are the same, as those of load generators are. A message passes twice. */
  noack() {
    const publisher = new Line(1);
    const consumer = new Line(2).consume(true, 0);
    const publishes = new Batch(frames.publish(SMALL), PUBLISHED_AT_ONCE, []);
    const deliveries = new Batch(frames.deliver(SMALL, TAG, 0), PUBLISHED_AT_ONCE, [DELIVER_TAG_OFFSET]);
    const write = counting((first) => {
      publisher.client(publishes.bytes);
      consumer.server(deliveries.from(first));
      return PUBLISHED_AT_ONCE;
    });
    return () => 2 * write();
  },
  /** Published, confirmed, delivered and acknowledged, 1 KiB with properties. A message passes twice. */
  journey() {
    const publisher = new Line(1).confirm();
    const consumer = new Line(2).consume(false, 2 * PUBLISHED_AT_ONCE);
    const [publish, deliver] = [frames.publish(LARGE), frames.deliver(LARGE, TAG, 0)];
    const publishes = new Batch(publish, PUBLISHED_AT_ONCE, [], idOf(publish));
    const deliveries = new Batch(deliver, PUBLISHED_AT_ONCE, [DELIVER_TAG_OFFSET], idOf(deliver));
    const acks = new Batch(frames.ack(0), PUBLISHED_AT_ONCE, [frames.ACK_TAG_OFFSET]);
    const write = counting((first) => {
      publisher.client(publishes.from(first));
      publisher.server(acks.from(first));
      consumer.server(deliveries.from(first));
      consumer.client(acks.bytes);
      return PUBLISHED_AT_ONCE;
    });
    return () => 2 * write();
  },
  /** A consumer that never acknowledges. */
  unacked() {
    const line = new Line(1).consume(false, 0);
    const unit = frames.deliver(SMALL, TAG, 0);
    const deliveries = new Batch(unit, DELIVERED_AT_ONCE, [DELIVER_TAG_OFFSET, bodyEnd(unit)]);
    return counting((first) => {
      line.server(deliveries.from(first));
      return DELIVERED_AT_ONCE;
    });
  },
};

function publishing(unit: Buffer, binary: (unit: Buffer) => number[], decimal: number): () => number {
  const line = new Line(1).confirm();
  const publishes = new Batch(unit, PUBLISHED_AT_ONCE, binary(unit), decimal);
  const confirms = new Batch(frames.ack(0), PUBLISHED_AT_ONCE, [frames.ACK_TAG_OFFSET]);
  return counting((first) => {
    line.client(publishes.from(first));
    line.server(confirms.from(first));
    return PUBLISHED_AT_ONCE;
  });
}

/** Numbers the messages from 1 on. */
function counting(write: (first: number) => number): () => number {
  let next = 1;
  return () => {
    const count = write(next);
    next += count;
    return count;
  };
}

/** Writes at least so many messages; returns how many. */
function pass(step: () => number, wanted: number): number {
  let passed = 0;
  while (passed < wanted) passed += step();
  return passed;
}

/** CPU time of the whole process, garbage collection included: ns a message. */
function measureTime(step: () => number): number {
  pass(step, WARM_UP);
  const before = process.cpuUsage();
  const passed = pass(step, MEASURED);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / passed;
}

const [load = '', way = ''] = process.argv.slice(2);
const session = way === 'tracked' ? new Session(log, connections) : undefined;
const step = LOADS[load]!();
const sample: Record<string, number> = {};
if (load === 'unacked') {
  // The log's ring is full of pages by then, and all code has run.
  const empty = heldBytes();
  pass(step, MEASURED);
  const million = heldBytes();
  pass(step, MEASURED);
  sample.unacked = (million - empty) / 1e6;
  sample.unackedMore = (heldBytes() - million) / 1e6;
} else {
  sample[load] = measureTime(step);
}
session?.catchUp();
if (session?.failure) throw new Error(session.failure);
console.log(JSON.stringify(sample));
