// What amqplib, the oldest client for Node, sees of a broker.
//   node amqplib.mjs amqp://guest:guest@localhost/vhost

import { once } from 'node:events';
import { connect } from 'amqplib';
import { chapter, inbox, next, pleaseCloseConnections, say, tell } from './transcript.mjs';

const uri = process.argv[2];
const connection = await connect(uri);
connection.on('error', () => {});

/** A channel that may fail: what the broker says shows in the call that failed. */
async function channelOf(owner = connection) {
  const channel = await owner.createChannel();
  channel.on('error', () => {});
  return channel;
}

/** What the broker says to a call on a channel of its own. */
async function attempt(what, call) {
  const channel = await channelOf();
  await tell(what, call(channel));
  await channel.close().catch(() => {});
}

/** A queue for one chapter, gone with the connection. */
async function queueOf(channel, options = {}) {
  return (await channel.assertQueue('', { exclusive: true, ...options })).queue;
}

/** Everything on a queue, in order. */
async function drained(channel, queue) {
  const bodies = [];
  for (let got = await channel.get(queue, { noAck: true }); got; got = await channel.get(queue, { noAck: true })) {
    bodies.push(got.content.toString());
  }
  return bodies;
}

async function handshake() {
  const { serverProperties, frameMax, channelMax, heartbeat } = connection.connection;
  say('capabilities', Object.entries(serverProperties.capabilities).sort());
  say('properties', Object.keys(serverProperties).sort());
  say('tuned', { frameMax, channelMax, heartbeat });
  await tell('wrong password', connect(uri.replace('guest:guest', 'guest:wrong')));
  await tell('no such user', connect(uri.replace('guest:guest', 'nobody:wrong')));
  await tell('no such vhost', connect(`${uri}-nowhere`));
}

async function declarations() {
  const channel = await channelOf();
  for (const type of ['direct', 'topic', 'fanout', 'headers']) {
    await tell(
      type,
      channel.assertExchange(`x.${type}`, type, { durable: type === 'topic', internal: type === 'fanout' }),
    );
  }
  await tell('alternate', channel.assertExchange('x.alternate', 'direct', { alternateExchange: 'x.fanout' }));
  await tell('passive exchange', channel.checkExchange('x.topic'));
  const limits = { messageTtl: 60_000, expires: 600_000, maxLength: 5, deadLetterExchange: 'x.dead', maxPriority: 5 };
  await tell('queue', channel.assertQueue('q', { durable: true, ...limits }));
  await tell('again', channel.assertQueue('q', { durable: true, ...limits }));
  await tell('passive queue', channel.checkQueue('q'));
  await tell('server-named', channel.assertQueue('', { exclusive: true }));
  for (const [what, options] of Object.entries({
    'not durable': { durable: false, ...limits },
    'auto-delete': { autoDelete: true, ...limits },
    'other TTL': { ...limits, messageTtl: 1 },
    'no TTL': { ...limits, messageTtl: undefined },
    'no such argument before': { ...limits, arguments: { 'x-max-length-bytes': 1 } },
    'other dead letter exchange': { ...limits, deadLetterExchange: 'elsewhere' },
  })) {
    await attempt(`queue again, ${what}`, (own) => own.assertQueue('q', { durable: true, ...options }));
  }
  for (const [argument, value] of [
    ['x-message-ttl', -1],
    ['x-message-ttl', 'soon'],
    ['x-expires', 0],
    ['x-max-length', -5],
    ['x-max-length-bytes', 'many'],
    ['x-overflow', 'explode'],
    ['x-max-priority', 256],
    ['x-dead-letter-exchange', 7],
    ['x-dead-letter-routing-key', 'no exchange'],
    ['x-queue-mode', 'slow'],
    ['x-queue-type', 'shoebox'],
    ['x-single-active-consumer', 'yes'],
    ['x-delivery-limit', 'few'],
  ]) {
    await attempt(`queue with ${argument} ${value}`, async (own) => {
      await own.assertQueue('q.refused', { arguments: { [argument]: value } });
      return await own.deleteQueue('q.refused');
    });
  }
  await attempt('exchange again, not durable', (own) => own.assertExchange('x.topic', 'topic', { durable: false }));
  await attempt('exchange again, other type', (own) => own.assertExchange('x.topic', 'fanout'));
  await attempt('exchange again, internal', (own) => own.assertExchange('x.topic', 'topic', { internal: true }));
  await attempt('exchange again, auto-delete', (own) => own.assertExchange('x.topic', 'topic', { autoDelete: true }));
  await attempt('exchange of the default name', (own) => own.assertExchange('', 'direct'));
  await attempt('reserved exchange', (own) => own.assertExchange('amq.mine', 'direct'));
  await attempt('reserved queue', (own) => own.assertQueue('amq.mine'));
  await attempt('missing queue', (own) => own.checkQueue('q.missing'));
  await attempt('missing exchange', (own) => own.checkExchange('x.missing'));
  await attempt('delete missing queue', (own) => own.deleteQueue('q.missing'));
  await attempt('delete missing exchange', (own) => own.deleteExchange('x.missing'));
  await attempt('delete predeclared exchange', (own) => own.deleteExchange('amq.topic'));
  await attempt('delete default exchange', (own) => own.deleteExchange(''));
  await attempt('purge missing queue', (own) => own.purgeQueue('q.missing'));
  await attempt('queue of another connection', async (own) => {
    const other = await connect(uri);
    const { queue } = await (await other.createChannel()).assertQueue('q.exclusive', { exclusive: true });
    await tell('get', own.get(queue)).finally(() => other.close());
  });
  await tell('delete', channel.deleteQueue('q', { ifUnused: true, ifEmpty: true }));
  for (const type of ['direct', 'topic', 'fanout', 'headers', 'alternate']) await channel.deleteExchange(`x.${type}`);
  await channel.close();
}

