// What looks like a bad habit and is none: conversations about which nothing must be found, close to the thresholds.
// Counterparts: fixtures.test.ts, on what is one; the rig's well-behaved programs.

import { expect, it } from 'vitest';
import type { Conversation } from '../../rig/conversation.ts';
import { sessionOf } from '../../rig/finding-fixture.ts';
import { idle } from '../../rig/well-behaved/words.ts';

const PERSISTENT = { delivery_mode: 2 } as const;

function working(talk: Conversation, name = 'worker') {
  const client = talk.connect({ name });
  return { client, channel: client.channel() };
}

/** Two who speak by request and reply, over a reply queue of the one who asks. */
function asking(talk: Conversation) {
  const { client, channel } = working(talk, 'pupil');
  const replies = 'amq.gen-pupil';
  channel.call('queue.declare', { exclusive: true }, { queue: replies });
  return { client, channel, replies, server: working(talk, 'mathematician') };
}

/** One message, again and again, so many ms after each other. */
function putBack(talk: Conversation, { channel }: ReturnType<typeof working>, ms: number): void {
  channel.call('basic.qos', { prefetch_count: 1 });
  channel.call('basic.consume', { queue: 'orders', consumer_tag: 'c' });
  const message = { consumerTag: 'c', routingKey: 'orders', properties: { message_id: 'order-4711' } };
  for (let deliveryTag = 1; deliveryTag <= 10; deliveryTag++) {
    channel.deliver({ ...message, deliveryTag, redelivered: deliveryTag > 1 });
    talk.wait(ms);
    channel.nack(deliveryTag);
  }
}

