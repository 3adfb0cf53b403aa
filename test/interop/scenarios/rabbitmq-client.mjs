// What rabbitmq-client sees of a broker: it connects again by itself, and sets up anew what its consumers and publishers need.
//   node rabbitmq-client.mjs amqp://guest:guest@localhost/vhost

import { Connection, ConsumerStatus } from 'rabbitmq-client';
import { chapter, inbox, next, pleaseCloseConnections, say, tell } from './transcript.mjs';

const uri = process.argv[2];
const connection = new Connection({ url: uri, retryLow: 10, retryHigh: 50 });
connection.on('error', ({ code, message }) => say('connection error', `${code} ${message}`));
await connection.onConnect();

/** What the broker says to a call on a channel of its own. */
async function attempt(what, call) {
  const channel = await connection.acquire();
  await tell(what, call(channel));
  await channel.close();
}

async function declarations() {
  for (const type of ['direct', 'topic', 'fanout', 'headers']) {
    await tell(type, connection.exchangeDeclare({ exchange: `x.${type}`, type, autoDelete: true, durable: false }));
  }
  const queue = { queue: 'q', durable: true, arguments: { 'x-max-length': 10, 'x-dead-letter-exchange': 'x.dead' } };
  await tell('queue', connection.queueDeclare(queue));
  await tell('passive', connection.queueDeclare({ queue: 'q', passive: true }));
  await tell('bind', connection.queueBind({ queue: 'q', exchange: 'x.topic', routingKey: 'a.#' }));
  await tell('bind exchange', connection.exchangeBind({ source: 'x.topic', destination: 'x.direct', routingKey: 'b' }));
  await tell(
    'unbind exchange',
    connection.exchangeUnbind({ source: 'x.topic', destination: 'x.direct', routingKey: 'b' }),
  );
  await tell('unbind', connection.queueUnbind({ queue: 'q', exchange: 'x.topic', routingKey: 'a.#' }));
  await attempt('other arguments', (own) => own.queueDeclare({ ...queue, arguments: { 'x-max-length': 9 } }));
  await attempt('other flags', (own) => own.queueDeclare({ ...queue, exclusive: true }));
  await attempt('other type', (own) => own.exchangeDeclare({ exchange: 'x.direct', type: 'topic', durable: false }));
  await attempt('missing exchange', (own) => own.queueBind({ queue: 'q', exchange: 'x.missing' }));
  await attempt('missing queue', (own) => own.queuePurge('q.missing'));
  await attempt('internal', async (own) => {
    await own.exchangeDeclare({ exchange: 'x.internal', type: 'fanout', internal: true, autoDelete: true });
    const failed = next(own, 'close');
    await own.basicPublish({ exchange: 'x.internal' }, 'cannot');
    await failed;
    await own.queueDeclare();
  });
  await tell('purge', connection.queuePurge('q'));
  await tell('delete', connection.queueDelete({ queue: 'q', ifEmpty: true, ifUnused: true }));
  for (const type of ['direct', 'topic', 'fanout', 'headers'])
    await tell('delete', connection.exchangeDelete({ exchange: `x.${type}` }));
  await attempt('deleted', (own) => own.exchangeDeclare({ exchange: 'x.topic', passive: true }));
}