async function routing() {
  const channel = await channelOf();
  const queues = { a: await queueOf(channel), b: await queueOf(channel), other: await queueOf(channel) };
  for (const type of ['direct', 'topic', 'headers']) {
    await channel.assertExchange(`r.${type}`, type, { alternateExchange: 'r.other', autoDelete: true });
  }
  await channel.assertExchange('r.other', 'fanout', { autoDelete: true });
  await channel.bindQueue(queues.other, 'r.other', '');
  await channel.bindQueue(queues.a, 'r.direct', 'one');
  await channel.bindQueue(queues.a, 'r.direct', 'one', { twice: true });
  await channel.bindQueue(queues.b, 'r.direct', 'two');
  await channel.bindExchange('r.topic', 'r.direct', 'one');
  for (const pattern of ['*', 'a.#', '#.z.#', '*.b.*']) await channel.bindQueue(queues.a, 'r.topic', pattern);
  for (const pattern of ['#', '*.*', '#.#.#.c', 'one']) await channel.bindQueue(queues.b, 'r.topic', pattern);
  await channel.bindQueue(queues.a, 'r.headers', '', { 'x-match': 'all', kind: 'x', size: 1 });
  await channel.bindQueue(queues.b, 'r.headers', '', { 'x-match': 'any', kind: 'y', size: 1, blank: null });
  const publish = async (exchange, key, headers) => {
    channel.publish(exchange, key, Buffer.from(key), { headers });
    const reached = {};
    for (const [name, queue] of Object.entries(queues)) reached[name] = (await drained(channel, queue)).length;
    say(`${exchange} ${key} ${JSON.stringify(headers ?? {})}`, reached);
  };
  for (const key of ['one', 'two', 'three', '']) await publish('r.direct', key);
  await channel.unbindQueue(queues.b, 'r.topic', '#');
  for (const key of ['', 'a', 'a.b', 'a.b.c', 'x.y.z', 'z', 'a..c', '.', 'q.b.', '*', '#', 'c'])
    await publish('r.topic', key);
  for (const headers of [
    {},
    { kind: 'x', size: 1 },
    { kind: 'x' },
    { size: 1, more: true },
    { blank: 'set' },
    { kind: 1 },
  ]) {
    await publish('r.headers', 'h', headers);
  }
  await attempt('bind missing queue', (own) => own.bindQueue('q.missing', 'r.direct', ''));
  await attempt('bind to missing exchange', (own) => own.bindQueue(queues.a, 'x.missing', ''));
  await attempt('bind to default exchange', (own) => own.bindQueue(queues.a, '', ''));
  await attempt('bad x-match', (own) => own.bindQueue(queues.a, 'r.headers', '', { 'x-match': 'some' }));
  await attempt('bind exchange to missing', (own) => own.bindExchange('r.direct', 'x.missing', ''));
  await attempt('unbind what is not bound', (own) => own.unbindQueue(queues.a, 'r.direct', 'never'));
  await attempt('delete exchange in use', (own) => own.deleteExchange('r.direct', { ifUnused: true }));
  const returned = next(channel, 'return');
  channel.publish('', 'q.missing', Buffer.from('back'), { mandatory: true, headers: { kept: [1] } });
  say('returned', await returned);
  await attempt('publish to missing exchange', async (own) => {
    own.publish('x.missing', '', Buffer.from('lost'));
    throw (await once(own, 'error'))[0];
  });
  for (const queue of Object.values(queues)) await channel.deleteQueue(queue);
  await tell(
    'auto-delete exchanges',
    Promise.all(['r.topic', 'r.other', 'r.headers'].map((x) => channel.deleteExchange(x))),
  );
  await attempt('auto-deleted already', (own) => own.checkExchange('r.direct'));
  await channel.close();
}

