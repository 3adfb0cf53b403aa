// Bytes out equal bytes in, both ways, whatever they are and however they are cut; and the log says what they were.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Peer, startOrigin } from './peer.ts';
import { connectThrough, events, logged, spyOn } from './running-spy.ts';
import { AMQP, DIALOGUES } from './streams.ts';

/** Says the bytes in pieces that end at the cuts (fractions), and then ends. */
async function speak(peer: Peer, bytes: Uint8Array, cuts: readonly number[]): Promise<void> {
  const ends = [...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length].sort((a, b) => a - b);
  let at = 0;
  for (const end of ends) {
    if (end > at) peer.say(bytes.subarray(at, end));
    at = end;
    await new Promise(setImmediate);
  }
  peer.end();
}

describe.each(Object.entries(DIALOGUES))('%s', (_, { client: fromClient, server: fromServer, opaque }) => {
  test('passes unchanged, both ways, and both ends come through', async () => {
    const origin = await startOrigin();
    const spy = await spyOn(origin);
    const { client, server } = await connectThrough(spy, origin);
    client.end(fromClient);
    server.end(fromServer);
    expect(Buffer.compare(await server.hearAll(), fromClient)).toBe(0);
    expect(Buffer.compare(await client.hearAll(), fromServer)).toBe(0);
    expect(await client.gone).toBe('closed');
    expect(await server.gone).toBe('closed');
    const [closed] = await logged(spy.log, 'connection.closed');
    expect(closed).toMatchObject({
      how: 'closed',
      bytes_from_client: fromClient.length,
      bytes_from_server: fromServer.length,
    });
    const seen = events(spy.log).find((event) => event.type === 'opaque' && event.direction === 'client-to-server');
    if (opaque) expect(seen).toMatchObject({ reason: expect.stringMatching(opaque) });
    else expect(seen).toBeUndefined();
  });

  test('passes unchanged byte by byte', async () => {
    const origin = await startOrigin();
    const spy = await spyOn(origin);
    const { client, server } = await connectThrough(spy, origin);
    const [head, tail] = [fromClient.subarray(0, 300), fromClient.subarray(300)];
    for (const byte of head) {
      client.say(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
    client.end(tail);
    server.end();
    expect(Buffer.compare(await server.hearAll(), fromClient)).toBe(0);
  });
});

test('any bytes in any pieces pass unchanged, on several connections at once', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin, { logSize: 2 << 20 });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200_000, size: 'max' }),
    fc.constantFrom(...Object.values(DIALOGUES).flatMap(({ client, server }) => [client, server])),
  );
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 });
  const side = fc.record({ bytes, cuts });
  const conversation = fc.record({ client: side, server: side });
  await fc.assert(
    fc.asyncProperty(fc.array(conversation, { minLength: 1, maxLength: 4 }), async (conversations) => {
      await Promise.all(
        conversations.map(async (said) => {
          const { client, server } = await connectThrough(spy, origin);
          // Which of the accepted connections is this client's does not matter: each server learns who it talks to last.
          await Promise.all([
            speak(client, said.client.bytes, said.client.cuts),
            speak(server, said.server.bytes, said.server.cuts),
          ]);
          return { client, server, said };
        }),
      ).then(async (talks) => {
        const toServers = await Promise.all(talks.map(({ server }) => server.hearAll()));
        const toClients = await Promise.all(talks.map(({ client }) => client.hearAll()));
        expect(toServers.map(String).sort()).toEqual(
          talks.map(({ said }) => String(Buffer.from(said.client.bytes))).sort(),
        );
        expect(toClients.map(String).sort()).toEqual(
          talks.map(({ said }) => String(Buffer.from(said.server.bytes))).sort(),
        );
      });
    }),
    { numRuns: 40 },
  );
}, 120_000);

test('the log holds every frame that passed', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin);
  const { client, server } = await connectThrough(spy, origin);
  client.end(AMQP.client);
  server.end(AMQP.server);
  await logged(spy.log, 'connection.closed');
  const fromClient = events(spy.log).filter((event) => 'direction' in event && event.direction === 'client-to-server');
  expect(fromClient.map((event) => ('method' in event ? event.method : event.type))).toEqual([
    ...['protocol-header', 'connection.start-ok', 'connection.tune-ok', 'connection.open', 'channel.open'],
    ...['basic.publish', 'header', 'body'],
    ...['basic.publish', 'header', 'body', 'body', 'body'],
    ...['basic.publish', 'header'],
    ...['heartbeat', 'connection.close'],
  ]);
});
