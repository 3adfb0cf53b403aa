// Real clients and a real RabbitMQ with the spy between them, with TLS on every side where it can be.

import { readFileSync } from 'node:fs';
import { type ChannelModel, connect } from 'amqplib';
import { beforeAll, expect, test } from 'vitest';
import { serverTlsFromFiles } from '../../src/net/server-tls.ts';
import type { Spy, SpyOptions } from '../../src/spy.ts';
import { run } from '../rig/process.ts';
import { type SharedRabbitMq, sharedRabbitMq } from '../rig/shared-rabbitmq.ts';
import { events, logged, spyOn } from './running-spy.ts';

let broker: SharedRabbitMq;
beforeAll(async () => {
  broker = await sharedRabbitMq();
});

async function spyWith(clientTls: boolean, brokerTls: boolean, more: Partial<SpyOptions> = {}): Promise<Spy> {
  const port = brokerTls ? broker.tlsPort : broker.port;
  const tls = clientTls ? await serverTlsFromFiles({ cert: broker.certFile, key: broker.keyFile }) : undefined;
  return await spyOn(
    { port },
    {
      ...(tls && { tls }),
      upstreams: [{ host: brokerTls ? 'localhost' : '127.0.0.1', port, tls: brokerTls }],
      ...(brokerTls && { upstreamTls: { ca: readFileSync(broker.caFile) } }),
      ...more,
    },
  );
}

/** Publishes to a queue of its own and gets it back. */
async function echo(connection: ChannelModel, body: Buffer): Promise<Buffer> {
  const channel = await connection.createConfirmChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  channel.sendToQueue(queue, body);
  await channel.waitForConfirms();
  const message = await channel.get(queue, { noAck: true });
  await channel.close();
  return message ? message.content : Buffer.alloc(0);
}

test.each([
  [false, false],
  [true, false],
  [false, true],
  [true, true],
])('amqplib, TLS towards the client %s, towards the broker %s', async (clientTls, brokerTls) => {
  const spy = await spyWith(clientTls, brokerTls);
  const ca = [readFileSync(broker.caFile)];
  const url = `${spy.url.replace('127.0.0.1', 'localhost')}?frameMax=8192`;
  const connection = await connect(url, { ca });
  const body = Buffer.alloc(300_000, 'hare');
  expect(Buffer.compare(await echo(connection, body), body)).toBe(0);
  await connection.close();
  const [closed] = await logged(spy.log, 'connection.closed');
  expect(closed).toMatchObject({ how: 'closed' });
  const table = spy.connections.get(1)!;
  expect(table).toMatchObject({ state: 'closed', user: 'guest', virtualHost: '/', serverProduct: 'RabbitMQ' });
  expect(events(spy.log).filter(({ type }) => type === 'opaque' || type === 'unfinished')).toEqual([]);
  const bodies = events(spy.log).filter((event) => event.type === 'body' && event.direction === 'client-to-server');
  expect(bodies).toHaveLength(Math.ceil(body.length / (8192 - 8)));
});

const PIKA = `
import pika, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
options = pika.SSLOptions(context, 'localhost')
connection = pika.BlockingConnection(pika.ConnectionParameters('localhost', int(sys.argv[1]), ssl_options=options))
channel = connection.channel()
queue = channel.queue_declare('', exclusive=True).method.queue
channel.confirm_delivery()
channel.basic_publish('', queue, b'rabbit' * 50000)
print(len(channel.basic_get(queue, auto_ack=True)[2]))
connection.close()
`;

test('pika, with TLS on both sides', async () => {
  const spy = await spyWith(true, true);
  const output = await run('/usr/bin/python3', ['-c', PIKA, `${spy.address.port}`, broker.caFile]);
  expect(output.trim()).toBe('300000');
  expect(await logged(spy.log, 'connection.closed')).toMatchObject([{ how: 'closed' }]);
});

test('a broker that demands the certificate of the spy gets it', async () => {
  const [cert, key] = [readFileSync(broker.clientCertFile), readFileSync(broker.clientKeyFile)];
  const upstreamTls = { ca: readFileSync(broker.caFile), cert, key };
  const spy = await spyWith(false, true, { upstreamTls });
  const connection = await connect(spy.url);
  expect(await echo(connection, Buffer.from('hello'))).toEqual(Buffer.from('hello'));
  await connection.close();
});

test('with a delay and without heartbeats, a message still comes through', async () => {
  const spy = await spyWith(false, false, {
    faults: [
      { kind: 'delay', options: { ms: 2, jitterMs: 2 } },
      { kind: 'drop-heartbeats', options: { from: 'both' } },
    ],
    seed: 4711,
  });
  const connection = await connect(`${spy.url}?frameMax=4096&heartbeat=30`);
  const body = Buffer.alloc(100_000, 'hare');
  expect(Buffer.compare(await echo(connection, body), body)).toBe(0);
  await connection.close();
  const [closed] = await logged(spy.log, 'connection.closed');
  expect(closed).toMatchObject({ how: 'closed' });
  const origins = new Set(events(spy.log).flatMap((event) => ('origin' in event ? [event.origin] : [])));
  expect(origins).toContain('delayed');
});

test('closing the spy is seen by the client, and by the broker', async () => {
  const spy = await spyWith(false, false);
  const connection = await connect(spy.url);
  const lost = new Promise((resolve) => connection.once('error', resolve).once('close', resolve));
  await spy.close();
  await lost;
  expect(spy.connections.open).toBe(0);
});
