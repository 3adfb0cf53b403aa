// Many clients and many messages: 5,000 connections with ten channels each, and a queue of a million messages, in a
// process of their own whose memory is looked at.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { frameSize } from '../../src/protocol/frame-splitter.ts';
import { PROTOCOL_HEADER } from '../../src/protocol/protocol-header.ts';
import { encodeCall } from '../rig/amqp-socket.ts';
import { encodePublication } from '../rig/memory-client.ts';
import { type RigProcess, startCli } from '../rig/process.ts';

const CONNECTIONS = 5000;
const CHANNELS = 10;

let broker: RigProcess | undefined;
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await broker?.stop();
  broker = undefined;
});

async function start(): Promise<number> {
  broker = startCli(['broker', '--port', '0', '--quiet']);
  const [, port] = await broker.waitForLine(/broker on .*:(\d+)/, 'stderr');
  return Number(port);
}

/** Memory that the process has in use, in bytes. */
async function residentBytes(process: RigProcess): Promise<number> {
  const status = await readFile(`/proc/${process.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024;
}

/** A socket that counts the frames that come. */
class Counter {
  readonly socket: Socket;
  frames = 0;
  #rest: Buffer = Buffer.alloc(0);
  #waiting: { readonly frames: number; readonly done: () => void } | undefined;
  #failed: ((reason: Error) => void) | undefined;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    sockets.add(this.socket);
    this.socket.on('data', (chunk) => this.#count(chunk));
    this.socket.on('error', () => {});
    this.socket.on('close', () => this.#failed?.(new Error(`closed after ${this.frames} frames`)));
  }

  until(frames: number): Promise<void> {
    if (this.frames >= frames) return Promise.resolve();
    return new Promise((done, failed) => {
      this.#waiting = { frames, done };
      this.#failed = failed;
    });
  }

  #count(chunk: Buffer): void {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = 0;
    while (bytes.length - at >= 7 && bytes.length - at >= frameSize(bytes, at)) {
      at += frameSize(bytes, at);
      this.frames++;
    }
    this.#rest = bytes.subarray(at);
    if (this.#waiting && this.frames >= this.#waiting.frames) this.#waiting.done();
  }
}

const HANDSHAKE = Buffer.concat([
  PROTOCOL_HEADER,
  encodeCall(0, 'connection.start-ok', { mechanism: 'PLAIN', response: '\0guest\0guest', locale: 'en_US' }),
  encodeCall(0, 'connection.tune-ok', { channel_max: 2047, frame_max: 131_072, heartbeat: 60 }),
  encodeCall(0, 'connection.open', { virtual_host: '/' }),
]);
/** start, tune, open-ok. */
const HANDSHAKE_FRAMES = 3;

it(`${CONNECTIONS} connections with ${CHANNELS} channels each work`, async () => {
  const port = await start();
  const before = await residentBytes(broker!);
  const channels = Array.from({ length: CHANNELS }, (_, i) => encodeCall(i + 1, 'channel.open'));
  const clients: Counter[] = [];
  const opened = HANDSHAKE_FRAMES + CHANNELS + 2;
  for (let at = 0; at < CONNECTIONS; at += 250) {
    const group = Array.from({ length: 250 }, (_, i) => {
      const queue = `q${at + i}`;
      const client = new Counter(port);
      client.socket.write(
        Buffer.concat([
          HANDSHAKE,
          ...channels,
          encodeCall(1, 'queue.declare', { queue, exclusive: true }),
          encodeCall(CHANNELS, 'basic.consume', { queue, no_ack: true }),
        ]),
      );
      return client;
    });
    await Promise.all(group.map((client) => client.until(opened)));
    clients.push(...group);
  }
  // Everybody sends to his neighbour.
  clients.forEach((client, i) => {
    client.socket.write(encodePublication(2, { routing_key: `q${(i + 1) % CONNECTIONS}` }, 'hello'));
  });
  await Promise.all(clients.map((client) => client.until(opened + 3)));
  const each = (await residentBytes(broker!)) - before;
  expect(each / CONNECTIONS).toBeLessThan(64 << 10);
});

it('a million messages of 100 bytes in a queue take less than 400 MB, and come out in order', async () => {
  const port = await start();
  const count = 1_000_000;
  const publisher = new Counter(port);
  const opening = [encodeCall(1, 'channel.open'), encodeCall(1, 'queue.declare', { queue: 'q' })];
  publisher.socket.write(Buffer.concat([HANDSHAKE, ...opening]));
  await publisher.until(HANDSHAKE_FRAMES + 2);
  const publication = Buffer.from(encodePublication(1, { routing_key: 'q' }, Buffer.alloc(100)));
  const batch = Buffer.concat(Array<Buffer>(1000).fill(publication));
  for (let number = 0; number < count; ) {
    const chunk = Buffer.from(batch);
    for (let at = publication.length - 101; at < chunk.length; at += publication.length)
      chunk.writeUInt32BE(number++, at);
    if (!publisher.socket.write(chunk)) await once(publisher.socket, 'drain');
  }
  publisher.socket.write(opening[1]!);
  await publisher.until(HANDSHAKE_FRAMES + 3);
  const filled = await residentBytes(broker!);
  expect(filled).toBeLessThan(400e6);
  let next = 0;
  const consumer = new Counter(port);
  await new Promise<void>((resolve, reject) => {
    let rest: Buffer = Buffer.alloc(0);
    consumer.socket.on('data', (chunk) => {
      const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      let at = 0;
      while (bytes.length - at >= 7 && bytes.length - at >= frameSize(bytes, at)) {
        if (bytes[at] === 3 && bytes.readUInt32BE(at + 7) !== next++)
          reject(new Error(`message ${next - 1} is missing`));
        at += frameSize(bytes, at);
      }
      rest = bytes.subarray(at);
      if (next === count) resolve();
    });
    consumer.socket.write(
      Buffer.concat([HANDSHAKE, opening[0]!, encodeCall(1, 'basic.consume', { queue: 'q', no_ack: true })]),
    );
  });
  expect(next).toBe(count);
});
