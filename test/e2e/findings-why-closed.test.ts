// Programs that are wrong on purpose, against a real RabbitMQ: that the spy says what went wrong, in the words that it has for
// it, and shows the frames that prove it. Counterpart: test/session/findings/fixtures.test.ts, on conversations made up.

import { once } from 'node:events';
import { type ChannelModel, connect } from 'amqplib';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { FRAME_BODY } from '../../src/protocol/frame.ts';
import { type Spy, type SpyOptions, startSpy } from '../../src/spy.ts';
import { eventsOf } from '../log/records.ts';
import { AmqpClient, type AmqpSocket, encodeCall, refusal, table } from '../rig/amqp-client.ts';
import { startRabbitMq } from '../rig/rabbitmq.ts';
import { type SharedRabbitMq, sharedRabbitMq } from '../rig/shared-rabbitmq.ts';

const host = '127.0.0.1';
const stamp = `${process.pid}-${Math.floor(performance.timeOrigin)}`;
let rabbit: SharedRabbitMq;
let spy: Spy;
let made = 0;

beforeAll(async () => {
  rabbit = await sharedRabbitMq();
});

async function start(options: Partial<SpyOptions> = {}, { port } = rabbit): Promise<void> {
  spy = await startSpy({ listen: { host, port: 0 }, upstreams: [{ host, port, tls: false }], ...options });
}

afterEach(async () => await spy.close());

/** A name that no other test uses. */
function unique(kind: string): string {
  made++;
  return `why-${kind}-${stamp}-${made}`;
}

/** An amqplib program of that name. */
async function program(name: string, uri = spy.url): Promise<ChannelModel> {
  const model = await connect(uri, { clientProperties: { connection_name: name } });
  model.on('error', () => {});
  return model;
}

/** A client of the rig, of that name. */
async function client(name: string, options: Partial<Parameters<typeof AmqpClient.connect>[0]> = {}) {
  return await AmqpClient.connect({ port: spy.address.port, ...named(name), ...options });
}

function named(name: string, capabilities = { authentication_failure_close: true, consumer_cancel_notify: true }) {
  return { clientProperties: table({ product: 'rig', connection_name: name, capabilities }) };
}

/** What was found, with lengths of time and record ids blanked out, and the methods that are its evidence. */
async function found(id: string): Promise<{ readonly text: string; readonly shown: readonly string[] }> {
  return await vi.waitFor(
    () => {
      const finding = spy.session.findings.list().find(({ definition }) => definition.id === id);
      if (!finding) throw new Error(`${id} was not found`);
      const events = finding.evidence.map((record) => eventsOf(spy.log, record)[0]!);
      const text = finding.text.replace(/\d+(\.\d+)? (µs|ms|s)\b/g, '# s').replace(/record \d+/g, 'record #');
      return { text, shown: events.map((event) => ('method' in event ? String(event.method) : event.type)) };
    },
    { timeout: 30_000, interval: 20 },
  );
}

