// Much at once, through a spy in a process of its own, so that its memory and its descriptors can be looked at: bodies
// of 128 MiB in frames of every size, one frame of 128 MiB, and 5,000 connections.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { encodeContentHeaderFrame } from '../../src/protocol/content-header.ts';
import { FRAME_BODY, FRAME_END } from '../../src/protocol/frame.ts';
import { encodeMethodFrame } from '../../src/protocol/method.ts';
import { PROTOCOL_HEADER } from '../../src/protocol/protocol-header.ts';
import { type RigProcess, startCli } from '../rig/process.ts';
import { dial, startOrigin } from './peer.ts';

const MIB = 1 << 20;
const BODY_SIZE = 128 * MIB;
/** Of the log, the smallest there is, so that other memory shows. */
const LOG_SIZE_MIB = 16;
/** What Node, the program and its buffers may need beside the log. Generous: a spy that holds a body back needs far more. */
const REST_MIB = 110;

async function startSpyProcess(port: number): Promise<{ spy: RigProcess; port: number }> {
  const log = ['--log-size', `${LOG_SIZE_MIB}MiB`];
  const spy = startCli(['--listen', '127.0.0.1:0', '--upstream', `127.0.0.1:${port}`, '--no-api', '--quiet', ...log]);
  const [, listening] = await spy.waitForLine(/listening on 127\.0\.0\.1:(\d+)/, 'stderr');
  return { spy, port: Number(listening) };
}

/** The most memory that the process ever had, in MiB. */
function peakMemory({ pid }: RigProcess): number {
  const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return Number(match![1]) / 1024;
}

/** A message of BODY_SIZE, piece by piece. */
function* bigMessage(frameMax: number): Generator<Uint8Array> {
  yield PROTOCOL_HEADER;
  yield encodeMethodFrame(1, 'basic.publish', { exchange: '', routing_key: 'q', mandatory: false, immediate: false });
  yield encodeContentHeaderFrame(1, BigInt(BODY_SIZE), {});
  const piece = Buffer.alloc(64 << 10);
  for (let left = BODY_SIZE; left > 0; ) {
    const payload = Math.min(left, frameMax - 8);
    const prefix = Buffer.from([FRAME_BODY, 0, 1, 0, 0, 0, 0]);
    prefix.writeUInt32BE(payload, 3);
    yield prefix;
    for (let at = 0; at < payload; at += piece.length) {
      piece.fill(left + at);
      yield Buffer.from(piece.subarray(0, Math.min(piece.length, payload - at)));
    }
    yield Uint8Array.of(FRAME_END);
    left -= payload;
  }
}

async function writeAll(socket: Socket, pieces: Iterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  let batch: Uint8Array[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    const bytes = Buffer.concat(batch);
    batch = [];
    size = 0;
    hash.update(bytes);
    if (!socket.write(bytes)) await new Promise((resolve) => socket.once('drain', resolve));
  };
  for (const piece of pieces) {
    batch.push(piece);
    size += piece.length;
    if (size >= 256 << 10) await flush();
  }
  await flush();
  socket.end();
  return hash.digest('hex');
}

async function digest(socket: Socket): Promise<string> {
  const hash = createHash('sha256');
  socket.removeAllListeners('data').on('data', (chunk) => hash.update(chunk));
  await new Promise((resolve) => socket.once('end', resolve));
  return hash.digest('hex');
}

describe('a body of 128 MiB', () => {
  test.each([
    ['frames of 4 KiB', 4096],
    ['frames of 128 KiB', 131_072],
    ['one frame', Number.POSITIVE_INFINITY],
  ])('in %s passes both ways at once, in bounded memory', async (_, frameMax) => {
    const origin = await startOrigin();
    const { spy, port } = await startSpyProcess(origin.port);
    const [client, server] = await Promise.all([dial(port), origin.accept()]);
    const [said, answered, heardByServer, heardByClient] = await Promise.all([
      writeAll(client.socket, bigMessage(frameMax)),
      writeAll(server.socket, bigMessage(frameMax)),
      digest(server.socket),
      digest(client.socket),
    ]);
    expect(heardByServer).toBe(said);
    expect(heardByClient).toBe(answered);
    expect(peakMemory(spy)).toBeLessThan(LOG_SIZE_MIB + REST_MIB);
    expect(await spy.stop()).toMatchObject({ code: 0 });
  });
});

test('5,000 connections opened at once all speak with the server', async () => {
  const origin = await startOrigin();
  origin.server.on('connection', (socket) => socket.on('data', (chunk) => socket.write(chunk)));
  const { spy, port } = await startSpyProcess(origin.port);
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  const spoken = Array.from({ length: 5000 }, async () => {
    const socket = connect({ port, host: '127.0.0.1' });
    sockets.push(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject).write(PROTOCOL_HEADER);
      socket.once('data', (chunk) => (chunk.equals(PROTOCOL_HEADER) ? resolve() : reject(new Error(`heard ${chunk}`))));
    });
  });
  await Promise.all(spoken);
  expect(peakMemory(spy)).toBeLessThan(LOG_SIZE_MIB + REST_MIB + (5000 * 40) / 1024);
  for (const socket of sockets) socket.destroy();
  expect(await spy.stop()).toMatchObject({ code: 0 });
});
