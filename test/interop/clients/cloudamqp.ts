// The scenario of @cloudamqp/amqp-client, whose codec also runs in browsers.

import { type AMQPBaseClient, type AMQPChannel, AMQPClient, type AMQPMessage } from '@cloudamqp/amqp-client';
import { digest, failureOf, LARGE_BODY, type Scenario, UNICODE, wrongPassword } from './scenario.ts';

/** Every type of value that @cloudamqp/amqp-client can put into a table. */
const HEADERS = {
  text: UNICODE,
  yes: true,
  no: false,
  nothing: null,
  list: ['a', 1, { deep: [false] }],
  table: { inner: { innermost: 'x' } },
  small: 7,
  large: 4_294_967_296,
  huge: 9_223_372_036_854_775_807n,
  real: 1.5,
  date: new Date(1_700_000_000_000),
  bytes: new Uint8Array([0, 128, 255]),
};

const PROPERTIES = {
  contentType: 'text/plain',
  contentEncoding: 'utf-8',
  headers: HEADERS,
  deliveryMode: 1,
  priority: 4,
  correlationId: 'correlated',
  replyTo: 'answers',
  expiration: '600000',
  messageId: UNICODE,
  timestamp: new Date(1_700_000_000_000),
  type: 'greeting',
  userId: 'guest',
  appId: 'interop',
};

export const CLOUDAMQP: Scenario = {
  client: '@cloudamqp/amqp-client',
  async play(uri, name) {
    const connection = await connect(`${uri}?name=${name}`);
    const seen = {
      topology: await topology(await connection.channel(), name),
      messages: await messages(await connection.channel(), name),
      confirms: await confirms(await connection.channel(), name),
      transactions: await transactions(await connection.channel(), name),
      channelErrors: await channelErrors(connection, name),
      secret: await failureOf(connection.updateSecret('guest', 'renewed')),
    };
    await connection.close('done', 200);
    return {
      ...seen,
      connectionError: await connectionError(uri, name),
      refused: await failureOf(connect(wrongPassword(uri))),
      noVirtualHost: await failureOf(connect(`${uri}/${name}-nowhere`)),
    };
  },
};

async function connect(uri: string): Promise<AMQPBaseClient> {
  const client = new AMQPClient(uri);
  client.logger = undefined;
  return await client.connect();
}

async function topology(channel: AMQPChannel, name: string): Promise<unknown> {
  const seen: unknown[] = [];
  for (const type of ['direct', 'topic', 'fanout', 'headers']) {
    const flags = { durable: false, autoDelete: true, internal: type === 'fanout' };
    seen.push(await channel.exchangeDeclare(`${name}-${type}`, type, flags, { note: type }));
  }
  const queue = `${name}-q`;
  seen.push(await channel.queueDeclare(queue, { durable: false, autoDelete: true }, { 'x-max-length': 10 }));
  seen.push(await channel.queueDeclare(queue, { passive: true }));
  seen.push((await channel.queueBind(queue, `${name}-headers`, '', { 'x-match': 'any', kind: true })) === undefined);
  seen.push(await channel.exchangeBind(`${name}-fanout`, `${name}-topic`, '#.x', { note: 1 }));
  seen.push(await channel.exchangeUnbind(`${name}-fanout`, `${name}-topic`, '#.x', { note: 1 }));
  await channel.queueUnbind(queue, `${name}-headers`, '', { 'x-match': 'any', kind: true });
  seen.push(await channel.queueDelete(queue, { ifUnused: true, ifEmpty: true }));
  for (const type of ['direct', 'topic', 'fanout']) seen.push(await channel.exchangeDelete(`${name}-${type}`));
  await channel.close('topology is done', 200);
  return JSON.parse(JSON.stringify(seen));
}

