// Traffic for the API's tests: a log, a connection table fed by it, and a connection that shook hands.
// Counterpart of api-client.ts, which asks the API about it.

import { FrameLog, type FrameLogOptions } from '../../src/log/frame-log.ts';
import type { Tape } from '../../src/log/tape.ts';
import { encodeContentHeaderFrame } from '../../src/protocol/content-header.ts';
import {
  CLIENT_TO_SERVER,
  encodeFrame,
  FRAME_BODY,
  HEARTBEAT_FRAME,
  SERVER_TO_CLIENT,
} from '../../src/protocol/frame.ts';
import { encodeMethodFrame } from '../../src/protocol/method.ts';
import { ConnectionTable } from '../../src/session/connection-table.ts';

export const PASSWORD = 'open-sesame-4711';
export const CHALLENGE_ANSWER = 'whispered-4712';
export const NEW_SECRET = 'renewed-4713';
/** 2026-11-22T10:00:00Z in µs. */
export const NOON = Date.UTC(2026, 10, 22, 10) * 1000;
export const PROTOCOL_HEADER = Buffer.from('AMQP\x00\x00\x09\x01', 'latin1');

export class Traffic {
  readonly log: FrameLog;
  readonly connections = new ConnectionTable();
  time = NOON;

  constructor(options: FrameLogOptions = {}) {
    this.log = new FrameLog({ size: 4 << 20, ...options });
    this.log.onConnectionMethod = ({ connection, direction }, bytes, start, end) =>
      this.connections.method(connection, direction, bytes, start, end);
  }

  /** A new connection, before its first byte. */
  connect(id = 1): { client: Tape; server: Tape } {
    const client = this.log.openTape(id, CLIENT_TO_SERVER);
    const server = this.log.openTape(id, SERVER_TO_CLIENT);
    this.connections.add({
      id,
      client: { address: '127.0.0.1', port: 50_000 + id },
      server: { address: '127.0.0.1', port: 5672 },
      openedAt: this.time,
      state: 'opening',
      fromClient: client,
      fromServer: server,
    });
    return { client, server };
  }

  append(tape: Tape, ...chunks: Uint8Array[]): void {
    for (const chunk of chunks) this.log.append(tape, chunk, this.time++);
  }

  /** A new connection, up to open-ok: records 1 to 8 of an empty log. */
  shakeHands(id = 1): { client: Tape; server: Tape } {
    const { client, server } = this.connect(id);
    this.append(client, PROTOCOL_HEADER);
    this.append(server, encodeMethodFrame(0, 'connection.start', START));
    this.append(client, encodeMethodFrame(0, 'connection.start-ok', START_OK));
    const tune = { channel_max: 2047, frame_max: 131_072, heartbeat: 60 };
    this.append(server, encodeMethodFrame(0, 'connection.tune', tune));
    this.append(client, encodeMethodFrame(0, 'connection.tune-ok', tune));
    this.append(client, encodeMethodFrame(0, 'connection.open', { virtual_host: '/' }));
    this.append(server, encodeMethodFrame(0, 'connection.open-ok', {}));
    this.append(client, HEARTBEAT_FRAME);
    return { client, server };
  }
}

const START = {
  version_major: 0,
  version_minor: 9,
  server_properties: [['product', { type: 'S', value: 'RabbitMQ' }]] as const,
  mechanisms: 'PLAIN AMQPLAIN',
  locales: 'en_US',
} as const;

const START_OK = {
  client_properties: [
    ['product', { type: 'S', value: 'hare' }],
    ['version', { type: 'S', value: '1.2.3' }],
    ['connection_name', { type: 'S', value: 'orders' }],
  ],
  mechanism: 'PLAIN',
  response: `\0alice\0${PASSWORD}`,
  locale: 'en_US',
} as const;

/** Publish, header and body of `text`: three frames in one chunk. */
export function publish(text: string, routingKey = 'a.b'): Uint8Array {
  const body = Buffer.from(text);
  return Buffer.concat([
    encodeMethodFrame(1, 'basic.publish', {
      exchange: 'logs',
      routing_key: routingKey,
      mandatory: true,
      immediate: false,
    }),
    encodeContentHeaderFrame(1, BigInt(body.length), { content_type: 'text/plain', delivery_mode: 2 }),
    encodeFrame(FRAME_BODY, 1, body),
  ]);
}
