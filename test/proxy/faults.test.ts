// Faults on live connections: what the rule path does to bytes, ends, losses and the log.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FaultSpec } from '../../src/faults/registry.ts';
import { encodeFrame, FRAME_BODY, HEARTBEAT_FRAME } from '../../src/protocol/frame.ts';
import { PROTOCOL_HEADER } from '../../src/protocol/protocol-header.ts';
import { startOrigin } from './peer.ts';
import { connectThrough, events, logged, spyOn } from './running-spy.ts';
import { AMQP, DIALOGUES } from './streams.ts';

const delay = (ms: number, jitterMs = 0): FaultSpec => ({ kind: 'delay', options: { ms, jitterMs } });
const drop = (from: 'client' | 'server' | 'both'): FaultSpec => ({ kind: 'drop-heartbeats', options: { from } });
const BODY = encodeFrame(FRAME_BODY, 1, Buffer.alloc(3000, 'body'));

test.each(Object.entries(DIALOGUES))('a jittery delay passes %s unchanged, ends included', async (_, dialogue) => {
  const origin = await startOrigin();
  const spy = await spyOn(origin, { faults: [delay(2, 2)], seed: 1 });
  const { client, server } = await connectThrough(spy, origin);
  client.end(dialogue.client);
  server.end(dialogue.server);
  expect(Buffer.compare(await server.hearAll(), dialogue.client)).toBe(0);
  expect(Buffer.compare(await client.hearAll(), dialogue.server)).toBe(0);
  expect([await client.gone, await server.gone]).toEqual(['closed', 'closed']);
  await logged(spy.log, 'connection.closed');
  const origins = new Set(events(spy.log).flatMap((event) => ('origin' in event ? [event.origin] : [])));
  origins.delete('wire');
  expect([...origins]).toEqual(dialogue.client.length > 0 ? ['delayed'] : []);
});

test('any bytes in any pieces pass a delay unchanged', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin, { faults: [delay(1, 1)] });
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 5000, size: 'max' }),
    fc.constantFrom(PROTOCOL_HEADER, HEARTBEAT_FRAME, BODY, BODY.subarray(0, 5), BODY.subarray(5)),
  );
  const pieces = fc.array(piece, { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(pieces, pieces, async (fromClient, fromServer) => {
      const { client, server } = await connectThrough(spy, origin);
      for (const bytes of fromClient) client.say(bytes);
      for (const bytes of fromServer) server.say(bytes);
      client.end();
      server.end();
      expect(Buffer.compare(await server.hearAll(), Buffer.concat(fromClient))).toBe(0);
      expect(Buffer.compare(await client.hearAll(), Buffer.concat(fromServer))).toBe(0);
    }),
    { numRuns: 40 },
  );
});

test.each([
  ['client', ['server']],
  ['server', ['client']],
  ['both', []],
] as const)('heartbeats of the %s are dropped, and nothing else', async (from, spared) => {
  const origin = await startOrigin();
  const spy = await spyOn(origin, { faults: [drop(from)] });
  const { client, server } = await connectThrough(spy, origin);
  const said = Buffer.concat([PROTOCOL_HEADER, HEARTBEAT_FRAME, BODY, HEARTBEAT_FRAME, BODY]);
  const heard = Buffer.concat([PROTOCOL_HEADER, BODY, BODY]);
  client.end(said);
  server.end(said);
  const names: readonly string[] = spared;
  expect(await server.hearAll()).toEqual(names.includes('client') ? said : heard);
  expect(await client.hearAll()).toEqual(names.includes('server') ? said : heard);
  await logged(spy.log, 'connection.closed');
  for (const direction of ['client', 'server']) {
    const beats = events(spy.log).filter(
      (event) => event.type === 'heartbeat' && event.direction.startsWith(direction),
    );
    const origin = names.includes(direction) ? 'wire' : 'dropped';
    expect(beats).toMatchObject([{ origin }, { origin }]);
  }
});

test('a delay holds a fast writer back for a slow reader, and loses nothing', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin, { faults: [delay(5)] });
  const { client, server } = await connectThrough(spy, origin);
  server.stall();
  const sent = Buffer.concat([PROTOCOL_HEADER, ...new Array<Uint8Array>(20_000).fill(BODY)]);
  client.end(sent);
  for (let turn = 0; turn < 300; turn++) await new Promise(setImmediate);
  server.resume();
  expect(Buffer.compare(await server.hearAll(), sent)).toBe(0);
});

test("a reset comes after what it follows, as the peer's last words", async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin, { faults: [delay(20)] });
  const { client, server } = await connectThrough(spy, origin);
  // Little, so that the kernel has handed it over when the reset comes.
  const words = AMQP.server;
  client.say(words);
  await logged(spy.log, 'connection.opened');
  const { fromClient } = spy.connections.get(1)!;
  while (fromClient.bytes < words.length) await new Promise<void>((resolve) => spy.log.wake(resolve));
  client.reset();
  // Node 20 takes a reset that it reads together with bytes for an end.
  await Promise.race([server.ended, server.gone]);
  expect(Buffer.compare(server.heard, words)).toBe(0);
});