describe('of a program that loses its channel it is said', () => {
  it('that it acknowledges twice', async () => {
    await start();
    const model = await program('invoices');
    const channel = await model.createChannel();
    const queue = unique('queue');
    await channel.assertQueue(queue, { exclusive: true });
    await channel.prefetch(10);
    const closed = once(channel, 'error');
    await channel.consume(queue, (message) => {
      channel.ack(message!);
      channel.ack(message!);
    });
    channel.sendToQueue(queue, Buffer.from('hello'));
    await closed;
    expect(await found('unknown-delivery-tag')).toEqual({
      text: "'invoices' (amqplib) acknowledged delivery 1 on channel 1, which it had already acknowledged # s earlier (record #). RabbitMQ closed the channel.",
      shown: ['basic.ack', 'basic.ack', 'basic.deliver', 'channel.close'],
    });
    await model.close();
  });

  it('that it acknowledges on another channel than the one that delivered', async () => {
    await start();
    const shop = await client('shop');
    const [one, two] = [await shop.channel(), await shop.channel()];
    const queue = await one.queue();
    one.publish({ routingKey: queue, body: 'hello' });
    await one.consume(queue);
    const { delivery_tag } = (await one.next('basic.deliver')).arguments;
    two.send('basic.ack', { delivery_tag });
    await two.closed;
    expect(await found('unknown-delivery-tag')).toEqual({
      text: "'shop' (rig) acknowledged delivery 1 on channel 2, but it is channel 1 of the same connection that delivered it, # s earlier (record #). RabbitMQ closed the channel.",
      shown: ['basic.ack', 'basic.deliver', 'channel.close'],
    });
    await shop.close();
  });

  it('that another program declared the queue otherwise', async () => {
    await start();
    const queue = unique('queue');
    const shop = await program('shop');
    const first = await shop.createChannel();
    await first.assertQueue(queue, { durable: true, maxLength: 1000 });
    const invoices = await program('invoices');
    const channel = await invoices.createChannel();
    channel.on('error', () => {});
    await expect(channel.assertQueue(queue, { durable: false, messageTtl: 60_000 })).rejects.toThrow('406');
    expect(await found('inequivalent-declaration')).toEqual({
      text: `'invoices' (amqplib) declared queue '${queue}' (record #) with durable false, x-message-ttl 60000 and x-max-length none, but 'shop' (amqplib) had declared it with durable true, x-message-ttl none and x-max-length 1000, # s earlier (record #).`,
      shown: ['queue.declare', 'queue.declare', 'channel.close'],
    });
    await first.deleteQueue(queue);
    await Promise.all([shop.close(), invoices.close()]);
  });

  it('that it misspelt the exchange', async () => {
    await start();
    const exchange = unique('orders');
    const model = await program('shop');
    const channel = await model.createChannel();
    await channel.assertExchange(exchange, 'topic', { autoDelete: true });
    const closed = once(channel, 'error');
    channel.publish(exchange.replace('orders', 'odrers'), 'eu', Buffer.from('hello'));
    await closed;
    const missing = exchange.replace('orders', 'odrers');
    expect(await found('not-found')).toEqual({
      text: `'shop' (amqplib) published to exchange '${missing}', which is not there (vhost '/'). Did you mean '${exchange}'?`,
      shown: ['basic.publish', 'channel.close'],
    });
    await model.close();
  });

  it('who deleted its queue, and that its consumer was cancelled for it', async () => {
    await start();
    const queue = unique('queue');
    const [worker, ops] = [await client('worker'), await client('ops')];
    const [channel, theirs] = [await worker.channel(), await ops.channel()];
    await channel.queue({ queue, exclusive: false });
    await channel.consume(queue, { consumer_tag: 'w' });
    await theirs.call('queue.delete', { queue });
    await channel.next('basic.cancel');
    channel.send('basic.consume', { queue });
    await channel.closed;
    expect(await found('consumer-cancelled')).toEqual({
      text: `RabbitMQ cancelled consumer 'w' from queue '${queue}' on channel 1 of 'worker' (rig) (record #): the queue was deleted by 'ops' (rig) # s earlier (record #).`,
      shown: ['basic.cancel', 'queue.delete', 'basic.consume'],
    });
    expect(await found('not-found')).toEqual({
      text: `'worker' (rig) asked for queue '${queue}' with basic.consume (record #), which is not there (vhost '/'): it was deleted by 'ops' (rig) # s earlier (record #).`,
      shown: ['basic.consume', 'queue.delete', 'channel.close'],
    });
    await Promise.all([worker.close(), ops.close()]);
  });

  it('who holds the queue', async () => {
    await start();
    const [owner, other] = [await client('owner'), await client('other')];
    const [mine, channel] = [await owner.channel(), await other.channel()];
    const queue = unique('queue');
    await mine.queue({ queue });
    expect(await refusal(channel.call('queue.declare', { queue, exclusive: true }))).toMatch('405');
    expect(await found('resource-locked')).toEqual({
      text: `'other' (rig) was refused queue.declare (record #) on queue '${queue}': it is exclusive to another connection. 'owner' (rig) declared it exclusive (record #) and holds it.`,
      shown: ['queue.declare', 'queue.declare', 'channel.close'],
    });
    await Promise.all([owner.close(), other.close()]);
  });
});