const NEAR_MISSES: Readonly<Record<string, (talk: Conversation) => void>> = {
  'a consumer without a prefetch that acknowledges its few hundred messages at once': (talk) => {
    const { client, channel } = working(talk);
    channel.call('basic.consume', { queue: 'orders', consumer_tag: 'c' });
    for (let tag = 1; tag <= 900; tag++) channel.deliver({ consumerTag: 'c', deliveryTag: tag, body: `${tag}` });
    channel.ack(900, true);
    talk.wait(5000);
    client.close();
  },
  'prefetch 1, and messages that come no faster than they are handled': (talk) => {
    const { client, channel } = working(talk);
    channel.call('basic.qos', { prefetch_count: 1 });
    channel.call('queue.declare', { queue: 'clicks', durable: true }, { message_count: 3 });
    channel.call('basic.consume', { queue: 'clicks', consumer_tag: 'c' });
    channel.call('confirm.select');
    for (let tag = 1; tag <= 400; tag++) {
      channel.publish({ routingKey: 'clicks', properties: PERSISTENT, body: `click ${tag}` });
      channel.deliver({ routingKey: 'clicks', consumerTag: 'c', deliveryTag: tag, body: `click ${tag}` });
      channel.confirm(tag);
      channel.ack(tag);
    }
    client.close();
  },
  'prefetch 1, a long queue, and work that takes 20 ms': (talk) => {
    const { client, channel } = working(talk);
    channel.call('basic.qos', { prefetch_count: 1 });
    channel.call('queue.declare', { queue: 'tasks', durable: true }, { message_count: 1000 });
    channel.call('basic.consume', { queue: 'tasks', consumer_tag: 'c' });
    for (let tag = 1; tag <= 300; tag++) {
      channel.deliver({ consumerTag: 'c', deliveryTag: tag, body: `task ${tag}` });
      talk.wait(20);
      channel.ack(tag);
    }
    client.close();
  },
  'prefetch 1, and a few hundred messages in a quarter of an hour, after a queue that was long once': (talk) => {
    const { client, channel } = working(talk);
    channel.call('basic.qos', { prefetch_count: 1 });
    channel.call('queue.declare', { queue: 'clicks', durable: true }, { message_count: 1000 });
    channel.call('basic.consume', { queue: 'clicks', consumer_tag: 'c' });
    for (let tag = 1; tag <= 300; tag++) {
      channel.deliver({ consumerTag: 'c', deliveryTag: tag, body: `click ${tag}` });
      channel.ack(tag);
      talk.wait(3000);
      if (tag % 10 === 0) client.heartbeat('client');
      if (tag % 10 === 0) client.heartbeat('server');
    }
    client.close();
  },
  'a task of ten minutes': (talk) => {
    const { client, channel } = working(talk);
    channel.call('basic.qos', { prefetch_count: 1 });
    channel.call('basic.consume', { queue: 'films', consumer_tag: 'c' });
    channel.deliver({ consumerTag: 'c', deliveryTag: 1, body: 'film' });
    idle(talk, client, 10);
    channel.ack(1);
    client.close();
  },
  'a message that is put back four times, and then handled': (talk) => {
    const { client, channel } = working(talk);
    channel.call('basic.qos', { prefetch_count: 1 });
    channel.call('basic.consume', { queue: 'orders', consumer_tag: 'c' });
    for (let tag = 1; tag <= 5; tag++) {
      channel.deliver({ consumerTag: 'c', deliveryTag: tag, redelivered: tag > 1 });
      talk.wait(1500);
      if (tag < 5) channel.nack(tag);
    }
    channel.ack(5);
    client.close();
  },
  'equal messages, each of which is put back once': (talk) => {
    const { client, channel } = working(talk);
    channel.call('basic.qos', { prefetch_count: 10 });
    channel.call('basic.consume', { queue: 'orders', consumer_tag: 'c' });
    for (let tag = 1; tag <= 20; tag++) {
      channel.deliver({ consumerTag: 'c', deliveryTag: tag, redelivered: tag > 10, body: 'tick' });
      if (tag <= 10) channel.nack(tag);
      else channel.ack(tag);
    }
    client.close();
  },
  'transient messages into a quorum queue, and ones that expire into a durable one': (talk) => {
    const { client, channel } = working(talk);
    channel.call('queue.declare', { queue: 'safe', durable: true, arguments: { 'x-queue-type': 'quorum' } });
    channel.call('queue.declare', { queue: 'fleeting', durable: true });
    for (let n = 1; n <= 150; n++) channel.publish({ routingKey: 'safe', body: `${n}` });
    const other = client.channel();
    for (let n = 1; n <= 150; n++) {
      other.publish({ routingKey: 'fleeting', properties: { expiration: '1000' }, body: `${n}` });
    }
    client.close();
  },
  'persistent messages without confirms to where no durable queue is known to be': (talk) => {
    const { client, channel } = working(talk);
    channel.call('exchange.declare', { exchange: 'shop', type: 'topic', durable: true });
    channel.call('queue.declare', { queue: 'orders', durable: true });
    channel.call('queue.bind', { queue: 'orders', exchange: 'shop', routing_key: 'order.*' });
    for (let n = 1; n <= 150; n++) {
      channel.publish({ exchange: 'shop', routingKey: 'order.eu.paid', properties: PERSISTENT, body: `${n}` });
    }
    client.close();
  },
  'a short command without heartbeats': (talk) => {
    const client = talk.connect({ name: 'amqp-publish', heartbeat: 0 });
    client.channel().publish({ routingKey: 'orders' });
    talk.wait(30_000);
    client.close();
  },
  'a nameless connection that carries no message': (talk) => {
    const client = talk.connect();
    client.channel().call('queue.declare', { queue: 'orders', passive: true });
    talk.wait(5000);
    client.close();
  },
  'a queue that is drained with basic.get, and one that is waited for a little': (talk) => {
    const { client, channel } = working(talk);
    for (let tag = 1; tag <= 500; tag++) {
      channel.client('basic.get', { queue: 'orders' });
      channel.getOk({ deliveryTag: tag, messageCount: 500 - tag, body: `${tag}` });
      channel.ack(tag);
    }
    for (let n = 0; n < 40; n++) {
      channel.call('basic.get', { queue: 'orders' });
      talk.wait(50);
    }
    talk.wait(10_000);
    client.close();
  },
  'queues that are declared once each, with messages in between': (talk) => {
    const { client, channel } = working(talk);
    channel.call('confirm.select');
    for (let n = 1; n <= 30; n++) {
      channel.call('queue.declare', { queue: `orders-${n}`, durable: true });
      channel.call('queue.declare', { exclusive: true });
      channel.publish({ routingKey: `orders-${n}`, properties: PERSISTENT, body: `${n}` });
      channel.confirm(n);
    }
    client.close();
  },
  'connections with work for each, and a pool of them that closes': (talk) => {
    const pool = Array.from({ length: 40 }, (_, n) => ({ n, ...working(talk, 'pool') }));
    for (const { n, channel } of pool) {
      for (let i = 0; i < 20; i++) channel.publish({ exchange: 'shop', body: `${n} ${i}` });
    }
    talk.wait(60_000);
    for (const { client } of pool) client.heartbeat('client');
    for (const { client } of pool) client.close();
  },
  'a publisher that stops when it is blocked, as soon as it hears of it': (talk) => {
    const { client, channel } = working(talk);
    channel.call('confirm.select');
    client.server('connection.blocked', { reason: 'low on memory' });
    for (let n = 1; n <= 50; n++) channel.publish({ routingKey: 'orders', body: `${n}` });
    talk.wait(20_000);
    client.server('connection.unblocked');
    for (let n = 51; n <= 90; n++) channel.publish({ routingKey: 'orders', body: `${n}` });
    talk.wait(2000);
    channel.confirm(90, true);
    client.close();
  },
  'replies in several parts, and other messages to a queue that is no reply queue alone': (talk) => {
    const { client, channel, replies, server } = asking(talk);
    channel.publish({ routingKey: 'factorise', properties: { reply_to: replies, correlation_id: 'a' } });
    for (let part = 1; part <= 3; part++) {
      server.channel.publish({ routingKey: replies, properties: { correlation_id: 'a' }, body: `part ${part}` });
    }
    channel.call('queue.declare', { queue: 'inbox', durable: true });
    channel.publish({ routingKey: 'factorise', properties: { reply_to: 'inbox', correlation_id: 'b' } });
    for (let n = 1; n <= 20; n++) {
      server.channel.publish({ routingKey: 'inbox', properties: { correlation_id: `event-${n}` }, body: `${n}` });
      server.channel.publish({ routingKey: 'inbox', body: `${n}` });
    }
    client.close();
    server.client.close();
  },
  'a reply queue for each request, and requests that are told apart by message_id': (talk) => {
    const { client, channel, replies, server } = asking(talk);
    for (let n = 1; n <= 15; n++) {
      channel.publish({ routingKey: 'factorise', properties: { reply_to: `amq.gen-${n}` }, body: `${n}` });
      channel.publish({ routingKey: 'factorise', properties: { reply_to: replies, message_id: `${n}` } });
    }
    client.close();
    server.client.close();
  },
  'a batch that is acknowledged for all consumers of the channel, as always': (talk) => {
    const { client, channel } = working(talk);
    channel.call('basic.qos', { prefetch_count: 20 });
    for (const queue of ['red', 'blue']) channel.call('basic.consume', { queue, consumer_tag: queue });
    for (let tag = 1; tag <= 60; tag++) {
      channel.deliver({ consumerTag: tag % 2 ? 'red' : 'blue', deliveryTag: tag, body: `${tag}` });
      if (tag % 10 === 0) channel.ack(tag, true);
    }
    client.close();
  },
  'a subscriber without acks that ends while its own fleeting queue is full of news': (talk) => {
    const { client, channel } = working(talk);
    channel.call('queue.declare', { exclusive: true }, { queue: 'amq.gen-news' });
    channel.call('basic.consume', { queue: 'amq.gen-news', consumer_tag: 'c', no_ack: true });
    for (let tag = 1; tag <= 50; tag++) channel.deliver({ consumerTag: 'c', deliveryTag: tag, body: `${tag}` });
    client.close();
  },
  'a queue that is deleted while its publisher stops, and one that is declared again': (talk) => {
    const { client, channel } = working(talk);
    const ops = working(talk, 'ops');
    for (const queue of ['old', 'new']) {
      channel.call('queue.declare', { queue, durable: true });
      ops.channel.call('queue.delete', { queue });
    }
    channel.publish({ routingKey: 'old' });
    talk.wait(5000);
    ops.channel.call('queue.declare', { queue: 'new', durable: true });
    client.channel().publish({ routingKey: 'new' });
    talk.wait(5000);
    client.close();
    ops.client.close();
  },
  'a pool of 40 connections that are opened together, carry a message each, and are closed together': (talk) => {
    const pool = Array.from({ length: 40 }, () => working(talk, 'pool'));
    for (const [n, { channel }] of pool.entries()) channel.publish({ exchange: 'shop', body: `${n}` });
    talk.wait(1000);
    for (const { client } of pool) client.close();
  },
  '40 health checks that connect, and say nothing': (talk) => {
    for (let n = 0; n < 40; n++) talk.connect({ until: 'nothing' }).cut('client');
  },
  'a producer that looks at the length of its queue before each message': (talk) => {
    const { client, channel } = working(talk);
    for (let n = 1; n <= 20; n++) {
      channel.call('queue.declare', { queue: 'orders', passive: true });
      channel.publish({ routingKey: 'orders', body: `${n}` });
    }
    client.close();
  },
  'a queue that is declared before each message, of which there is one in four seconds': (talk) => {
    const { client, channel } = working(talk);
    for (let n = 1; n <= 20; n++) {
      channel.call('queue.declare', { queue: 'orders', durable: true });
      channel.publish({ routingKey: 'orders', body: `${n}` });
      talk.wait(4000);
    }
    client.close();
  },
  'a message that is put back ten times into a quorum queue with a delivery limit': (talk) => {
    const worker = working(talk);
    const limited = { 'x-queue-type': 'quorum', 'x-delivery-limit': 10 };
    worker.channel.call('queue.declare', { queue: 'orders', durable: true, arguments: limited });
    putBack(talk, worker, 300);
    worker.client.close();
  },
  'a message that is put back ten times, a quarter of a minute apart': (talk) => {
    const worker = working(talk);
    putBack(talk, worker, 15_000);
    worker.client.close();
  },
  'a reader of a stream that acknowledges in batches, while nothing comes for an hour': (talk) => {
    const { client, channel } = working(talk);
    channel.call('queue.declare', { queue: 'events', durable: true, arguments: { 'x-queue-type': 'stream' } });
    channel.call('basic.qos', { prefetch_count: 100 });
    channel.call('basic.consume', { queue: 'events', consumer_tag: 'c' });
    for (let deliveryTag = 1; deliveryTag <= 70; deliveryTag++) channel.deliver({ consumerTag: 'c', deliveryTag });
    channel.ack(50, true);
    idle(talk, client, 60);
    client.close();
  },
  'messages that are acknowledged once a minute, all together': (talk) => {
    const { client, channel } = working(talk);
    channel.call('basic.qos', { prefetch_count: 5000 });
    channel.call('basic.consume', { queue: 'readings', consumer_tag: 'c' });
    for (let deliveryTag = 1; deliveryTag <= 6000; deliveryTag++) {
      channel.deliver({ consumerTag: 'c', deliveryTag, body: `${deliveryTag}` });
      if (deliveryTag % 1500 === 0) channel.ack(deliveryTag, true);
      talk.wait(40);
      if (deliveryTag % 500 === 0) client.heartbeat('client');
    }
    client.close();
  },
  'a body of exactly 16 MiB': (talk) => {
    const { client, channel } = working(talk);
    channel.publish({ exchange: 'films', body: new Uint8Array(16 << 20) });
    client.close();
  },
};

it.each(Object.entries(NEAR_MISSES))('nothing is found about %s', (_, play) => {
  const { session } = sessionOf({ play });
  expect(session.failure).toBeUndefined();
  expect(session.findings.list().map(({ definition, text }) => `${definition.id}: ${text}`)).toEqual([]);
});

it('messages of one batch that come back are unroutable, but not ignored', () => {
  const play = (talk: Conversation) => {
    const { client, channel } = working(talk);
    const messages = Array.from({ length: 20 }, (_, n) => ({ exchange: 'shop', routingKey: 'eu', body: `${n}` }));
    for (const message of messages) channel.publish({ ...message, mandatory: true });
    for (const message of messages) {
      talk.wait(100);
      channel.return_(message);
    }
    client.close();
  };
  const found = sessionOf({ play }).session.findings.list();
  expect(found.map(({ definition, count }) => [definition.id, count])).toEqual([['unroutable', 20]]);
});
