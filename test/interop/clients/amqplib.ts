// The scenario of amqplib, the oldest client for Node.

import { once } from 'node:events';
import { type Channel, type ChannelModel, type ConsumeMessage, connect } from 'amqplib';
import { digest, failureOf, LARGE_BODY, type Scenario, UNICODE, wrongPassword } from './scenario.ts';

/** Every type of value that amqplib can put into a table. */
const HEADERS = {
  text: UNICODE,
  empty: '',
  yes: true,
  no: false,
  nothing: null,
  bytes: Buffer.from([0, 1, 254, 255]),
  list: ['a', 1, [true, null], { deep: 'x' }],
  table: { inner: { innermost: 70_000 } },
  emptyList: [],
  emptyTable: {},
  int8: -128,
  int16: -32_768,
  int32: -2_147_483_648,
  int64: -2_251_799_813_685_248,
  uint8: { '!': 'uint8', value: 255 },
  uint16: { '!': 'uint16', value: 65_535 },
  uint32: { '!': 'uint32', value: 4_294_967_295 },
  real: 0.1,
  float: { '!': 'float', value: 0.5 },
  timestamp: { '!': 'timestamp', value: 1_700_000_000 },
  decimal: { '!': 'decimal', value: { digits: 31_415, places: 4 } },
};

const PROPERTIES = {
  contentType: 'text/plain',
  contentEncoding: 'utf-8',
  headers: HEADERS,
  deliveryMode: 2,
  priority: 9,
  correlationId: 'correlated',
  replyTo: 'answers',
  expiration: '600000',
  messageId: UNICODE,
  timestamp: 1_700_000_000,
  type: 'greeting',
  userId: 'guest',
  appId: 'interop',
};

export const AMQPLIB: Scenario = {
  client: 'amqplib',
  async play(uri, name) {
    const connection = await connect(uri, { clientProperties: { connection_name: name } });
    connection.on('error', () => {});
    const seen = {
      topology: await topology(connection, name),
      messages: await messages(connection, name),
      confirms: await confirms(connection, name),
      channelErrors: await channelErrors(connection, name),
      secret: await failureOf(connection.updateSecret(Buffer.from('guest'), 'renewed')),
      connectionError: await connectionError(connection, name),
      refused: await failureOf(connect(wrongPassword(uri))),
      noVirtualHost: await failureOf(connect(`${uri}/${name}-nowhere`)),
    };
    return seen;
  },
};

async function topology(connection: ChannelModel, name: string): Promise<unknown> {
  const channel = await connection.createChannel();
  const seen: unknown[] = [];
  for (const type of ['direct', 'topic', 'fanout', 'headers']) {
    const options = { durable: false, autoDelete: true, internal: type === 'fanout' };
    seen.push(await channel.assertExchange(`${name}-${type}`, type, options));
  }
  const limits = { messageTtl: 60_000, expires: 600_000, maxLength: 100, deadLetterExchange: '', maxPriority: 10 };
  seen.push(await channel.assertQueue(`${name}-q`, { durable: true, autoDelete: false, exclusive: false, ...limits }));
  seen.push(await channel.checkQueue(`${name}-q`), await channel.checkExchange(`${name}-topic`));
  const { queue } = await channel.assertQueue('', { exclusive: true });
  seen.push(await channel.bindQueue(queue, `${name}-direct`, UNICODE));
  seen.push(await channel.bindQueue(`${name}-q`, `${name}-headers`, '', { 'x-match': 'all', kind: 1 }));
  seen.push(await channel.bindExchange(`${name}-fanout`, `${name}-topic`, 'a.*.#', { note: 'bound' }));
  seen.push(await channel.unbindExchange(`${name}-fanout`, `${name}-topic`, 'a.*.#', { note: 'bound' }));
  seen.push(await channel.unbindQueue(`${name}-q`, `${name}-headers`, '', { 'x-match': 'all', kind: 1 }));
  seen.push(await channel.deleteQueue(`${name}-q`, { ifEmpty: true, ifUnused: true }));
  for (const type of ['topic', 'fanout', 'headers']) seen.push(await channel.deleteExchange(`${name}-${type}`));
  await channel.close();
  return seen;
}