describe('of a program that loses its connection it is said', () => {
  it('that two threads publish on one channel', async () => {
    await start();
    const shop = await client('shop');
    const channel = await shop.channel();
    const publish = encodeCall(channel.number, 'basic.publish', { exchange: 'amq.topic', routing_key: 'eu' });
    shop.socket.send(Buffer.concat([publish, publish]));
    await shop.closed;
    expect(await found('interleaved-publish')).toEqual({
      text: "On channel 1 of 'shop' (rig) another frame (record #) came in the middle of a message to exchange 'amq.topic' with routing key 'eu' (record #): its content header had yet to come.",
      shown: ['basic.publish', 'basic.publish'],
    });
  });

  it('that it goes on on a channel that the server has closed', async () => {
    await start();
    const shop = await client('shop');
    const channel = await shop.channel();
    const queue = unique('queue');
    expect(await refusal(channel.call('queue.declare', { queue, passive: true }))).toMatch('404');
    shop.socket.sendMethod(1, 'basic.cancel', { consumer_tag: 'c' });
    await shop.closed;
    expect(await found('channel-error')).toEqual({
      text: `'shop' (rig) sent basic.cancel (record #) on channel 1, which RabbitMQ had closed # s earlier (record #): 404 NOT_FOUND - no queue '${queue}' in vhost '/'. RabbitMQ closed the connection.`,
      shown: ['basic.cancel', 'channel.close', 'connection.close'],
    });
  });

  it('that its frame was too large', async () => {
    await start();
    const shop = await client('shop', { frameMax: 4096 });
    const channel = await shop.channel();
    channel.send('basic.publish', { routing_key: 'q' });
    const prefix = Buffer.from([FRAME_BODY, 0, channel.number, 0, 0, 0x20, 0]);
    shop.socket.send(Buffer.concat([prefix, Buffer.alloc(0x2000), Buffer.from([0xce])]));
    await shop.closed;
    expect(await found('frame-too-large')).toEqual({
      text: "'shop' (rig) sent a frame of 8200 bytes, but frame-max is 4096. RabbitMQ closed the connection.",
      shown: ['connection.close'],
    });
  });

  it('that it uses a consumer tag twice', async () => {
    await start();
    const shop = await client('shop');
    const channel = await shop.channel();
    const queue = await channel.queue();
    await channel.consume(queue, { consumer_tag: 'me' });
    channel.send('basic.consume', { queue, consumer_tag: 'me' });
    await shop.closed;
    expect(await found('not-allowed')).toEqual({
      text: `RabbitMQ closed the connection of 'shop' (rig) for its basic.consume (record #): attempt to reuse consumer tag 'me'; on channel 1 it consumes from queue '${queue}' under that tag already (record #).`,
      shown: ['basic.consume', 'basic.consume', 'connection.close'],
    });
  });

  it('that it was silent for more than two heartbeat intervals', async () => {
    await start();
    const shop = await client('shop', { heartbeat: 1 });
    await shop.closed;
    const { text } = await found('missed-heartbeats');
    expect(text).toMatch(/^'shop' \(rig\) sent nothing for # s, though a heartbeat interval of # s was agreed on: /);
  });

  it('that the spy itself dropped its heartbeats', async () => {
    await start({ faults: [{ kind: 'drop-heartbeats', options: { from: 'client' } }] });
    const model = await program('shop', `${spy.url}?heartbeat=1`);
    await new Promise((resolve) => model.once('close', resolve));
    const { text } = await found('missed-heartbeats');
    expect(text).toMatch(/^RabbitMQ heard nothing of 'shop' \(amqplib\) for # s, for amqp-spy dropped frames, though/);
  });

  it('that it was killed with work in hand', async () => {
    await start();
    const worker = await client('worker');
    const channel = await worker.channel();
    const queue = await channel.queue();
    for (let i = 0; i < 3; i++) channel.publish({ routingKey: queue, body: `${i}` });
    await channel.consume(queue);
    for (let i = 0; i < 3; i++) await channel.next('basic.deliver');
    worker.destroy();
    expect(await found('socket-closed')).toEqual({
      text: "'worker' (rig) closed its connection after # s without connection.close, with 1 consumer and 3 unacknowledged deliveries. The deliveries go back to their queues.",
      shown: ['connection.closed', 'connection.opened'],
    });
  });
});

describe('of a program that does not get in it is said', () => {
  it.each([
    ['told so', true, /^RabbitMQ refused the login of 'shop' \(rig\) as user 'nobody' by PLAIN: Login was refused/],
    [
      'hung up on',
      false,
      /^RabbitMQ closed the socket # s after the login of 'shop' \(rig\) as user 'nobody' by PLAIN/,
    ],
  ])('that its login was refused, when it is %s', async (_, authentication_failure_close, text) => {
    await start();
    const properties = named('shop', { authentication_failure_close, consumer_cancel_notify: true });
    const login = AmqpClient.connect({ port: spy.address.port, user: 'nobody', password: 'secret', ...properties });
    await expect(login).rejects.toThrow();
    const finding = await found('authentication-failed');
    expect(finding.text).toMatch(text);
    expect(finding.text).not.toContain('secret');
    expect(finding.shown[0]).toBe('connection.start-ok');
  });

  it('that there is no such virtual host', async () => {
    await start();
    await expect(client('shop', { vhost: 'nowhere' })).rejects.toThrow('530');
    expect(await found('vhost-refused')).toEqual({
      text: "'shop' (rig) asked for virtual host 'nowhere', but RabbitMQ has no virtual host of that name.",
      shown: ['connection.open', 'connection.close'],
    });
  });

  it('that it speaks HTTP', async () => {
    await start();
    const socket: AmqpSocket = await AmqpClient.raw({ port: spy.address.port });
    socket.send(Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'));
    await socket.closed;
    expect((await found('not-amqp-0-9-1')).text).toMatch(
      /^The client at 127\.0\.0\.1:\d+ does not speak AMQP 0-9-1: what it sends first looks like HTTP\.$/,
    );
  });
});

it('a user without permissions is told which one is lacking, and why the connection ends when the virtual host goes', async () => {
  await start();
  const [vhost, user] = [unique('vhost'), unique('user')];
  await rabbit.ctl('add_vhost', vhost);
  await rabbit.ctl('add_user', user, 'secret');
  await rabbit.ctl('set_permissions', '-p', vhost, user, '', '', '');
  const shop = await client('shop', { vhost, user, password: 'secret' });
  const channel = await shop.channel();
  expect(await refusal(channel.call('queue.declare', { queue: 'orders' }))).toMatch('403');
  expect(await found('access-refused')).toEqual({
    text: `RabbitMQ refused user '${user}' ('shop' (rig)) queue.declare (record #) on queue 'orders' in vhost '${vhost}', which needs permission to configure.`,
    shown: ['queue.declare', 'channel.close'],
  });
  await rabbit.ctl('delete_vhost', vhost);
  await shop.closed;
  const forced = await found('connection-forced');
  // Whichever of the two RabbitMQ notices first.
  expect([
    `RabbitMQ closed the connection of 'shop' (rig) after # s: its virtual host was deleted. Its words: vhost '${vhost}' is deleted.`,
    `RabbitMQ closed the connection of 'shop' (rig) after # s: its virtual host is down, or is being deleted. Its words: vhost '${vhost}' is down.`,
  ]).toContain(forced.text);
  expect(forced.shown).toEqual(['connection.close']);
  await rabbit.ctl('delete_user', user);
});

it('a program that is too slow is told for how long it held what, and all are told that the server shuts down', async () => {
  const own = await startRabbitMq({ config: ['consumer_timeout = 1000'] });
  await own.ctl('eval', 'application:set_env(rabbit, channel_tick_interval, 100).');
  await start({}, own);
  const slow = await client('slow');
  const channel = await slow.channel();
  const queue = await channel.queue();
  for (const body of ['one', 'two', 'three']) channel.publish({ routingKey: queue, body });
  await channel.consume(queue, { consumer_tag: 'c' });
  await channel.closed;
  expect(await found('consumer-timeout')).toEqual({
    text: `On channel 1 of 'slow' (rig), consumer 'c' held delivery 1 from queue '${queue}' (record #) for # s without an ack, and RabbitMQ allows # s. With it 2 others went back.`,
    shown: ['basic.deliver', 'channel.close'],
  });
  const stopped = own.ctl('stop_app');
  await slow.closed;
  await stopped;
  expect(await found('connection-forced')).toEqual({
    text: "RabbitMQ closed the connection of 'slow' (rig) after # s: it is shutting down. Its words: broker forced connection closure with reason 'shutdown'.",
    shown: ['connection.close'],
  });
  await own.stop();
});