/** Every type of value that amqplib can put into a table. */
const HEADERS = {
  text: 'z ä € 🐇',
  empty: '',
  yes: true,
  nothing: null,
  bytes: Buffer.from([0, 1, 254, 255]),
  list: ['a', 1, [true, null], { deep: 'x' }],
  table: { inner: { innermost: 70_000 }, none: {} },
  emptyList: [],
  int8: -128,
  int16: -32_768,
  int32: -2_147_483_648,
  int64: -2_251_799_813_685_248,
  uint32: { '!': 'uint32', value: 4_294_967_295 },
  real: 0.1,
  float: { '!': 'float', value: 0.5 },
  timestamp: { '!': 'timestamp', value: 1_700_000_000 },
  decimal: { '!': 'decimal', value: { digits: 31_415, places: 4 } },
};

async function messages() {
  const channel = await channelOf();
  const queue = await queueOf(channel);
  await tell('get of nothing', channel.get(queue));
  channel.sendToQueue(queue, Buffer.from('all properties'), {
    contentType: 'text/plain',
    contentEncoding: 'utf-8',
    headers: HEADERS,
    deliveryMode: 2,
    priority: 9,
    correlationId: 'correlated',
    replyTo: 'answers',
    expiration: '600000',
    messageId: 'ä',
    timestamp: 1_700_000_000,
    type: 'greeting',
    userId: 'guest',
    appId: 'interop',
  });
  channel.sendToQueue(queue, Buffer.alloc(0));
  channel.sendToQueue(queue, Buffer.alloc(300_000, 'large '), { headers: {} });
  for (const what of ['all properties', 'nothing', 'large']) await tell(what, channel.get(queue));
  await tell('three are out', channel.checkQueue(queue));
  channel.nackAll();
  await tell('redelivered', channel.get(queue, { noAck: true }));
  await tell('purged', channel.purgeQueue(queue));
  for (const body of ['1', '2', '3', '4', '5']) channel.sendToQueue(queue, Buffer.from(body));
  const got = [];
  for (let i = 0; i < 4; i++) got.push(await channel.get(queue));
  channel.reject(got[2], true);
  channel.nack(got[1], true, true);
  say('back in their places', await drained(channel, queue));
  channel.ackAll();
  await attempt('someone else`s user id', async (own) => {
    own.sendToQueue(queue, Buffer.from('x'), { userId: 'nobody' });
    throw (await once(own, 'error'))[0];
  });
  await attempt('an expiration that is none', async (own) => {
    own.sendToQueue(queue, Buffer.from('x'), { expiration: 'tomorrow' });
    throw (await once(own, 'error'))[0];
  });
  for (const [what, headers, options] of [
    ['to other queues too', {}, { CC: [queue, 'q.missing'], BCC: queue }],
    ['secretly', {}, { CC: queue, BCC: [queue] }],
  ]) {
    channel.sendToQueue('q.missing', Buffer.from('copies'), { headers, ...options });
    say(what, [(await channel.get(queue, { noAck: true })).properties.headers, await channel.get(queue)]);
  }
  await channel.close();
}

