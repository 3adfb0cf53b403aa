// What @cloudamqp/amqp-client sees of a broker, transactions included.
//   node cloudamqp.mjs amqp://guest:guest@localhost/vhost

import { AMQPClient } from '@cloudamqp/amqp-client';
import { chapter, inbox, pleaseCloseConnections, say, tell } from './transcript.mjs';

const uri = process.argv[2];
const connection = await connect(uri);

async function connect(to) {
  const client = new AMQPClient(to);
  client.logger = undefined;
  return await client.connect();
}

/** What the broker says to a call on a channel of its own. */
async function attempt(what, call) {
  const channel = await connection.channel();
  await tell(what, call(channel));
  if (!channel.closed) await channel.close();
}

/** The same on a connection of its own, for what may cost the connection. */
async function risk(what, call) {
  const own = await connect(uri);
  await tell(what, own.channel().then(call));
  if (!own.closed) await own.close();
}

/** A queue for one chapter, gone with the connection. */
async function queueOf(channel, limits = {}) {
  return (await channel.queueDeclare('', { exclusive: true, durable: false, autoDelete: false }, limits)).name;
}

function told({ exchange, routingKey, deliveryTag, redelivered, messageCount, properties, body, ...more }) {
  const { replyCode, replyText } = more;
  return { exchange, routingKey, deliveryTag, redelivered, messageCount, replyCode, replyText, properties, body };
}

/** Everything on a queue, in order. */
async function drained(channel, queue) {
  const bodies = [];
  for (let got = await channel.basicGet(queue); got; got = await channel.basicGet(queue)) bodies.push(got.bodyString());
  return bodies;
}

async function handshake() {
  const { channelMax, frameMax, heartbeat } = connection;
  say('tuned', { channelMax, frameMax, heartbeat });
  await tell('wrong password', connect(uri.replace('guest:guest', 'guest:wrong')));
  await tell('no such vhost', connect(`${uri}-nowhere`));
  await tell('new secret', connection.updateSecret('guest', 'renewed'));
}

async function declarations() {
  const channel = await connection.channel();
  for (const type of ['direct', 'topic', 'fanout', 'headers']) {
    const flags = { durable: type === 'direct', autoDelete: true, internal: type === 'fanout' };
    await tell(type, channel.exchangeDeclare(`x.${type}`, type, flags, { note: type }));
  }
  await tell('queue', channel.queueDeclare('q', { durable: false, autoDelete: true }, { 'x-max-length': 10 }));
  await tell('passive', channel.queueDeclare('q', { passive: true }));
  await tell('server-named', channel.queueDeclare('', { exclusive: true, durable: false }));
  await tell('bind', channel.queueBind('q', 'x.headers', '', { 'x-match': 'any', kind: true }));
  await tell('unbind', channel.queueUnbind('q', 'x.headers', '', { 'x-match': 'any', kind: true }));
  await attempt('auto-deleted', (own) => own.exchangeDeclare('x.headers', 'headers', { passive: true }));
  await tell('bind exchange', channel.exchangeBind('x.direct', 'x.topic', '#.x', { note: 1 }));
  await tell('unbind exchange', channel.exchangeUnbind('x.direct', 'x.topic', '#.x', { note: 1 }));
  await attempt('auto-deleted', (own) => own.exchangeDeclare('x.topic', 'topic', { passive: true }));
  await attempt('other flags', (own) => own.queueDeclare('q', { durable: true }, { 'x-max-length': 10 }));
  await attempt('other arguments', (own) =>
    own.queueDeclare('q', { durable: false, autoDelete: true }, { 'x-max-length': 1 }),
  );
  await attempt('no arguments', (own) => own.queueDeclare('q', { durable: false, autoDelete: true }));
  await attempt('other type', (own) => own.exchangeDeclare('x.direct', 'topic'));
  await attempt('quorum and exclusive', (own) =>
    own.queueDeclare('q.q', { exclusive: true }, { 'x-queue-type': 'quorum' }),
  );
  await attempt('quorum and transient', (own) =>
    own.queueDeclare('q.q', { durable: false }, { 'x-queue-type': 'quorum' }),
  );
  await attempt('quorum and priorities', (own) =>
    own.queueDeclare('q.q', { durable: true }, { 'x-queue-type': 'quorum', 'x-max-priority': 3 }),
  );
  await tell('delete', channel.queueDelete('q', { ifUnused: true, ifEmpty: true }));
  for (const type of ['direct', 'fanout']) await tell('delete', channel.exchangeDelete(`x.${type}`));
  await tell('close', channel.close('declarations are done', 200));
}

