// Programs with bad habits, against a real RabbitMQ: that the spy finds each habit, says whose it is in the words that it has
// for it, and finds nothing else. Counterparts: findings-why-closed.test.ts; test/session/findings/fixtures.test.ts, on
// conversations made up.

import { type ChannelModel, connect } from 'amqplib';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Spy, startSpy } from '../../src/spy.ts';
import { eventsOf } from '../log/records.ts';
import { AmqpClient, table } from '../rig/amqp-client.ts';
import { finished, startProcess } from '../rig/process.ts';
import { type SharedRabbitMq, sharedRabbitMq } from '../rig/shared-rabbitmq.ts';

const host = '127.0.0.1';
const stamp = `${process.pid}-${Math.floor(performance.timeOrigin)}`;
let rabbit: SharedRabbitMq;
let spy: Spy;
/** A queue, or a name for one, of this test's own. */
let queue: string;
let made = 0;

beforeAll(async () => {
  rabbit = await sharedRabbitMq();
});

beforeEach(async () => {
  made++;
  queue = `habit-${stamp}-${made}`;
  spy = await startSpy({ listen: { host, port: 0 }, upstreams: [{ host, port: rabbit.port, tls: false }] });
});

afterEach(async () => await spy.close());

/** An amqplib program of that name. */
async function program(name: string): Promise<ChannelModel> {
  return await connect(`${spy.url}?heartbeat=60`, { clientProperties: { connection_name: name } });
}

