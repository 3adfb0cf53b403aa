import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { reset } from '../../src/net/reset.ts';
import { dial, type Peer, startOrigin } from '../proxy/peer.ts';

async function connected(): Promise<{ near: Peer; socket: Socket; far: Peer }> {
  const origin = await startOrigin();
  const [near, far] = await Promise.all([dial(origin.port), origin.accept()]);
  return { near, socket: near.socket, far };
}

test('the peer of a socket that is reset sees a reset', async () => {
  const { near, socket, far } = await connected();
  reset(socket);
  expect(await near.gone).toBe('closed');
  expect(await far.gone).toBe('ECONNRESET');
});

test('a socket that still has much to write, and is to end then, goes at once', async () => {
  const { near, socket, far } = await connected();
  far.stall();
  socket.end(Buffer.alloc(32 << 20));
  reset(socket);
  expect(await near.gone).toBe('closed');
});

test('a socket that has ended goes, and its peer cannot write to it', async () => {
  const { near, socket, far } = await connected();
  near.end();
  await far.ended;
  reset(socket);
  expect(await near.gone).toBe('closed');
  far.say('anybody there?');
  expect(['EPIPE', 'ECONNRESET']).toContain(await far.gone);
});

test('a socket that is ending at this very moment goes as well', async () => {
  const { near, socket, far } = await connected();
  near.end();
  reset(socket);
  expect(await near.gone).toBe('closed');
  await Promise.race([far.ended, far.gone]);
});

test('resetting twice does nothing more', async () => {
  const { near, socket } = await connected();
  reset(socket);
  reset(socket);
  expect(await near.gone).toBe('closed');
});