async function consuming() {
  const channel = await channelOf();
  const queue = await queueOf(channel);
  for (let i = 1; i <= 6; i++) channel.sendToQueue(queue, Buffer.from(`${i}`));
  await channel.prefetch(2);
  const box = inbox();
  say('consume', await channel.consume(queue, box.push, { consumerTag: 'two at a time' }));
  const [first, second] = [await box.take(), await box.take()];
  say('first', first);
  await tell('four are left', channel.checkQueue(queue));
  channel.ack(first);
  const third = await box.take();
  say('third', third);
  channel.nack(second, false, true);
  say('second again', (await box.take()).fields);
  say('cancel', await channel.cancel('two at a time'));
  await channel.recover();
  say('recovered', await drained(channel, queue));
  await attempt('consume from missing queue', (own) => own.consume('q.missing', () => {}));
  await attempt('two exclusive consumers', async (own) => {
    await own.consume(queue, () => {}, { exclusive: true });
    return await own.consume(queue, () => {}, { exclusive: true });
  });
  await attempt('ack of what is unknown', async (own) => {
    own.ack({ fields: { deliveryTag: 77 } });
    throw (await once(own, 'error'))[0];
  });
  const cancelled = inbox();
  await channel.consume(queue, cancelled.push, { consumerTag: 'in vain' });
  await tell('in use', channel.checkQueue(queue));
  await attempt('delete if unused', (own) => own.deleteQueue(queue, { ifUnused: true }));
  await tell('delete', channel.deleteQueue(queue));
  say('cancelled by the broker', await cancelled.take());
  const { queue: gone } = await channel.assertQueue('q.auto-delete', { autoDelete: true });
  const { consumerTag } = await channel.consume(gone, () => {});
  await channel.cancel(consumerTag);
  await attempt('auto-deleted with its last consumer', (own) => own.checkQueue(gone));
  await channel.close();
}

async function consumers() {
  const channel = await channelOf();
  await channel.prefetch(1);
  const queue = await queueOf(channel);
  const boxes = { low: inbox(), high: inbox() };
  await channel.consume(queue, boxes.low.push, { consumerTag: 'low' });
  await channel.consume(queue, boxes.high.push, { consumerTag: 'high', priority: 10 });
  for (const body of ['1', '2']) channel.sendToQueue(queue, Buffer.from(body));
  say('higher priority', (await boxes.high.take()).content);
  say('lower priority', (await boxes.low.take()).content);
  const single = await queueOf(channel, { arguments: { 'x-single-active-consumer': true } });
  const [active, idle] = [inbox(), inbox()];
  await channel.consume(single, active.push, { consumerTag: 'active' });
  await channel.consume(single, idle.push, { consumerTag: 'idle' });
  channel.sendToQueue(single, Buffer.from('1'));
  const message = await active.take();
  say('active', message.content);
  await channel.cancel('active');
  channel.ack(message);
  channel.sendToQueue(single, Buffer.from('2'));
  say('no longer idle', (await idle.take()).content);
  const priorities = await queueOf(channel, { maxPriority: 5 });
  for (const priority of [0, 9, 3, 5, undefined, 1])
    channel.sendToQueue(priorities, Buffer.from(`${priority}`), { priority });
  await channel.checkQueue(priorities);
  say('by priority', await drained(channel, priorities));
  await channel.close();
}

async function confirms() {
  const channel = await connection.createConfirmChannel();
  channel.on('error', () => {});
  channel.on('return', (message) => say('returned', message));
  const limits = { maxLength: 2, overflow: 'reject-publish' };
  const queue = await queueOf(channel, { arguments: { 'x-max-length': 2, 'x-overflow': limits.overflow } });
  const publish = (what, exchange, key, options = {}) => {
    const settled = new Promise((resolve, reject) =>
      channel.publish(exchange, key, Buffer.from(what), options, (error) =>
        error ? reject(error) : resolve('confirmed'),
      ),
    );
    return tell(what, settled);
  };
  await publish('first', '', queue);
  await publish('second', '', queue, { persistent: true });
  await publish('third', '', queue);
  await publish('nowhere', 'amq.direct', 'nowhere');
  await publish('nowhere, mandatory', 'amq.direct', 'nowhere', { mandatory: true });
  await tell('left', channel.purgeQueue(queue));
  for (let i = 0; i < 50; i++) channel.publish('amq.fanout', '', Buffer.from(`${i}`));
  say('all confirmed', (await channel.waitForConfirms()).length);
  await channel.close();
}

