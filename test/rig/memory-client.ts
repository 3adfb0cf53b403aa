// A client of the embedded broker without a socket: what it sends is handled at once, what the broker says lies ready
// after `settle`. Its transport can be stopped and read in parts, as a slow client's is.
// Counterparts: amqp-client.ts, the same over a socket; src/broker/connection/transport.ts, whose other end this is.

import type { Broker } from '../../src/broker/broker.ts';
import type { BrokerConnection } from '../../src/broker/connection/connection.ts';
import type { PeerInfo, Transport } from '../../src/broker/connection/transport.ts';
import { encodeContentHeaderFrame } from '../../src/protocol/content-header.ts';
import type { FieldTable } from '../../src/protocol/field-table.ts';
import { encodeFrame, FRAME_BODY, FRAME_PREFIX_SIZE } from '../../src/protocol/frame.ts';
import { frameSize } from '../../src/protocol/frame-splitter.ts';
import type { ArgumentsOf, BasicProperties, MethodName } from '../../src/protocol/method-table.ts';
import { PROTOCOL_HEADER, PROTOCOL_HEADER_SIZE } from '../../src/protocol/protocol-header.ts';
import { decodeFrame, encodeCall, type Received } from './amqp-socket.ts';
import { table } from './field-values.ts';

const PEER: PeerInfo = { address: '127.0.0.1', port: 50_000, localAddress: '127.0.0.1', localPort: 5672, tls: false };

const CAPABILITIES: FieldTable = table({
  capabilities: {
    publisher_confirms: true,
    'basic.nack': true,
    consumer_cancel_notify: true,
    'connection.blocked': true,
    authentication_failure_close: true,
  },
});

/** All that waits to be done at the end of a turn has been done once it resolves. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The broker's end of a connection in memory. What is written stays until it is read. */
export class MemoryTransport implements Transport {
  /** Bytes are taken at once; otherwise they wait for `read`. */
  reading = true;
  paused = false;
  ended = false;
  destroyed = false;
  onDrain: (() => void) | undefined;
  readonly #taken: Buffer[] = [];
  #waiting: Uint8Array[] = [];
  #pending = 0;

  get pending(): number {
    return this.#pending;
  }

  write(bytes: Uint8Array): boolean {
    if (this.reading) {
      this.#taken.push(Buffer.from(bytes));
      return true;
    }
    this.#waiting.push(bytes);
    this.#pending += bytes.length;
    return false;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  end(): void {
    this.ended = true;
  }

  destroy(): void {
    this.destroyed = true;
  }

  /** Takes at least `size` bytes of what waits, or all. */
  read(size = Infinity): void {
    let read = 0;
    while (this.#waiting.length > 0 && read < size) {
      const bytes = this.#waiting.shift()!;
      read += bytes.length;
      this.#taken.push(Buffer.from(bytes));
    }
    this.#pending -= read;
    this.onDrain?.();
  }

  /** What was taken since the last call. */
  take(): Buffer {
    return Buffer.concat(this.#taken.splice(0));
  }
}

export class MemoryClient {
  readonly transport = new MemoryTransport();
  readonly connection: BrokerConnection;
  #rest: Buffer = Buffer.alloc(0);

  /** A connection on which nothing was said yet. */
  constructor(broker: Broker, peer: Partial<PeerInfo> = {}) {
    this.connection = broker.attach(this.transport, { ...PEER, ...peer });
    this.transport.onDrain = () => this.connection.drained();
  }

  /** A connection, its handshake done. */
  static async open(broker: Broker, { heartbeat = 0, vhost = '/' } = {}): Promise<MemoryClient> {
    const client = new MemoryClient(broker);
    client.send(...client.handshake({ heartbeat, vhost }));
    await settle();
    const last = client.take().at(-1);
    if (last?.type !== 'method' || last.method !== 'connection.open-ok') throw new Error('the broker refused');
    return client;
  }

  /** All that a client says before the connection is open. */
  handshake({ heartbeat = 0, vhost = '/' } = {}): Uint8Array[] {
    const startOk = {
      client_properties: CAPABILITIES,
      mechanism: 'PLAIN',
      response: '\0guest\0guest',
      locale: 'en_US',
    };
    const { channelMax, frameMax } = this.connection.broker.offered;
    return [
      PROTOCOL_HEADER,
      encodeCall(0, 'connection.start-ok', startOk),
      encodeCall(0, 'connection.tune-ok', { channel_max: channelMax, frame_max: frameMax, heartbeat }),
      encodeCall(0, 'connection.open', { virtual_host: vhost }),
    ];
  }

  /** The bytes reach the broker in one chunk. */
  send(...parts: readonly Uint8Array[]): void {
    const chunk = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    this.connection.receive(chunk, chunk.length);
  }

  call<M extends MethodName>(channel: number, method: M, values: Partial<ArgumentsOf<M>> = {}): void {
    this.send(encodeCall(channel, method, values));
  }

  publish(channel: number, routingKey: string, body: string | Uint8Array, properties: BasicProperties = {}): void {
    this.send(encodePublication(channel, { routing_key: routingKey }, body, properties));
  }

  /** What the broker has said since the last call. */
  take(): Received[] {
    const bytes = Buffer.concat([this.#rest, this.transport.take()]);
    const received: Received[] = [];
    let at = 0;
    while (bytes.length - at >= FRAME_PREFIX_SIZE) {
      if (bytes[at] === PROTOCOL_HEADER[0]) {
        received.push({ type: 'protocol-header', bytes: bytes.subarray(at, at + PROTOCOL_HEADER_SIZE) });
        at += PROTOCOL_HEADER_SIZE;
        continue;
      }
      const end = at + frameSize(bytes, at);
      if (end > bytes.length) break;
      received.push(decodeFrame(bytes.subarray(at, end)));
      at = end;
    }
    this.#rest = bytes.subarray(at);
    return received;
  }

  /** What the broker says to all that was sent, as names of methods; those that close with code and text. */
  async names(): Promise<string[]> {
    await settle();
    return this.take().map((received) => {
      if (received.type !== 'method') return received.type;
      const { reply_code, reply_text } = received.arguments;
      return received.method.endsWith('.close') ? `${received.method} ${reply_code} ${reply_text}` : received.method;
    });
  }

  /** The client's end is gone without a word. */
  vanish(): void {
    this.connection.disconnected();
  }
}

/** basic.publish with its content, each body frame within the frame size that all brokers grant. */
export function encodePublication(
  channel: number,
  values: Partial<ArgumentsOf<'basic.publish'>>,
  body: string | Uint8Array,
  properties: BasicProperties = {},
): Uint8Array {
  const bytes = Buffer.from(body as Uint8Array);
  const frames = [
    encodeCall(channel, 'basic.publish', values),
    encodeContentHeaderFrame(channel, BigInt(bytes.length), properties),
  ];
  const largest = 120_000;
  for (let at = 0; at < bytes.length; at += largest) {
    frames.push(encodeFrame(FRAME_BODY, channel, bytes.subarray(at, at + largest)));
  }
  return Buffer.concat(frames);
}
