// The scenario of rabbitmq-client, which connects again by itself.

import { once } from 'node:events';
import {
  type AsyncMessage,
  type Channel,
  Connection,
  type Envelope,
  type ReturnedMessage,
  type SyncMessage,
} from 'rabbitmq-client';
import { digest, failureOf, LARGE_BODY, type Scenario, UNICODE, wrongPassword } from './scenario.ts';

/** Every type of value that rabbitmq-client can put into a table. */
const HEADERS = {
  text: UNICODE,
  yes: true,
  nothing: null,
  list: [1, 'two', { three: 3 }, []],
  table: { inner: { innermost: 'x' } },
  small: 7,
  negative: -70_000,
  large: 9_007_199_254_740_991,
  real: 0.25,
};

const ENVELOPE: Envelope = {
  contentType: 'text/plain',
  contentEncoding: 'utf-8',
  headers: HEADERS,
  durable: true,
  priority: 3,
  correlationId: 'correlated',
  replyTo: 'answers',
  expiration: '600000',
  messageId: UNICODE,
  timestamp: 1_700_000_000,
  type: 'greeting',
  userId: 'guest',
  appId: 'interop',
};

export const RABBITMQ_CLIENT: Scenario = {
  client: 'rabbitmq-client',
  async play(uri, name) {
    const connection = new Connection({ url: uri, connectionName: name });
    await connection.onConnect(20_000, true);
    connection.on('error', () => {});
    const seen = {
      topology: await topology(await connection.acquire(), name),
      messages: await messages(await connection.acquire(), name),
      confirms: await confirms(await connection.acquire(), name),
      transactions: await transactions(await connection.acquire(), name),
      channelErrors: await channelErrors(connection, name),
    };
    await connection.close();
    return { ...seen, refused: await refused(uri) };
  },
};

async function topology(channel: Channel, name: string): Promise<unknown> {
  const seen: unknown[] = [];
  for (const type of ['direct', 'topic', 'fanout', 'headers']) {
    seen.push(await channel.exchangeDeclare({ exchange: `${name}-${type}`, type, durable: true, autoDelete: true }));
  }
  const queue = `${name}-q`;
  const limits = { 'x-max-length': 5, 'x-message-ttl': 60_000, 'x-queue-mode': 'lazy' };
  seen.push(await channel.queueDeclare({ queue, durable: true, autoDelete: false, arguments: limits }));
  seen.push(await channel.queueDeclare({ queue, passive: true }));
  const binding = { exchange: `${name}-topic`, routingKey: UNICODE, arguments: { note: 1 } };
  seen.push(await channel.queueBind({ queue, ...binding }));
  const bridge = { destination: `${name}-fanout`, source: `${name}-direct`, routingKey: 'across' };
  seen.push(await channel.exchangeBind(bridge), await channel.exchangeUnbind(bridge));
  seen.push(await channel.queueUnbind({ queue, ...binding }));
  seen.push(await channel.queueDelete({ queue, ifUnused: true, ifEmpty: true }));
  for (const type of ['headers', 'direct', 'topic', 'fanout']) {
    seen.push(await failureOf(channel.exchangeDelete({ exchange: `${name}-${type}`, ifUnused: true })));
  }
  await channel.close();
  return seen;
}

async function messages(channel: Channel, name: string): Promise<unknown> {
  const queue = `${name}-messages`;
  await channel.queueDeclare({ queue, exclusive: true });
  const seen: unknown[] = [await channel.basicQos({ prefetchCount: 3, global: true }), await channel.basicGet(queue)];
  await channel.basicPublish({ routingKey: queue, ...ENVELOPE }, Buffer.from(UNICODE));
  await channel.basicPublish({ routingKey: queue, timestamp: 1 }, { json: [1, 2.5, null] });
  await channel.basicPublish({ routingKey: queue, timestamp: 1, mandatory: true }, LARGE_BODY);
  const deliveries = await consume(channel, queue, 'first', 3);
  seen.push(deliveries.map(shown));
  channel.basicNack({ deliveryTag: deliveries[0]!.deliveryTag, requeue: true });
  channel.basicAck({ deliveryTag: deliveries[1]!.deliveryTag });
  seen.push(await channel.basicRecover({ requeue: true }), await channel.queueDeclare({ queue, passive: true }));
  seen.push(await channel.queuePurge(queue));
  await channel.basicPublish({ routingKey: queue, timestamp: 1 }, 'left over');
  const got = await channel.basicGet({ queue, noAck: false });
  seen.push(got && shown(got));
  channel.basicAck({ deliveryTag: 0, multiple: true });
  const cancelled = once(channel, 'basic.cancel');
  await channel.basicConsume({ queue, consumerTag: 'cancelled', noAck: true, exclusive: true }, () => {});
  seen.push(await channel.queueDelete(queue), (await cancelled).map(String));
  await channel.close();
  return seen;
}

/** Consumes until so many have come. */
async function consume(channel: Channel, queue: string, consumerTag: string, count: number): Promise<AsyncMessage[]> {
  const deliveries: AsyncMessage[] = [];
  await new Promise<void>((resolve, reject) => {
    const take = (message: AsyncMessage): void => {
      if (deliveries.push(message) === count) resolve();
    };
    channel.basicConsume({ queue, consumerTag, arguments: { 'x-priority': 5 } }, take).catch(reject);
  });
  await channel.basicCancel(consumerTag);
  return deliveries;
}

function shown({ body, ...message }: ReturnedMessage | AsyncMessage | SyncMessage): unknown {
  return { ...message, body: Buffer.isBuffer(body) ? digest(body) : body };
}

async function confirms(channel: Channel, name: string): Promise<unknown> {
  await channel.confirmSelect();
  const queue = `${name}-confirmed`;
  const limits = { 'x-max-length': 1, 'x-overflow': 'reject-publish' as const };
  await channel.queueDeclare({ queue, exclusive: true, arguments: limits });
  const seen: unknown[] = [];
  for (const body of ['one', 'two', 'three']) seen.push(await failureOf(channel.basicPublish(queue, body)));
  const returned = once(channel, 'basic.return');
  await channel.basicPublish({ exchange: 'amq.topic', routingKey: 'nowhere', timestamp: 1, mandatory: true }, 'x');
  seen.push((await returned).map(shown));
  await channel.close();
  return seen;
}

async function transactions(channel: Channel, name: string): Promise<unknown> {
  const queue = `${name}-transacted`;
  await channel.queueDeclare({ queue, exclusive: true });
  await channel.txSelect();
  await channel.basicPublish(queue, 'kept');
  await channel.txCommit();
  await channel.basicPublish(queue, 'undone');
  await channel.txRollback();
  const seen = await channel.queueDeclare({ queue, passive: true });
  await channel.close();
  return seen;
}

async function channelErrors(connection: Connection, name: string): Promise<unknown> {
  const attempt = async (action: (channel: Channel) => Promise<unknown>): Promise<string> => {
    const channel = await connection.acquire();
    channel.on('error', () => {});
    return await failureOf(action(channel));
  };
  return [
    await attempt((channel) => channel.queueDeclare({ queue: `${name}-missing`, passive: true })),
    await attempt((channel) => channel.exchangeDeclare({ exchange: 'amq.direct', type: 'fanout' })),
    await attempt((channel) => channel.queueDeclare({ queue: 'amq.forbidden' })),
  ];
}

async function refused(uri: string): Promise<string> {
  const connection = new Connection({ url: wrongPassword(uri), retryLow: 60_000 });
  const [error] = await once(connection, 'error');
  await connection.close();
  return String(error);
}