async function messages(channel: AMQPChannel, name: string): Promise<unknown> {
  const queue = `${name}-messages`;
  await channel.queueDeclare(queue, { exclusive: true });
  await channel.basicQos(3, 0, true);
  const seen: unknown[] = [await channel.basicGet(queue), await channel.basicFlow(true)];
  await channel.basicPublish('', queue, UNICODE, PROPERTIES);
  await channel.basicPublish('', queue, null);
  await channel.basicPublish('', queue, LARGE_BODY, { headers: {} });
  const deliveries = await consume(channel, queue, 'first', 3);
  seen.push(deliveries.map(shown));
  await channel.basicNack(deliveries[0]!.deliveryTag, true, false);
  await channel.basicReject(deliveries[1]!.deliveryTag, false);
  await channel.basicRecover(true);
  seen.push(await channel.queuePurge(queue));
  await channel.basicPublish('', queue, 'left over');
  const got = await channel.basicGet(queue, { noAck: false });
  seen.push(got && shown(got));
  await channel.basicAck(0, true);
  const args = { 'x-priority': 1 };
  const consumer = await channel.basicConsume(
    queue,
    { tag: 'cancelled', noAck: true, exclusive: true, args },
    () => {},
  );
  const cancelled = failureOf(consumer.wait());
  seen.push(await channel.queueDelete(queue), await cancelled);
  await channel.close();
  return seen;
}

/** Consumes until so many have come. */
async function consume(channel: AMQPChannel, queue: string, tag: string, count: number): Promise<AMQPMessage[]> {
  const deliveries: AMQPMessage[] = [];
  await new Promise<void>((resolve, reject) => {
    const take = (message: AMQPMessage): void => {
      if (deliveries.push(message) === count) resolve();
    };
    channel.basicConsume(queue, { tag, noAck: false }, take).catch(reject);
  });
  await channel.basicCancel(tag);
  return deliveries;
}

function shown({ deliveryTag, redelivered, exchange, routingKey, properties, bodySize, body }: AMQPMessage): unknown {
  const text = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
  const content = digest(body ?? new Uint8Array());
  const message = { deliveryTag, redelivered, exchange, routingKey, properties, bodySize, content };
  return JSON.parse(JSON.stringify(message, text));
}

async function confirms(channel: AMQPChannel, name: string): Promise<unknown> {
  await channel.confirmSelect();
  const limits = { 'x-max-length': 1, 'x-overflow': 'reject-publish' };
  const { name: queue } = await channel.queueDeclare(`${name}-confirmed`, { exclusive: true }, limits);
  const seen: unknown[] = [];
  for (const body of ['one', 'two', 'three']) seen.push(await failureOf(channel.basicPublish('', queue, body)));
  const returned = new Promise<AMQPMessage>((resolve) => {
    channel.onReturn = resolve;
  });
  seen.push(await channel.basicPublish('amq.headers', 'nowhere', 'x', { headers: { a: 1 } }, true));
  const { replyCode, replyText, exchange, routingKey } = await returned;
  seen.push({ replyCode, replyText, exchange, routingKey });
  await channel.close();
  return seen;
}

async function transactions(channel: AMQPChannel, name: string): Promise<unknown> {
  const { name: queue } = await channel.queueDeclare(`${name}-transacted`, { exclusive: true });
  await channel.txSelect();
  await channel.basicPublish('', queue, 'kept');
  await channel.txCommit();
  await channel.basicPublish('', queue, 'undone');
  await channel.txRollback();
  const seen = await channel.queueDeclare(queue, { passive: true });
  await channel.close();
  return seen;
}

async function channelErrors(connection: AMQPBaseClient, name: string): Promise<unknown> {
  const attempt = async (action: (channel: AMQPChannel) => Promise<unknown>): Promise<string> => {
    const channel = await connection.channel();
    channel.onerror = () => {};
    return await failureOf(action(channel));
  };
  return [
    await attempt((channel) => channel.queueDeclare(`${name}-missing`, { passive: true })),
    await attempt((channel) => channel.exchangeDeclare('amq.direct', 'fanout')),
    await attempt((channel) => channel.queueDeclare('amq.forbidden')),
  ];
}

/** What was meant to be delivered at once or not at all is not implemented (540): the connection's fault. */
async function connectionError(uri: string, name: string): Promise<string> {
  const connection = await connect(uri);
  const failure = new Promise<string>((resolve) => {
    connection.onerror = (error) => resolve(String(error));
  });
  const channel = await connection.channel();
  channel.basicPublish('', name, 'now or never', {}, false, true).catch(() => {});
  return await failure;
}
