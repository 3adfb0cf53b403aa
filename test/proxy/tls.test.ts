// TLS towards clients and towards brokers: bytes, ends and losses pass as they do without it, certificates are checked
// where they should be, and a handshake that fails is in the log with its reason.

import { readFileSync } from 'node:fs';
import type { TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { readPem, serverTlsFromFiles } from '../../src/net/server-tls.ts';
import type { UpstreamTls } from '../../src/proxy/upstream.ts';
import type { Spy, SpyOptions } from '../../src/spy.ts';
import { fill } from './flood.ts';
import { dial, dialTls, type Origin, startOrigin } from './peer.ts';
import { logged, spyOn } from './running-spy.ts';
import { AMQP, DIALOGUES } from './streams.ts';
import { testCertificates } from './tls-files.ts';

const files = await testCertificates();
const { ca } = files;

const secureUpstream = (origin: Origin, upstreamTls: UpstreamTls, host = '127.0.0.1'): Partial<SpyOptions> => ({
  upstreams: [{ host, port: origin.port, tls: true }],
  upstreamTls,
});

/** TLS on both sides. */
async function connectSecurely() {
  const origin = await startOrigin({ tls: files.server });
  const spy = await spyOn(origin, { tls: files.server, ...secureUpstream(origin, { ca }) });
  const [client, server] = await Promise.all([dialTls(spy.address.port, { ca }), origin.accept()]);
  return { spy, client, server };
}

async function refusal(spy: Spy): Promise<string> {
  const [closed] = await logged(spy.log, 'connection.closed');
  expect(closed!.how).toBe('failed');
  return closed!.reason!;
}

describe('TLS on both sides', () => {
  test.each(Object.entries(DIALOGUES))(
    'passes %s unchanged, both ways',
    async (_, { client: fromClient, server: fromServer }) => {
      const { spy, client, server } = await connectSecurely();
      client.end(fromClient);
      server.end(fromServer);
      expect(Buffer.compare(await server.hearAll(), fromClient)).toBe(0);
      expect(Buffer.compare(await client.hearAll(), fromServer)).toBe(0);
      expect([await client.gone, await server.gone]).toEqual(['closed', 'closed']);
      expect(await logged(spy.log, 'connection.opened')).toMatchObject([{ tls: ['client', 'server'] }]);
      expect(await logged(spy.log, 'connection.closed')).toMatchObject([
        { how: 'closed', bytes_from_client: fromClient.length, bytes_from_server: fromServer.length },
      ]);
    },
  );

  test('lets one side end and the other go on', async () => {
    const { client, server } = await connectSecurely();
    client.end('question');
    expect(String(await server.hearAll())).toBe('question');
    const answer = Buffer.alloc(5 << 20, 'answer');
    server.say(answer);
    await client.hear(answer.length);
    server.end('!');
    expect(await client.hearAll()).toHaveLength(answer.length + 1);
    expect([await client.gone, await server.gone]).toEqual(['closed', 'closed']);
  });

  test('holds a fast writer back for a slow reader, and loses nothing', async () => {
    const { spy, client, server } = await connectSecurely();
    server.stall();
    const sent = await fill(client, 0);
    expect(spy.connections.get(1)!.fromClient.bytes).toBeLessThan(sent.length);
    client.end();
    server.resume();
    expect(Buffer.compare(await server.hearAll(), sent)).toBe(0);
  });

  test.each(['client', 'server'] as const)('passes the loss of the %s on', async (lost) => {
    const ends = await connectSecurely();
    ends.client.say('hello');
    await ends.server.hear(5);
    const [gone, left] = lost === 'client' ? [ends.client, ends.server] : [ends.server, ends.client];
    // Without a word, as a process that dies.
    gone.socket.destroy();
    await Promise.race([left.ended, left.gone]);
    left.end();
    await left.gone;
    expect(await logged(ends.spy.log, 'connection.closed')).toMatchObject([{ by: lost }]);
    expect(ends.spy.connections.open).toBe(0);
  });
});

test('a client that ends before its broker has answered is heard', async () => {
  const origin = await startOrigin();
  const spy = await spyOn(origin, { tls: files.server });
  for (const words of ['', 'last words']) {
    const client = await dialTls(spy.address.port, { ca });
    client.end(words);
    const server = await origin.accept();
    expect(String(await server.hearAll())).toBe(words);
    server.end();
    await client.gone;
  }
});

describe('towards clients', () => {
  test('a client that speaks plain AMQP to a TLS port is refused, and the log says so', async () => {
    const origin = await startOrigin();
    const spy = await spyOn(origin, { tls: files.server });
    const client = await dial(spy.address.port);
    client.say(AMQP.client);
    expect(await refusal(spy)).toMatch(/^TLS handshake failed: [\w ]+: the peer does not speak TLS$/);
    await Promise.race([client.ended, client.gone]);
    expect(await logged(spy.log, 'connection.opened')).toMatchObject([
      { client: { address: '127.0.0.1' }, server: { port: origin.port }, tls: ['client'] },
    ]);
  });

  test('a client that goes away during its handshake is in the log', async () => {
    const origin = await startOrigin();
    const spy = await spyOn(origin, { tls: files.server });
    const client = await dial(spy.address.port);
    client.say(Buffer.from('16030100fa0100', 'hex'));
    client.socket.destroy();
    expect(await refusal(spy)).toMatch(/^TLS handshake failed: /);
  });

  test('with an authority, only clients that it vouches for come in', async () => {
    const { server, caFile, clientFiles } = files;
    const tls = await serverTlsFromFiles({
      cert: files.serverFiles.certFile,
      key: files.serverFiles.keyFile,
      ca: caFile,
    });
    expect(tls).toMatchObject({ ...server, requestCert: true, rejectUnauthorized: true });
    const origin = await startOrigin();
    const spy = await spyOn(origin, { tls });
    const known = { ca, cert: await readPem('', clientFiles.certFile), key: await readPem('', clientFiles.keyFile) };
    const [client, peer] = await Promise.all([dialTls(spy.address.port, known), origin.accept()]);
    client.say('hello');
    expect(String(await peer.hear(5))).toBe('hello');
    for (const unknown of [{ ca }, { ca, ...files.stranger }]) {
      // With TLS 1.3 the client learns of it only after its own handshake is done.
      const refused = await dialTls(spy.address.port, unknown);
      await Promise.race([refused.ended, refused.gone]);
    }
    const closed = await logged(spy.log, 'connection.closed', 2);
    for (const { reason } of closed)
      expect(reason).toMatch(
        /(no client certificate that --tls-ca vouches for \(\w+\)|peer did not return a certificate)$/,
      );
  });
});

describe('towards brokers', () => {
  const connectTo = async (upstreamTls: UpstreamTls, host?: string) => {
    const origin = await startOrigin({ tls: { ...files.server, ca, requestCert: true, rejectUnauthorized: false } });
    const spy = await spyOn(origin, secureUpstream(origin, upstreamTls, host));
    const client = await dial(spy.address.port);
    return { origin, spy, client };
  };

  test('a broker that a known authority vouches for is taken', async () => {
    const { origin, client } = await connectTo({ ca });
    const server = await origin.accept();
    client.say('hello');
    expect(String(await server.hear(5))).toBe('hello');
    expect((server.socket as TLSSocket).authorized).toBe(false);
  });

  test.each<[string, UpstreamTls, RegExp]>([
    ['by an authority of the system', {}, /unable to verify|self.signed|unable to get/],
    ['by another authority', { ca: readFileSync(files.strangerCaFile) }, /unable to verify|unable to get|self.signed/],
    ['for another name', { ca, servername: 'rabbit.test' }, /rabbit\.test/],
  ])('a broker that is not vouched for %s is refused, and the log says why', async (_, upstreamTls, reason) => {
    const { spy, client } = await connectTo(upstreamTls);
    expect(await client.gone).toBe('ECONNRESET');
    expect(await refusal(spy)).toMatch(reason);
  });

  test('without verification any broker is taken', async () => {
    const { origin, client } = await connectTo({ insecure: true, servername: 'rabbit.test' });
    const server = await origin.accept();
    client.say('hello');
    expect(String(await server.hear(5))).toBe('hello');
    expect((server.socket as TLSSocket & { servername: string }).servername).toBe('rabbit.test');
  });

  test.each([
    ['localhost', 'localhost'],
    ['127.0.0.1', false],
  ])('the broker is asked for by its name: %s', async (host, asked) => {
    const { origin } = await connectTo({ ca }, host);
    const server = await origin.accept();
    expect((server.socket as TLSSocket & { servername: unknown }).servername).toBe(asked);
  });

  test('the spy shows the broker its certificate', async () => {
    const { origin } = await connectTo({ ca, ...files.client });
    const socket = (await origin.accept()).socket as TLSSocket;
    expect(socket.authorized).toBe(true);
    expect(socket.getPeerCertificate().subject.CN).toBe('client');
  });

  test('a broker without TLS is refused, and the log says so', async () => {
    const origin = await startOrigin();
    origin.server.on('connection', (socket) => socket.end('AMQP\x00\x00\x09\x01'));
    const spy = await spyOn(origin, secureUpstream(origin, { ca }));
    const client = await dial(spy.address.port);
    expect(await client.gone).toBe('ECONNRESET');
    expect(await refusal(spy)).toMatch(/: the peer does not speak TLS$/);
  });
});
