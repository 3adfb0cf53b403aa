// A peer that does not read stops the one that writes, however fast that is; and what was held back arrives whole.
// The bytes of a stuck connection stand in memory that all connections share, so others must not touch them.

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { fill, numbered } from './flood.ts';
import { startOrigin } from './peer.ts';
import { connectThrough, events, spyOn } from './running-spy.ts';

test.each(['client', 'server'] as const)(
  'a %s that does not read stops its peer, and then gets everything',
  async (slow) => {
    const origin = await startOrigin();
    const spy = await spyOn(origin);
    const ends = await connectThrough(spy, origin);
    const reader = ends[slow];
    const writer = slow === 'client' ? ends.server : ends.client;
    reader.stall();
    const sent = await fill(writer, 0);
    const connection = spy.connections.get(1)!;
    const taken = slow === 'client' ? connection.fromServer : connection.fromClient;
    expect(taken.bytes).toBeLessThan(sent.length);
    reader.resume();
    writer.end();
    expect(Buffer.compare(await reader.hearAll(), sent)).toBe(0);
  },
);

test('both sides may be slow at once', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin);
  const { client, server } = await connectThrough(spy, origin);
  client.stall();
  server.stall();
  const fromClient = await fill(client, 1);
  const fromServer = await fill(server, 2);
  client.resume();
  server.resume();
  client.end();
  server.end();
  expect(Buffer.compare(await server.hearAll(), fromClient)).toBe(0);
  expect(Buffer.compare(await client.hearAll(), fromServer)).toBe(0);
});

test('the bytes of stuck connections stay as they are while thousands of chunks pass over others', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin);
  const stuck = [];
  for (let salt = 0; salt < 3; salt++) {
    const ends = await connectThrough(spy, origin);
    ends.server.stall();
    stuck.push({ ...ends, sent: await fill(ends.client, salt << 24) });
  }
  const busy = await connectThrough(spy, origin);
  const hash = createHash('sha256');
  busy.server.socket.on('data', (chunk) => hash.update(chunk));
  const expected = createHash('sha256');
  for (let round = 0; round < 4000; round++) {
    const piece = numbered(4 * (1 + (round % 5000)), round << 16);
    expected.update(piece);
    busy.client.say(piece);
    if (round % 8 === 0) await new Promise(setImmediate);
    // Now and then a stuck one moves a little, so that kept and free places alternate.
    if (round % 500 === 0) {
      const { server } = stuck[(round / 500) % 3]!;
      server.resume();
      await new Promise(setImmediate);
      server.stall();
    }
  }
  busy.client.end();
  await busy.server.hearAll();
  expect(hash.digest('hex')).toBe(expected.digest('hex'));
  for (const { client, server, sent } of stuck) {
    server.resume();
    client.end();
    expect(Buffer.compare(await server.hearAll(), sent)).toBe(0);
  }
  expect(events(spy.log).filter(({ type }) => type === 'connection.closed')).toHaveLength(0);
});