/** Every type of value that @cloudamqp/amqp-client can put into a table. */
const HEADERS = {
  text: 'z ä € 🐇',
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

async function messages() {
  const channel = await connection.channel();
  const queue = await queueOf(channel);
  const properties = {
    contentType: 'text/plain',
    headers: HEADERS,
    deliveryMode: 2,
    timestamp: new Date(1_700_000_000_000),
  };
  await channel.basicPublish('', queue, 'properties', {
    ...properties,
    priority: 4,
    expiration: '600000',
    userId: 'guest',
  });
  await channel.basicPublish('', queue, '');
  await channel.basicPublish('', queue, new Uint8Array(300_000).fill(97), {
    correlationId: 'x',
    messageId: 'y',
    appId: 'z',
  });
  for (const noAck of [false, false, true]) say('got', told(await channel.basicGet(queue, { noAck })));
  await tell('nothing', channel.basicGet(queue));
  await channel.basicNack(2, true, true);
  say('back', await drained(channel, queue));
  await tell('recover', channel.basicRecover(true));
  await tell('purge', channel.queuePurge(queue));
  await attempt('unknown delivery tag', async (own) => {
    await own.basicReject(5, true);
    await own.queueDeclare(queue, { passive: true });
  });
  await attempt('someone else', async (own) => {
    await own.basicPublish('', queue, 'x', { userId: 'nobody' });
    await own.queueDeclare(queue, { passive: true });
  });
  await channel.close();
}

async function consuming() {
  const channel = await connection.channel();
  const queue = await queueOf(channel);
  await channel.basicQos(2);
  for (const body of ['1', '2', '3', '4']) await channel.basicPublish('', queue, body);
  const box = inbox();
  const consumer = await channel.basicConsume(queue, { noAck: false, tag: 'reader' }, box.push);
  const first = await box.take();
  say('first', told(first));
  const second = await box.take();
  await tell('two at a time', channel.queueDeclare(queue, { passive: true }));
  await second.nack(true);
  say('again', told(await box.take()));
  await first.ack();
  say('third', told(await box.take()));
  await consumer.cancel();
  await tell('no consumer', channel.queueDeclare(queue, { passive: true }));
  await channel.basicRecover(true);
  say('recovered', await drained(channel, queue));
  await attempt('exclusive', async (own) => {
    await own.basicConsume(queue, { exclusive: true }, () => {});
    await own.basicConsume(queue, {}, () => {});
  });
  await attempt('missing queue', (own) => own.basicConsume('q.missing', {}, () => {}));
  const doomed = await channel.basicConsume(queue, { tag: 'doomed' }, () => {});
  await channel.queueDelete(queue);
  await tell('queue deleted', doomed.wait());
  await channel.close();
}

async function confirms() {
  const channel = await connection.channel();
  await channel.confirmSelect();
  const overflow = { 'x-max-length': 1, 'x-overflow': 'reject-publish' };
  const queue = await queueOf(channel, overflow);
  const returned = inbox();
  channel.onReturn = returned.push;
  await tell('first', channel.basicPublish('', queue, 'first'));
  await tell('second', channel.basicPublish('', queue, 'second'));
  await tell('nowhere', channel.basicPublish('amq.topic', 'no.where', 'third', { type: 'lost' }, true));
  say('returned', told(await returned.take()));
  await channel.close();
}

async function transactions() {
  const own = await connect(uri);
  const channel = await own.channel();
  const queue = await queueOf(channel);
  await tell('select', channel.txSelect());
  await channel.basicPublish('', queue, 'kept');
  await channel.basicPublish('', queue, 'kept too');
  await tell('before the commit', channel.queueDeclare(queue, { passive: true }));
  await tell('commit', channel.txCommit());
  await channel.basicPublish('', queue, 'undone');
  await tell('rollback', channel.txRollback());
  const got = await channel.basicGet(queue, { noAck: false });
  await got.ack();
  await channel.txRollback();
  await tell('ack undone: still out', channel.queueDeclare(queue, { passive: true }));
  await channel.basicRecover(true);
  say('left', await drained(channel, queue));
  await attempt('commit without a transaction', (plain) => plain.txCommit());
  await attempt('rollback without a transaction', (plain) => plain.txRollback());
  await attempt('transaction after confirms', (plain) => plain.confirmSelect().then(() => plain.txSelect()));
  await attempt('confirms after a transaction', (plain) => plain.txSelect().then(() => plain.confirmSelect()));
  await own.close();
}

async function streams() {
  const channel = await connection.channel();
  await tell('stream', channel.queueDeclare('s', { durable: true }, { 'x-queue-type': 'stream', 'x-max-age': '1D' }));
  await channel.confirmSelect();
  for (const body of ['0', '1', '2', '3', '4']) await channel.basicPublish('', 's', body, { deliveryMode: 2 });
  const read = async (offset, count) => {
    const reader = await connection.channel();
    await reader.basicQos(10);
    const box = inbox();
    await reader.basicConsume('s', { noAck: false, args: { 'x-stream-offset': offset } }, box.push);
    const seen = [];
    for (let i = 0; i < count; i++) {
      const message = await box.take();
      await message.ack();
      seen.push([message.bodyString(), message.properties.headers['x-stream-offset']]);
    }
    await reader.close();
    say(`from ${offset}`, seen);
  };
  await read('first', 5);
  await read(3, 2);
  await read(0, 5);
  await risk('without prefetch', (own) => own.basicConsume('s', { noAck: false }, () => {}));
  await risk('without acks', async (own) => {
    await own.basicQos(1);
    await own.basicConsume('s', { noAck: true }, () => {});
  });
  await risk('get', (own) => own.basicGet('s'));
  await risk('purge', (own) => own.queuePurge('s'));
  await risk('exclusive', (own) => own.queueDeclare('s.x', { exclusive: true }, { 'x-queue-type': 'stream' }));
  await risk('TTL', (own) =>
    own.queueDeclare('s.x', { durable: true }, { 'x-queue-type': 'stream', 'x-message-ttl': 1 }),
  );
  await tell('delete', channel.queueDelete('s'));
}

async function ends() {
  await risk('unknown type', (channel) => channel.exchangeDeclare('x', 'x-strange'));
  await risk('immediate', async (channel) => {
    await channel.basicPublish('', 'q.missing', 'x', {}, false, true);
    await channel.basicQos(1);
  });
  const doomed = await connect(uri);
  const over = new Promise((resolve) => {
    doomed.ondisconnect = resolve;
  });
  const channel = await doomed.channel();
  const consumer = await channel.basicConsume(await queueOf(channel), {}, () => {});
  const waiting = tell('consumer', consumer.wait());
  pleaseCloseConnections();
  await waiting;
  say('connection', `${await over}`);
}

const chapters = { handshake, declarations, messages, consuming, confirms, transactions, streams, ends };
for (const [title, play] of Object.entries(chapters)) {
  chapter(title);
  await play();
}
console.log('\nthe end');
process.exit(0);
