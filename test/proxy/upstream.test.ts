// Finding a broker: the first that accepts is taken; when none does, the client sees a reset and the log says why.

import { type AddressInfo, createServer } from 'node:net';
import { TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { connectUpstream } from '../../src/proxy/upstream.ts';
import { dial, startOrigin } from './peer.ts';
import { logged, spyOn } from './running-spy.ts';
import { testCertificates } from './tls-files.ts';

const NO_TLS = {};
const never = new AbortController().signal;

/** A port where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('a refused connection resets the client, and the log says that the broker refused it', async () => {
  const port = await closedPort();
  const spy = await spyOn({ port });
  const client = await dial(spy.address.port);
  expect(await client.gone).toBe('ECONNRESET');
  const [closed] = await logged(spy.log, 'connection.closed');
  expect(closed).toMatchObject({
    by: 'server',
    how: 'failed',
    reason: `no upstream: 127.0.0.1:${port}: connection refused`,
    bytes_from_client: 0,
  });
  expect(await logged(spy.log, 'connection.opened')).toMatchObject([{ server: { address: '127.0.0.1', port } }]);
  expect(spy.connections.open).toBe(0);
  expect(spy.connections.get(1)).toMatchObject({ state: 'closed', closeReason: closed!.reason });
});

test('upstreams are tried in order, and the log names the one that was taken', async () => {
  const origin = await startOrigin();
  const refused = await closedPort();
  const spare = await startOrigin();
  const upstreams = [refused, origin.port, spare.port].map((port) => ({ host: '127.0.0.1', port, tls: false }));
  const spy = await spyOn(origin, { upstreams });
  const [client, server] = await Promise.all([dial(spy.address.port), origin.accept()]);
  client.say('hello');
  expect(String(await server.hear(5))).toBe('hello');
  const [opened] = await logged(spy.log, 'connection.opened');
  expect(opened).toMatchObject({ server: { address: '127.0.0.1', port: origin.port } });
});

test('when all upstreams fail, the reason tells of each', async () => {
  const [first, second] = [await closedPort(), await closedPort()];
  const addresses = [first, second].map((port) => ({ host: '127.0.0.1', port, tls: false }));
  await expect(connectUpstream(addresses, NO_TLS, never)).rejects.toMatchObject({
    code: 'ERR_UPSTREAM',
    message: `127.0.0.1:${first}: connection refused; 127.0.0.1:${second}: connection refused`,
  });
});

test('a host that does not exist is named', async () => {
  // RFC 6761: names below .invalid never exist.
  const address = { host: 'broker.invalid', port: 5672, tls: false };
  await expect(connectUpstream([address], NO_TLS, never)).rejects.toThrow(/^broker\.invalid:5672: /);
});

test('an upstream that does not answer in time is given up', async () => {
  const silent = await startOrigin();
  const address = { host: '127.0.0.1', port: silent.port, tls: true };
  await expect(connectUpstream([address], NO_TLS, never, 20)).rejects.toThrow(/no answer within 0\.02 s$/);
});

test('an upstream that hangs up before it is ready is given up', async () => {
  const rude = await startOrigin();
  rude.server.on('connection', (socket) => socket.destroy());
  const address = { host: '127.0.0.1', port: rude.port, tls: true };
  await expect(connectUpstream([address], NO_TLS, never)).rejects.toThrow(`127.0.0.1:${rude.port}: `);
});

test('connecting can be called off, at any time', async () => {
  const silent = await startOrigin();
  const address = { host: '127.0.0.1', port: silent.port, tls: true };
  const early = new AbortController();
  early.abort();
  await expect(connectUpstream([address], NO_TLS, early.signal)).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
  const late = new AbortController();
  const connecting = connectUpstream([address, address], NO_TLS, late.signal);
  await silent.accept();
  late.abort();
  await expect(connecting).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
});

test.each(['::1', 'localhost'])('the spy listens on %s and connects to it', async (host) => {
  const origin = await startOrigin({ host });
  const upstreams = [{ host, port: origin.port, tls: false }];
  const spy = await spyOn(origin, { listen: { host, port: 0 }, upstreams });
  const [client, server] = await Promise.all([dial(spy.address.port, host), origin.accept()]);
  client.end('there');
  server.end('and back');
  expect(String(await server.hearAll())).toBe('there');
  expect(String(await client.hearAll())).toBe('and back');
  const [opened] = await logged(spy.log, 'connection.opened');
  expect(['::1', '127.0.0.1']).toContain(opened!.client.address);
  expect(opened!.server.address).toBe(opened!.client.address);
});

test('a client that is gone while the upstream takes its time is told to the upstream once it answers', async () => {
  const { server: tls } = await testCertificates();
  const origin = await startOrigin();
  const upstreams = [{ host: '127.0.0.1', port: origin.port, tls: true }];
  const spy = await spyOn(origin, { upstreams, upstreamTls: { insecure: true } });
  const client = await dial(spy.address.port);
  client.end('last words');
  const pending = await origin.accept();
  await pending.hear(1);
  const raw = pending.socket;
  raw.pause();
  raw.removeAllListeners('data');
  raw.unshift(pending.heard);
  const secure = new TLSSocket(raw, { isServer: true, ...tls });
  onTestFinished(() => void secure.destroy());
  const words: Buffer[] = [];
  secure.on('data', (chunk) => words.push(chunk));
  await new Promise((resolve) => secure.once('end', resolve));
  expect(String(Buffer.concat(words))).toBe('last words');
});

test('a client that is lost while the upstream takes its time leaves nothing behind', async () => {
  const origin = await startOrigin();
  const upstreams = [{ host: '127.0.0.1', port: origin.port, tls: true }];
  const spy = await spyOn(origin, { upstreams });
  const client = await dial(spy.address.port);
  const pending = await origin.accept();
  client.reset();
  await client.gone;
  pending.socket.destroy();
  const [closed] = await logged(spy.log, 'connection.closed');
  expect(closed).toMatchObject({ how: 'failed', reason: expect.stringContaining('no upstream') });
  expect(spy.connections.open).toBe(0);
});
