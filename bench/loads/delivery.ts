// Messages through RabbitMQ: one connection publishes, another consumes, and the consumer's pace sets the publisher's,
// so that the queue stays short and what is measured is the steady state. All frames are encoded beforehand. Every
// delivery has the same size, so deliveries are counted by dividing the bytes that came, not by parsing them.

import { type Connection, openConnection } from '../connection.ts';
import * as frames from '../frames.ts';
import { type Sample, WARM_UP_SECONDS } from './sample.ts';

/** What distinguishes one delivery load from another. */
export interface Delivery {
  readonly bodySize: number;
  /** Messages published and not yet consumed, at most; with confirms also published and not yet confirmed. */
  readonly window: number;
  /** Undefined: the consumer does not acknowledge. Else it acknowledges each message, with this prefetch. */
  readonly prefetch?: number;
  /** Delivery mode 2 into a durable queue, with publisher confirms. */
  readonly persistent?: boolean;
}

/** What is sent round and round, and what comes of it. */
export interface Script {
  /** Publishes of equal size, one after the other. */
  readonly publishes: Buffer;
  readonly publishSize: number;
  readonly deliverySize: number;
  /** Deliveries that one publish makes. */
  readonly copies: number;
}

export const CONSUMER_TAG = 'c';
const QUEUE_DURABLE = 0b00010;
const QUEUE_AUTO_DELETE = 0b01000;
export const CONSUME_NO_ACK = 0b0010;
let queues = 0;

/** Runs the load through `port` and counts the messages that were consumed. */
export async function deliver(port: number, seconds: number, load: Delivery): Promise<Sample> {
  queues += 1;
  const queue = `bench-${String(process.pid).padStart(8, '0')}-${String(queues).padStart(4, '0')}`;
  const publisher = await openConnection(port);
  const consumer = await openConnection(port);
  await prepare(publisher, consumer, queue, load);
  return await measureFlow(new Flow(publisher, consumer, scriptOf(queue, load), load), seconds);
}

/** Lets the flow run, and counts what was consumed in `seconds`; ends its connections. */
export async function measureFlow(flow: Flow, seconds: number): Promise<Sample> {
  flow.start();
  await pause(WARM_UP_SECONDS);
  const [consumed, since] = [flow.consumed, performance.now()];
  await pause(seconds);
  const rate = ((flow.consumed - consumed) * 1000) / (performance.now() - since);
  flow.end();
  return { rate, count: flow.consumed };
}

function scriptOf(queue: string, load: Delivery): Script {
  const body = Buffer.alloc(load.bodySize, 'a');
  const properties = load.persistent ? frames.PERSISTENT : frames.NO_PROPERTIES;
  const message = { exchange: '', routingKey: queue, properties, body };
  const publish = frames.publish(message);
  return {
    publishes: frames.repeat(publish, load.window),
    publishSize: publish.length,
    deliverySize: frames.deliver(message, CONSUMER_TAG, 1).length,
    copies: 1,
  };
}

async function prepare(publisher: Connection, consumer: Connection, queue: string, load: Delivery): Promise<void> {
  const { method, short, shortString, octet, long, NO_TABLE } = frames;
  const bits = octet(QUEUE_AUTO_DELETE | (load.persistent ? QUEUE_DURABLE : 0));
  await publisher.call(method(1, 50, 10, short(0), shortString(queue), bits, NO_TABLE), 50, 11);
  if (load.persistent) await publisher.call(method(1, 85, 10, octet(0)), 85, 11);
  if (load.prefetch) await consumer.call(method(1, 60, 10, long(0), short(load.prefetch), octet(0)), 60, 11);
  const consumeBits = octet(load.prefetch ? 0 : CONSUME_NO_ACK);
  const args = [short(0), shortString(queue), shortString(CONSUMER_TAG), consumeBits, NO_TABLE];
  await consumer.call(method(1, 60, 20, ...args), 60, 21);
}

/** The loop of publish, consume, acknowledge and confirm. */
export class Flow {
  consumed = 0;
  #published = 0;
  #confirmed = 0;
  #received = 0;
  #unread: Buffer = Buffer.alloc(0);
  readonly #publisher: Connection;
  readonly #consumer: Connection;
  readonly #script: Script;
  readonly #load: Delivery;
  readonly #ring: number;
  readonly #acks: Buffer;
  readonly #ackCount: number;

  constructor(publisher: Connection, consumer: Connection, script: Script, load: Delivery) {
    this.#publisher = publisher;
    this.#consumer = consumer;
    this.#script = script;
    this.#load = load;
    this.#ring = script.publishes.length / script.publishSize;
    this.#ackCount = 16 * (load.prefetch ?? 0);
    this.#acks = frames.repeat(frames.ack(0), this.#ackCount);
  }

  start(): void {
    this.#consumer.onChunk = (chunk) => this.#consume(chunk);
    this.#publisher.onChunk = (chunk) => this.#confirm(chunk);
    this.#publish();
  }

  end(): void {
    this.#publisher.socket.destroy();
    this.#consumer.socket.destroy();
  }

  #publish(): void {
    const { window, persistent } = this.#load;
    const { publishes, publishSize, copies } = this.#script;
    const consumed = Math.floor(this.consumed / copies);
    const settled = persistent ? Math.min(consumed, this.#confirmed) : consumed;
    let count = settled + window - this.#published;
    while (count > 0) {
      const from = this.#published % this.#ring;
      const to = Math.min(this.#ring, from + count);
      this.#publisher.socket.write(publishes.subarray(from * publishSize, to * publishSize));
      this.#published += to - from;
      count -= to - from;
    }
  }

  #consume(chunk: Buffer): void {
    this.#received += chunk.length;
    const consumed = Math.floor(this.#received / this.#script.deliverySize);
    if (consumed === this.consumed) return;
    if (this.#load.prefetch) this.#acknowledge(this.consumed + 1, consumed);
    this.consumed = consumed;
    this.#publish();
  }

  /** Acks come from a ring far longer than the prefetch, so none is rewritten before it has left. */
  #acknowledge(first: number, last: number): void {
    let from = (first % this.#ackCount) * frames.ACK_SIZE;
    let to = from;
    for (let tag = first; tag <= last; tag++) {
      if (to === this.#acks.length) {
        this.#consumer.socket.write(this.#acks.subarray(from, to));
        from = to = 0;
      }
      this.#acks.writeUInt32BE(tag, to + frames.ACK_TAG_OFFSET);
      to += frames.ACK_SIZE;
    }
    this.#consumer.socket.write(this.#acks.subarray(from, to));
  }

  /** The publisher receives nothing but basic.ack frames; the highest delivery tag is what was confirmed. */
  #confirm(chunk: Buffer): void {
    const bytes = this.#unread.length > 0 ? Buffer.concat([this.#unread, chunk]) : chunk;
    const whole = bytes.length - (bytes.length % frames.ACK_SIZE);
    for (let at = 0; at < whole; at += frames.ACK_SIZE) {
      this.#confirmed = Math.max(this.#confirmed, bytes.readUInt32BE(at + frames.ACK_TAG_OFFSET));
    }
    this.#unread = Buffer.from(bytes.subarray(whole));
    this.#publish();
  }
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