async function messages() {
  const channel = await connection.acquire();
  await channel.confirmSelect();
  const { queue } = await channel.queueDeclare({ exclusive: true });
  const properties = {
    durable: true,
    priority: 3,
    correlationId: 'correlated',
    replyTo: 'answers',
    expiration: '600000',
    messageId: 'z ä € 🐇',
    timestamp: 1_700_000_000,
    type: 'greeting',
    userId: 'guest',
    appId: 'interop',
    headers: {
      text: 'ä',
      yes: true,
      none: null,
      list: [1, 'two', [3.5]],
      table: { inner: 2 ** 40 },
      bytes: Buffer.of(0, 255),
    },
  };
  await channel.basicPublish({ routingKey: queue, ...properties }, { written: 'as JSON' });
  await channel.basicPublish({ routingKey: queue, timestamp: 1 }, 'text');
  await channel.basicPublish({ routingKey: queue, timestamp: 2 }, Buffer.alloc(200_000, 'large '));
  for (const what of ['JSON', 'text', 'large']) await tell(what, channel.basicGet({ queue, noAck: what === 'text' }));
  await channel.basicNack({ deliveryTag: 3, multiple: true, requeue: true });
  await tell('redelivered', channel.basicGet(queue));
  await channel.basicNack({ deliveryTag: 4, requeue: false });
  await channel.basicRecover({ requeue: true });
  await tell('purged', channel.queuePurge(queue));
  await tell('nothing left', channel.basicGet(queue));
  const returned = next(channel, 'basic.return');
  await tell('mandatory', channel.basicPublish({ routingKey: 'q.missing', mandatory: true, timestamp: 3 }, 'back'));
  say('returned', await returned);
  await channel.close();
  await attempt('refused', async (own) => {
    await own.confirmSelect();
    const full = await own.queueDeclare({
      exclusive: true,
      arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' },
    });
    await own.basicPublish(full.queue, 'fits');
    await own.basicPublish(full.queue, 'does not');
  });
}

async function consumers() {
  const box = inbox();
  const consumer = connection.createConsumer(
    {
      queue: 'q.work',
      queueOptions: { autoDelete: true },
      qos: { prefetchCount: 1 },
      exchanges: [{ exchange: 'x.work', type: 'topic', autoDelete: true }],
      queueBindings: [{ exchange: 'x.work', routingKey: 'do.*' }],
      consumerTag: 'worker',
    },
    ({ body, redelivered, deliveryTag, routingKey }) => {
      box.push({ body, redelivered, deliveryTag, routingKey });
      return body === 'twice' && !redelivered ? ConsumerStatus.REQUEUE : ConsumerStatus.ACK;
    },
  );
  consumer.on('error', ({ code, message }) => say('consumer error', [code, message].join(' ').trim()));
  await next(consumer, 'ready');
  const publisher = connection.createPublisher({ confirm: true });
  for (const body of ['once', 'twice']) {
    await publisher.send({ exchange: 'x.work', routingKey: `do.${body}` }, body);
    say(body, await box.take());
    if (body === 'twice') say(body, await box.take());
  }
  await publisher.send({ exchange: 'x.work', routingKey: 'leave.it' }, 'nobody cares');

  const ready = next(consumer, 'ready');
  pleaseCloseConnections();
  await ready;
  await publisher.send({ exchange: 'x.work', routingKey: 'do.more' }, 'after the reconnection');
  say('goes on', await box.take());

  await connection.queueDeclare({ queue: 'q.work', passive: true }).then((found) => say('in use', found));
  const again = next(consumer, 'ready');
  await connection.queueDelete('q.work');
  await again; // cancelled by the broker, it declares the queue anew
  await publisher.send({ exchange: 'x.work', routingKey: 'do.again' }, 'after the cancellation');
  say('goes on', await box.take());
  await publisher.close();
  await consumer.close();
  await attempt('auto-deleted', (own) => own.queueDeclare({ queue: 'q.work', passive: true }));
}

async function procedureCalls() {
  const server = connection.createConsumer(
    { queue: 'q.double', queueOptions: { exclusive: true }, noAck: true },
    async ({ body }, reply) => await reply(body * 2),
  );
  await next(server, 'ready');
  const client = connection.createRPCClient({ confirm: true });
  const answers = await Promise.all([1, 2, 3].map((number) => client.send('q.double', number)));
  say(
    'answers',
    answers.map(({ body, exchange, contentType }) => ({ body, exchange, contentType })),
  );
  await client.close();
  await server.close();
}

for (const [title, play] of Object.entries({ declarations, messages, consumers, procedureCalls })) {
  chapter(title);
  await play();
}
await connection.close();
console.log('\nthe end');
