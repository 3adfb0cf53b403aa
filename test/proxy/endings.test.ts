// However a connection ends, each peer sees of the other what it would have seen without the spy: an end as an end, a
// reset as a reset, and all the bytes before an end. Afterwards nothing of the connection is left.

import { connect } from 'node:net';
import { expect, test } from 'vitest';
import type { Spy } from '../../src/spy.ts';
import { dial, startOrigin } from './peer.ts';
import { connectThrough, logged, spyOn } from './running-spy.ts';
import { AMQP } from './streams.ts';

const MEGABYTE = Buffer.alloc(1 << 20, 'amqp');

/** The one connection's end, as the log tells it; and nothing of it is left in the table. */
async function ending(spy: Spy) {
  const [closed] = await logged(spy.log, 'connection.closed');
  expect(spy.connections.open).toBe(0);
  expect(await logged(spy.log, 'connection.opened')).toHaveLength(1);
  return closed;
}

test('a client that has ended still hears the server out', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin);
  const { client, server } = await connectThrough(spy, origin);
  client.end('question');
  expect(String(await server.hearAll())).toBe('question');
  server.say(MEGABYTE);
  await client.hear(MEGABYTE.length);
  server.end('answer');
  expect(Buffer.compare(await client.hearAll(), Buffer.concat([MEGABYTE, Buffer.from('answer')]))).toBe(0);
  expect([await client.gone, await server.gone]).toEqual(['closed', 'closed']);
  expect(await ending(spy)).toMatchObject({ by: 'client', how: 'closed', bytes_from_client: 8 });
});

test('a server that has ended still hears the client out', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin);
  const { client, server } = await connectThrough(spy, origin);
  server.end('bye');
  expect(String(await client.hearAll())).toBe('bye');
  client.say(MEGABYTE);
  await server.hear(MEGABYTE.length);
  client.end('end');
  expect(await server.hearAll()).toHaveLength(MEGABYTE.length + 3);
  expect([await client.gone, await server.gone]).toEqual(['closed', 'closed']);
  expect(await ending(spy)).toMatchObject({ by: 'server', how: 'closed', bytes_from_server: 3 });
});

test('both sides may end at once', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin);
  const { client, server } = await connectThrough(spy, origin);
  client.end();
  server.end();
  expect([await client.gone, await server.gone]).toEqual(['closed', 'closed']);
  expect(await ending(spy)).toMatchObject({ how: 'closed', bytes_from_client: 0, bytes_from_server: 0 });
});

test("a client's reset reaches the server as a reset", async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin);
  const { client, server } = await connectThrough(spy, origin);
  client.say('hello');
  await server.hear(5);
  client.reset();
  expect(await server.gone).toBe('ECONNRESET');
  expect(await ending(spy)).toMatchObject({ by: 'client', how: 'reset', bytes_from_client: 5 });
});

test("a server's reset reaches the client as a reset", async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin);
  const { client, server } = await connectThrough(spy, origin);
  server.say('hello');
  await client.hear(5);
  server.reset();
  expect(await client.gone).toBe('ECONNRESET');
  expect(await ending(spy)).toMatchObject({ by: 'server', how: 'reset', bytes_from_server: 5 });
});

test('what is sent to a peer that has closed for good is answered by a reset', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin);
  const { client, server } = await connectThrough(spy, origin);
  server.socket.destroy();
  await client.ended;
  const writing = setInterval(() => client.say('anybody there?'), 1);
  const gone = await client.gone;
  clearInterval(writing);
  expect(['ECONNRESET', 'EPIPE']).toContain(gone);
  expect(await ending(spy)).toMatchObject({ by: 'server' });
});

test('a client that is lost inside a frame leaves an unfinished frame in the log', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin);
  const { client, server } = await connectThrough(spy, origin);
  const cut = AMQP.client.subarray(0, AMQP.client.length - 5);
  client.say(cut);
  await server.hear(cut.length);
  client.reset();
  expect(await server.gone).toBe('ECONNRESET');
  await ending(spy);
  const [unfinished] = await logged(spy.log, 'unfinished');
  expect(unfinished).toMatchObject({ direction: 'client-to-server', reason: 'the stream ended inside a frame' });
});

test('a server that ends inside a frame leaves an unfinished frame in the log', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin);
  const { client, server } = await connectThrough(spy, origin);
  server.end(AMQP.server.subarray(0, 20));
  expect(await client.hearAll()).toHaveLength(20);
  client.end();
  await ending(spy);
  expect(await logged(spy.log, 'unfinished')).toMatchObject([{ direction: 'server-to-client', size: 20 }]);
});

test('a server that speaks first, and ends at once, is heard', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin);
  for (let round = 0; round < 50; round++) {
    origin.server.once('connection', (socket) => socket.end('AMQP\x00\x00\x09\x01'));
    const client = await dial(spy.address.port);
    expect(String(await client.hearAll())).toBe('AMQP\x00\x00\x09\x01');
    client.end();
    expect(await client.gone).toBe('closed');
  }
  await logged(spy.log, 'connection.closed', 50);
  expect(spy.connections.open).toBe(0);
});

test('a client that says all it has to say before it is accepted is heard', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin);
  const socket = connect({ port: spy.address.port, host: '127.0.0.1' });
  socket.on('error', () => {});
  socket.end(MEGABYTE);
  const server = await origin.accept();
  expect(Buffer.compare(await server.hearAll(), MEGABYTE)).toBe(0);
  server.end();
  await ending(spy);
});

test('nothing is left of connections that came and went in any way', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin, { logSize: 64 << 20 });
  const noSockets = async () => {
    while (process.getActiveResourcesInfo().includes('TCPSocketWrap')) await new Promise(setImmediate);
  };
  await noSockets();
  for (let round = 0; round < 40; round++) {
    const { client, server } = await connectThrough(spy, origin);
    const [first, second] = round % 2 === 0 ? [client, server] : [server, client];
    first.say(round % 3 === 0 ? MEGABYTE : 'x');
    if (round % 5 === 0) first.reset();
    else if (round % 5 === 1) first.socket.destroy();
    else first.end();
    if (round % 5 === 2) second.socket.destroy();
    else second.end();
    await Promise.all([first.gone, second.gone]);
  }
  await logged(spy.log, 'connection.closed', 40);
  expect(spy.connections.open).toBe(0);
  await noSockets();
});
