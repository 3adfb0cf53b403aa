// Closing a spy: it accepts no more, sends what it has taken, ends every connection, and is done within its grace
// period even where a peer does not play along.

import { connect } from 'node:net';
import { expect, test } from 'vitest';
import type { FaultSpec } from '../../src/faults/registry.ts';
import { dial, startOrigin } from './peer.ts';
import { connectThrough, events, logged, spyOn } from './running-spy.ts';
import { testCertificates } from './tls-files.ts';

test('an idle spy closes, and then refuses connections', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin);
  await spy.close();
  await expect(dial(spy.address.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('closing twice does no harm', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin);
  await Promise.all([spy.close(), spy.close()]);
});

test('idle connections end in order on both sides', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin);
  const { client, server } = await connectThrough(spy, origin);
  client.say('hello');
  await server.hear(5);
  const closing = spy.close();
  await Promise.all([client.ended, server.ended]);
  client.end();
  server.end();
  await closing;
  expect([await client.gone, await server.gone]).toEqual(['closed', 'closed']);
  expect(spy.connections.open).toBe(0);
  const closed = events(spy.log).find(({ type }) => type === 'connection.closed');
  expect(closed).toMatchObject({ by: 'spy', how: 'closed', reason: 'the spy shut down', bytes_from_client: 5 });
});

test('what was taken before the end is still sent to a slow reader', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin);
  const { client, server } = await connectThrough(spy, origin);
  server.stall();
  client.say(Buffer.alloc(32 << 20, 'slow'));
  const { fromClient } = spy.connections.get(1)!;
  for (let before = -1; before < fromClient.bytes; ) {
    before = fromClient.bytes;
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  }
  const closing = spy.close();
  const taken = fromClient.bytes;
  server.resume();
  expect(await server.hearAll()).toHaveLength(taken);
  server.end();
  client.socket.destroy();
  await closing;
  expect(fromClient.bytes).toBe(taken);
});

test('a busy connection ends, and the server has every byte that the log has', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin);
  const { client, server } = await connectThrough(spy, origin);
  const piece = Buffer.alloc(64 << 10, 'busy');
  const pump = (): void => {
    while (client.socket.writable && client.socket.write(piece));
  };
  client.socket.on('drain', pump);
  pump();
  await server.hear(1 << 20);
  const closing = spy.close();
  void client.ended.then(() => client.socket.destroy());
  const heard = await server.hearAll();
  server.end();
  await closing;
  const [closed] = await logged(spy.log, 'connection.closed');
  expect(heard).toHaveLength(closed!.bytes_from_client);
});

test('what a delay holds back is sent at the end', async () => {
  const origin = await startOrigin();
  const delay: FaultSpec = { kind: 'delay', options: { ms: 3_600_000, jitterMs: 0 } };
  const spy = await spyOn(origin, { faults: [delay] });
  const { client, server } = await connectThrough(spy, origin);
  client.say('GET / HTTP/1.1\r\n\r\n');
  await logged(spy.log, 'bytes');
  const closing = spy.close();
  expect(String(await server.hearAll())).toBe('GET / HTTP/1.1\r\n\r\n');
  server.end();
  client.end();
  await closing;
});

test('peers that never end are cut off after the grace period', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin);
  const { client, server } = await connectThrough(spy, origin);
  server.stall();
  client.say(Buffer.alloc(32 << 20));
  await spy.close();
  expect(spy.connections.open).toBe(0);
  expect(await client.gone).not.toBe('closed');
});

test('a connection whose upstream has not answered yet ends', async () => {
  const origin = await startOrigin();
  const upstreams = [{ host: '127.0.0.1', port: origin.port, tls: true }];
  const spy = await spyOn(origin, { upstreams });
  const client = await dial(spy.address.port);
  const pending = await origin.accept();
  await spy.close();
  expect(spy.connections.open).toBe(0);
  await Promise.race([pending.ended, pending.gone]);
  await Promise.race([client.ended, client.gone]);
  const types = events(spy.log).map(({ type }) => type);
  expect(types).toEqual(['connection.opened', 'connection.closed']);
});

test('a client that never begins its TLS handshake does not outlive the spy', async () => {
  const { server: tls } = await testCertificates();
  const origin = await startOrigin();
  const spy = await spyOn(origin, { tls });
  const client = await dial(spy.address.port);
  await spy.close();
  await Promise.race([client.ended, client.gone]);
});

test('connections that are opened while the spy closes are not left hanging', async () => {
  const origin = await startOrigin();
  origin.server.on('connection', (socket) => socket.on('end', () => socket.end()).resume());
  const spy = await spyOn(origin);
  const gone = Array.from({ length: 50 }, () => {
    const socket = connect({ port: spy.address.port, host: '127.0.0.1' }).resume();
    socket.on('error', () => {});
    return new Promise((resolve) => socket.once('close', resolve));
  });
  await new Promise(setImmediate);
  await spy.close();
  await Promise.all(gone);
  expect(spy.connections.open).toBe(0);
});