/** Runs a pika program; `connect` in it makes a connection of that name. */
async function pika(name: string, script: string): Promise<void> {
  const before = `
import pika
parameters = pika.URLParameters('${spy.url}')
parameters.client_properties = {'connection_name': '${name}'}
queue = '${queue}'
def connect():
    return pika.BlockingConnection(parameters)
`;
  const { code, stderr } = await finished(startProcess('/usr/bin/python3', ['-c', before + script]));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

interface Shown {
  readonly id: string;
  readonly text: string;
  readonly shown: readonly string[];
}

/** All that was found when everything is over: lengths of time and the queue's name are blanked out. */
async function found(): Promise<Shown[]> {
  await spy.close();
  expect(spy.session.failure).toBeUndefined();
  return spy.session.findings.list().map(({ definition: { id }, text, evidence }) => {
    const events = evidence.map((record) => eventsOf(spy.log, record)[0]!);
    const blanked = text.replaceAll(queue, 'QUEUE').replace(/\b\d+(\.\d+)? (µs|ms|s)\b/g, '# s');
    const shown = events.map((event) => ('method' in event ? String(event.method) : event.type));
    return { id, text: blanked.replace(/record \d+/g, 'record #'), shown };
  });
}

describe('of a consumer it is found', () => {
  it('that it has no prefetch and hoards messages', async () => {
    const model = await program('hoarder');
    const channel = await model.createConfirmChannel();
    await channel.assertQueue(queue, { exclusive: true });
    for (let n = 0; n < 1500; n++) channel.sendToQueue(queue, Buffer.from(`order ${n}`));
    await channel.waitForConfirms();
    let held = 0;
    await new Promise<void>((resolve) => {
      void channel.consume(queue, () => ++held === 1500 && resolve());
    });
    channel.ackAll();
    await channel.close();
    await model.close();
    expect(await found()).toEqual([
      {
        id: 'no-prefetch',
        text: expect.stringMatching(
          /^'hoarder' \(amqplib\) consumes from 'QUEUE' without a prefetch: it (held|holds) 1,\d00 unacknowledged deliveries/,
        ),
        shown: expect.arrayContaining(['basic.consume']),
      },
    ]);
  });

  it('that it is fast, and gets one message at a time while others wait', async () => {
    const script = `
connection = connect()
channel = connection.channel()
channel.confirm_delivery()
channel.queue_declare(queue, exclusive=True)
for n in range(300):
    channel.basic_publish('', queue, b'click %d' % n)
channel.queue_declare(queue, passive=True)
channel.basic_qos(prefetch_count=1)
for method, properties, body in channel.consume(queue):
    channel.basic_ack(method.delivery_tag)
    if method.delivery_tag == 300: break
channel.cancel()
connection.close()
`;
    await pika('clicks', script);
    expect(await found()).toEqual([
      {
        id: 'prefetch-one',
        text: expect.stringMatching(
          /^'clicks' \(Pika.*\) consumes from 'QUEUE' with prefetch 1 and needs # s for a message \(median of \d+\), while (300 messages waited|messages wait # s) in the queue\.$/,
        ),
        shown: ['basic.consume'],
      },
    ]);
  });

  it('that it throws a message back that it cannot handle, again and again', async () => {
    const model = await program('packer');
    const channel = await model.createConfirmChannel();
    await channel.assertQueue(queue, { exclusive: true });
    await channel.prefetch(1);
    channel.sendToQueue(queue, Buffer.from('not JSON'), { messageId: 'order-4711' });
    await channel.waitForConfirms();
    let times = 0;
    await new Promise<void>((resolve) => {
      void channel.consume(queue, (message) => {
        if (++times < 8) return channel.nack(message!);
        channel.ack(message!);
        resolve();
      });
    });
    await channel.close();
    await model.close();
    expect(await found()).toEqual([
      {
        id: 'redelivery-loop',
        text:
          "Message 'order-4711' in queue 'QUEUE' was delivered and put back 5 times within # s, and is delivered again; " +
          "'packer' (amqplib) requeued it last.",
        shown: ['basic.deliver', 'basic.nack', ...Array(5).fill('basic.deliver')],
      },
    ]);
  });

  it('that its prefetch is for the whole channel', async () => {
    await pika('sharer', 'connection = connect()\nconnection.channel().basic_qos(0, 20, True)\nconnection.close()');
    expect(await found()).toEqual([
      {
        id: 'global-qos',
        text: "'sharer' (Pika Python Client Library) sets a prefetch of 20 with global=true on channel 1.",
        shown: ['basic.qos', 'basic.qos-ok'],
      },
    ]);
  });
});

describe('of a publisher it is found', () => {
  it('that persistent messages are not confirmed', async () => {
    const model = await program('order-entry');
    const channel = await model.createChannel();
    await channel.assertQueue(queue, { durable: true });
    for (let n = 0; n < 150; n++) channel.sendToQueue(queue, Buffer.from(`order ${n}`), { persistent: true });
    await channel.close();
    await deleteQueue(model);
    expect(await found()).toEqual([
      {
        id: 'unconfirmed-publishing',
        text: expect.stringMatching(
          /^'order-entry' \(amqplib\) has published 1\d\d persistent messages on channel 1 without confirms, the last into durable queue 'QUEUE'\.$/,
        ),
        shown: ['basic.publish', 'queue.declare'],
      },
    ]);
  });

  it('that transient messages go into a durable queue', async () => {
    const model = await program('order-entry');
    const channel = await model.createConfirmChannel();
    await channel.assertQueue(queue, { durable: true });
    await channel.bindQueue(queue, 'amq.topic', `${queue}.#`);
    for (let n = 0; n < 150; n++) channel.publish('amq.topic', `${queue}.eu`, Buffer.from(`order ${n}`));
    await channel.waitForConfirms();
    await channel.close();
    await deleteQueue(model);
    expect(await found()).toEqual([
      {
        id: 'transient-to-durable',
        text: expect.stringMatching(
          /^'order-entry' \(amqplib\) has published 1\d\d messages on channel 1, none of them persistent, the last into durable queue 'QUEUE'/,
        ),
        shown: ['basic.publish', 'queue.declare'],
      },
    ]);
  });

  it('that it opens a connection, and a channel, for each message', async () => {
    const script = `
for n in range(10):
    connection = connect()
    connection.channel().basic_publish('amq.fanout', 'eu', b'order')
    connection.close()
connection = connect()
for n in range(10):
    channel = connection.channel()
    channel.basic_publish('amq.fanout', 'eu', b'order')
    channel.close()
connection.close()
`;
    await pika('shop', script);
    expect(await found()).toMatchObject([
      {
        id: 'connection-per-message',
        text:
          "'shop' (Pika Python Client Library) has opened 10 connections one after the other in # s, each to publish one message to exchange " +
          "'amq.fanout' with routing key 'eu'.",
      },
      {
        id: 'channel-per-message',
        text: "'shop' (Pika Python Client Library) has opened and closed 10 channels in # s, each for a single publish.",
      },
    ]);
  });

  it('that it declares its queue before each message', async () => {
    const model = await program('order-entry');
    const channel = await model.createConfirmChannel();
    for (let n = 0; n < 10; n++) {
      await channel.assertQueue(queue, { exclusive: true });
      channel.sendToQueue(queue, Buffer.from(`order ${n}`));
      await channel.waitForConfirms();
    }
    await model.close();
    expect(await found()).toEqual([
      {
        id: 'declare-per-publish',
        text: "'order-entry' (amqplib) has declared queue 'QUEUE' 10 times in # s, with a publish or a few in between.",
        shown: ['queue.declare', 'queue.declare-ok'],
      },
    ]);
  });

  it('that no queue takes its message, and which may have been meant', async () => {
    const client = await rigClient('order-entry');
    const channel = await client.channel();
    await channel.queue({ queue, exclusive: true });
    channel.publish({ routingKey: `${queue}s`, mandatory: true, body: 'order' });
    await channel.next('basic.return');
    await client.close();
    expect(await found()).toEqual([
      {
        id: 'unroutable',
        text:
          "A message from 'order-entry' (rig) to the default exchange with routing key 'QUEUEs' was returned: there is no " +
          "queue 'QUEUEs' in vhost '/'. Did you mean 'QUEUE'?",
        shown: ['basic.return', 'basic.publish'],
      },
    ]);
  });

  it('that it sends a film', async () => {
    const client = await rigClient('cinema');
    const channel = await client.channel();
    channel.publish({ exchange: 'amq.fanout', routingKey: 'films', body: new Uint8Array(17 << 20) });
    await channel.sync();
    await client.close();
    expect(await found()).toEqual([
      {
        id: 'huge-message',
        text: "'cinema' (rig) publishes 17 MiB to exchange 'amq.fanout' with routing key 'films'.",
        shown: ['basic.publish'],
      },
    ]);
  });

  it('that it commits a transaction for each message', async () => {
    const client = await rigClient('bank');
    const channel = await client.channel();
    await channel.call('tx.select');
    for (let n = 0; n < 10; n++) {
      channel.publish({ exchange: 'amq.fanout', body: `transfer ${n}` });
      await channel.call('tx.commit');
    }
    await client.close();
    expect(await found()).toEqual([
      {
        id: 'tx-mode',
        text: "'bank' (rig) has committed 10 transactions on channel 1 for 10 messages; each commit takes # s (median).",
        shown: ['tx.commit', 'tx.commit-ok'],
      },
    ]);
  });
});

describe('of a client it is found', () => {
  it('that it has no name, and hardly a heartbeat', async () => {
    const client = await AmqpClient.connect({ port: spy.address.port, heartbeat: 1 });
    const channel = await client.channel();
    channel.publish({ exchange: 'amq.fanout' });
    await channel.sync();
    await client.close();
    expect(await found()).toMatchObject([
      { id: 'heartbeat-short', text: expect.stringMatching(/ agrees to a heartbeat of 1 second\.$/) },
      {
        id: 'no-connection-name',
        text: expect.stringMatching(/ from 127\.0\.0\.1:\d+ carries messages and has no connection_name\.$/),
      },
    ]);
  });

  it('that it declares what RabbitMQ 4 takes away', async () => {
    const model = await program('old-hand');
    const channel = await model.createChannel();
    await channel.assertQueue(queue, { durable: false, autoDelete: true, arguments: { 'x-queue-mode': 'lazy' } });
    await deleteQueue(model);
    expect(await found()).toMatchObject([
      {
        id: 'deprecated-in-rabbitmq-4',
        text: expect.stringMatching(/^'old-hand' \(amqplib\) declares queue 'QUEUE' neither durable nor exclusive: /),
      },
      {
        id: 'deprecated-in-rabbitmq-4',
        text: expect.stringMatching(/^'old-hand' \(amqplib\) declares queue 'QUEUE' with x-queue-mode='lazy': /),
      },
    ]);
  });

  it('that its replies belong to no request, or come too late', async () => {
    const script = `
asking, serving = connect(), connect()
client, server = asking.channel(), serving.channel()
replies = client.queue_declare('', exclusive=True).method.queue
client.queue_declare(queue, exclusive=True)
def ask(number):
    properties = pika.BasicProperties(reply_to=replies, correlation_id=number)
    client.basic_publish('', queue, b'?', properties)
    client.basic_get(queue, auto_ack=True)
def answer(number):
    server.basic_publish('', replies, b'!', pika.BasicProperties(correlation_id=number))
    serving.process_data_events(0)
ask('one')
answer('One')
ask('two')
asking.close()
answer('two')
serving.close()
`;
    await pika('pupil', script);
    expect(await found()).toMatchObject([
      {
        id: 'orphan-reply',
        text: expect.stringMatching(
          /^'pupil' \(Pika.*\) replies to 'pupil' \(Pika.*\) on 'amq\.gen-.*' with correlation_id 'One', which no request had\.$/,
        ),
      },
      {
        id: 'late-reply',
        text: expect.stringMatching(
          /^'pupil' \(Pika.*\) answers request 'two' of 'pupil' \(Pika.*\) after # s, # s after it had closed its connection\.$/,
        ),
      },
    ]);
  });
});

async function rigClient(name: string): Promise<AmqpClient> {
  const clientProperties = table({ product: 'rig', connection_name: name });
  return await AmqpClient.connect({ port: spy.address.port, heartbeat: 60, clientProperties });
}

/** Leaves the broker as it was: on a channel that no finding is about. */
async function deleteQueue(model: ChannelModel): Promise<void> {
  const channel = await model.createChannel();
  await channel.deleteQueue(queue);
  await model.close();
}