async function deadLetters() {
  const channel = await channelOf();
  const dead = await queueOf(channel);
  await channel.assertExchange('dead', 'fanout', { durable: false, autoDelete: true });
  await channel.bindQueue(dead, 'dead', '');
  const box = inbox();
  await channel.consume(dead, box.push, { noAck: true, consumerTag: 'undertaker' });
  const dies = { exclusive: true, deadLetterExchange: 'dead' };
  await channel.assertQueue('rejecting', dies);
  channel.sendToQueue('rejecting', Buffer.from('rejected'), { headers: { mine: 1 }, CC: 'copy' });
  channel.nack(await channel.get('rejecting'), false, false);
  const rejected = await box.take();
  say('rejected', rejected);
  // Published again with its headers, in which the client writes the count as a smaller integer.
  channel.sendToQueue('rejecting', Buffer.from('rejected again'), rejected.properties);
  channel.nack(await channel.get('rejecting'), false, false);
  say('rejected again', await box.take());
  await channel.assertQueue('short-lived', { ...dies, messageTtl: 5, deadLetterRoutingKey: 'late' });
  channel.sendToQueue('short-lived', Buffer.from('expired'));
  say('expired', await box.take());
  await channel.assertQueue('patient', dies);
  channel.sendToQueue('patient', Buffer.from('expired by itself'), { expiration: '5' });
  say('expired by itself', await box.take());
  await channel.assertQueue('short', { ...dies, maxLength: 1 });
  channel.sendToQueue('short', Buffer.from('pushed out'));
  channel.sendToQueue('short', Buffer.from('stays'));
  say('pushed out', await box.take());
  await channel.assertQueue('rejecting-dlx', {
    ...dies,
    maxLength: 1,
    arguments: { 'x-overflow': 'reject-publish-dlx' },
  });
  channel.sendToQueue('rejecting-dlx', Buffer.from('stays'));
  channel.sendToQueue('rejecting-dlx', Buffer.from('turned away'));
  say('turned away', await box.take());
  await channel.assertQueue('round', {
    exclusive: true,
    messageTtl: 5,
    deadLetterExchange: '',
    deadLetterRoutingKey: 'about',
  });
  await channel.assertQueue('about', { exclusive: true, deadLetterExchange: '', deadLetterRoutingKey: 'round' });
  channel.sendToQueue('round', Buffer.from('merry-go-round'));
  const rounds = inbox();
  await channel.consume('about', rounds.push, { consumerTag: 'again' });
  for (let round = 1; round <= 2; round++) {
    const message = await rounds.take();
    say(`round ${round}`, message);
    channel.nack(message, false, false);
  }
  await channel.close();
}

async function directReplies() {
  const channel = await channelOf();
  const queue = await queueOf(channel);
  const answers = inbox();
  await channel.consume('amq.rabbitmq.reply-to', answers.push, { noAck: true, consumerTag: 'answers' });
  channel.sendToQueue(queue, Buffer.from('question'), { replyTo: 'amq.rabbitmq.reply-to', correlationId: '42' });
  const question = await channel.get(queue, { noAck: true });
  say('made into a name', question.properties.replyTo.startsWith('amq.rabbitmq.reply-to.'));
  const answering = await channelOf();
  answering.sendToQueue(question.properties.replyTo, Buffer.from('answer'), { correlationId: '42' });
  const { fields, properties, content } = await answers.take();
  say('answer', [fields.consumerTag, fields.exchange, properties.correlationId, content]);
  await attempt('with acks', (own) => own.consume('amq.rabbitmq.reply-to', () => {}));
  await attempt('publish without consumer', async (own) => {
    own.sendToQueue(queue, Buffer.from('x'), { replyTo: 'amq.rabbitmq.reply-to' });
    throw (await once(own, 'error'))[0];
  });
  await Promise.all([channel.close(), answering.close()]);
}

/** Faults that end the whole connection. */
async function connectionErrors() {
  const fatal = async (what, call) => {
    const own = await connect(uri);
    own.on('error', () => {});
    const closed = next(own, 'close');
    const channel = await channelOf(own);
    Promise.resolve(call(channel)).catch(() => {});
    const { code, message } = await closed;
    say(what, `${code} ${message}`);
  };
  await fatal('unknown exchange type', (channel) => channel.assertExchange('x.strange', 'x-strange'));
  await fatal('consumer tag used twice', async (channel) => {
    const queue = await queueOf(channel);
    await channel.consume(queue, () => {}, { consumerTag: 'twice' });
    await channel.consume(queue, () => {}, { consumerTag: 'twice' });
  });
  await fatal('closed by an administrator', pleaseCloseConnections);
}

const chapters = {
  handshake,
  declarations,
  routing,
  messages,
  consuming,
  consumers,
  confirms,
  deadLetters,
  directReplies,
};
for (const [title, play] of Object.entries({ ...chapters, connectionErrors })) {
  chapter(title);
  await play();
}
await connection.close().catch(() => {});
console.log('\nthe end');