async function messages(connection: ChannelModel, name: string): Promise<unknown> {
  const channel = await connection.createChannel();
  const queue = `${name}-messages`;
  await channel.assertQueue(queue, { exclusive: true });
  const seen: unknown[] = [await channel.prefetch(3), await channel.prefetch(7, true), await channel.get(queue)];
  channel.publish('', queue, Buffer.from(UNICODE), PROPERTIES);
  channel.publish('', queue, Buffer.alloc(0));
  channel.publish('', queue, LARGE_BODY, { headers: {} });
  const deliveries = await consume(channel, queue, 'first', 3);
  seen.push(deliveries.map(shown));
  channel.nack(deliveries[0]!, false, true);
  seen.push((await consume(channel, queue, 'second', 1)).map(shown));
  await channel.recover();
  channel.ackAll();
  seen.push(await channel.checkQueue(queue));
  channel.sendToQueue(queue, Buffer.from('left'));
  channel.sendToQueue(queue, Buffer.from('over'));
  const got = await channel.get(queue, { noAck: false });
  if (got) {
    seen.push(shown(got));
    channel.reject(got, true);
  }
  seen.push(await channel.purgeQueue(queue));
  const flags = { consumerTag: 'cancelled', noAck: true, exclusive: true, priority: 3 };
  let cancel: ((message: ConsumeMessage | null) => void) | undefined;
  const cancelled = new Promise((resolve) => {
    cancel = resolve;
  });
  seen.push(await channel.consume(queue, (message) => cancel?.(message), flags));
  seen.push(await channel.deleteQueue(queue), await cancelled);
  await channel.close();
  return seen;
}

/** Consumes until so many have come. */
async function consume(channel: Channel, queue: string, consumerTag: string, count: number): Promise<ConsumeMessage[]> {
  const deliveries: ConsumeMessage[] = [];
  await new Promise<void>((resolve, reject) => {
    const take = (message: ConsumeMessage | null): void => {
      if (message) deliveries.push(message);
      if (deliveries.length === count) resolve();
    };
    channel.consume(queue, take, { consumerTag }).catch(reject);
  });
  await channel.cancel(consumerTag);
  return deliveries;
}

function shown(message: { fields: object; properties: object; content: Buffer }): unknown {
  return { ...message, content: digest(message.content) };
}

async function confirms(connection: ChannelModel, name: string): Promise<unknown> {
  const channel = await connection.createConfirmChannel();
  const { queue } = await channel.assertQueue(`${name}-confirmed`, {
    exclusive: true,
    maxLength: 1,
    arguments: { 'x-overflow': 'reject-publish' },
  });
  const publish = (exchange: string, key: string): Promise<string> =>
    failureOf(
      new Promise((resolve, reject) =>
        channel.publish(exchange, key, Buffer.from('x'), { mandatory: true }, (error) =>
          error ? reject(error) : resolve(undefined),
        ),
      ),
    );
  const seen: unknown[] = [await publish('', queue), await publish('', queue), await publish('', queue)];
  const returned = once(channel, 'return');
  seen.push(await publish('amq.direct', 'nowhere'));
  seen.push((await returned).map(shown));
  await channel.waitForConfirms();
  await channel.close();
  return seen;
}

async function channelErrors(connection: ChannelModel, name: string): Promise<unknown> {
  const attempt = async (action: (channel: Channel) => PromiseLike<unknown>): Promise<string> => {
    const channel = await connection.createChannel();
    channel.on('error', () => {});
    return await failureOf(action(channel));
  };
  return [
    await attempt((channel) => channel.checkQueue(`${name}-missing`)),
    await attempt((channel) => channel.assertExchange('amq.direct', 'topic')),
    await attempt((channel) => channel.assertQueue('amq.forbidden')),
    await attempt((channel) => {
      const closed = once(channel, 'close');
      channel.ack({ fields: { deliveryTag: 77 } } as never);
      return closed;
    }),
  ];
}

/** A consumer tag used twice is the connection's fault (530). */
async function connectionError(connection: ChannelModel, name: string): Promise<unknown> {
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  const { queue } = await channel.assertQueue(`${name}-twice`, { exclusive: true });
  const closed = once(connection, 'error');
  await channel.consume(queue, () => {}, { consumerTag: 'twice' });
  channel.consume(queue, () => {}, { consumerTag: 'twice' }).catch(() => {});
  return String(await closed);
}
