// Conversations, and what the session understands of them.

import { describe, expect, test } from 'vitest';
import { Session } from '../../src/session/session.ts';
import { type ConnectOptions, Conversation } from '../rig/conversation.ts';

function begin(options: ConnectOptions = {}) {
  const talk = new Conversation();
  const session = new Session(talk.log, talk.connections, { findings: [] });
  const client = talk.connect(options);
  const state = (number = 1) => [...session.channels()].find((channel) => channel.number === number)!;
  return { talk, session, client, state };
}

/** What `match` says of the latest message. */
function last(session: Session) {
  return session.messages.get(session.messages.next - 1)!;
}

describe('publishes in confirm mode', () => {
  test('are settled by their confirms, multiple ones included', () => {
    const { session, client, state } = begin();
    const channel = client.channel();
    channel.call('confirm.select');
    const publishes = [1, 2, 3, 4].map((i) => channel.publish({ exchange: 'orders', routingKey: 'eu', body: `${i}` }));
    expect(state()).toMatchObject({ mode: 'confirm', published: 4 });
    expect(state().unconfirmed.size).toBe(4);
    const second = channel.confirm(2);
    expect(state().unconfirmed.size).toBe(3);
    const rest = channel.confirm(4, true);
    expect(state().unconfirmed.size).toBe(0);
    expect(session.links.of(second)).toEqual({ answers: publishes[1], latency: 300, settles: 1 });
    expect(session.links.of(rest)).toEqual({ answers: publishes[0], latency: 500, settles: 3 });
    expect(session.links.of(publishes[3]!)).toEqual({ answeredBy: rest });
    expect(session.topology.findExchange('/', 'orders')!.publishConfirm.count).toBe(4);
  });

  test('may be nacked, or returned and then confirmed', () => {
    const { session, client, state } = begin();
    const channel = client.channel();
    channel.call('confirm.select');
    channel.publish({ routingKey: 'nowhere', mandatory: true });
    const returned = channel.return_({ routingKey: 'nowhere' });
    channel.confirm(1);
    expect(last(session)).toMatchObject({ outcome: 5, exchange: '', routingKey: 'nowhere' });
    expect(session.links.of(returned)?.settles).toBe(1);
    channel.publish({ routingKey: 'full' });
    channel.server('basic.nack', { delivery_tag: 2 });
    expect(last(session)).toMatchObject({ outcome: 2 });
    expect(state()).toMatchObject({ confirmed: 1, nackedPublishes: 1, returned: 1 });
  });

  test('are confirmed even while the client closes the channel', () => {
    const { session, client } = begin();
    const channel = client.channel();
    channel.call('confirm.select');
    channel.publish();
    channel.client('channel.close', { reply_code: 200 });
    channel.confirm(1);
    channel.server('channel.close-ok');
    expect(last(session).outcome).toBe(1);
  });
});

describe('deliveries', () => {
  test('are those of the publish, across connections, and settled by their acks', () => {
    const { talk, session, client, state } = begin();
    const publisher = client.channel();
    const consumer = talk.connect().channel(7);
    consumer.call('queue.declare', { queue: 'q' });
    consumer.call('basic.consume', { queue: 'q', consumer_tag: 'c' });
    const published = publisher.publish({ routingKey: 'q', body: 'x' });
    talk.wait(2);
    const delivered = consumer.deliver({ consumerTag: 'c', deliveryTag: 1, routingKey: 'q', body: 'x' });
    expect(state(7).unacked.size).toBe(1);
    talk.wait(5);
    const acked = consumer.ack(1);
    expect(session.links.of(published)).toEqual({ answeredBy: delivered });
    expect(session.links.of(delivered)).toEqual({
      answers: published,
      answeredBy: acked,
      latency: 2100,
      queue: 'q',
    });
    expect(session.links.of(acked)).toEqual({ answers: delivered, latency: 5100, settles: 1, queue: 'q' });
    expect(session.queueOf(acked)).toBe('q');
    expect(last(session).deliveries).toMatchObject([
      {
        queue: 'q',
        consumerTag: 'c',
        deliveryTag: 1,
        settlement: 'ack',
        settledRecord: acked,
        channel: 7,
        connection: 2,
      },
    ]);
    expect(session.topology.findQueue('/', 'q')).toMatchObject({ delivered: 1, acked: 1, unacked: 0 });
  });

  test('are expanded from a multiple ack, and 0 settles them all', () => {
    const { session, client, state } = begin();
    const channel = client.channel();
    channel.call('basic.consume', { queue: 'q', consumer_tag: 'c' });
    for (let tag = 1; tag <= 5; tag++) channel.deliver({ consumerTag: 'c', deliveryTag: tag, body: `${tag}` });
    const acked = channel.ack(3, true);
    expect(session.links.of(acked)).toMatchObject({ settles: 3 });
    channel.nack(0, { multiple: true, requeue: false });
    expect(state()).toMatchObject({ acked: 3, nacked: 2, requeued: 0 });
    expect(state().unacked.size).toBe(0);
    expect(state().consumers.get('c')).toMatchObject({ delivered: 5, acked: 3, unacked: 0, mostUnacked: 5 });
  });

  test('come again after a requeue, as the same message', () => {
    const { session, client } = begin();
    const channel = client.channel();
    channel.call('basic.consume', { queue: 'q', consumer_tag: 'c' });
    channel.publish({ routingKey: 'q', body: 'poison' });
    const message = { consumerTag: 'c', routingKey: 'q', body: 'poison' };
    channel.deliver({ ...message, deliveryTag: 1 });
    channel.reject(1);
    channel.deliver({ ...message, deliveryTag: 2, redelivered: true });
    channel.nack(2);
    channel.deliver({ ...message, deliveryTag: 3, redelivered: true });
    channel.ack(3);
    expect(last(session).deliveries.map(({ settlement }) => settlement)).toEqual(['requeue', 'requeue', 'ack']);
  });

  test('go back when their channel closes, and come again elsewhere', () => {
    const { talk, session, client } = begin();
    const channel = client.channel();
    channel.call('basic.consume', { queue: 'q', consumer_tag: 'c' });
    channel.publish({ routingKey: 'q' });
    channel.deliver({ consumerTag: 'c', deliveryTag: 1, routingKey: 'q' });
    client.cut();
    const other = talk.connect().channel();
    other.call('basic.consume', { queue: 'q', consumer_tag: 'd' });
    other.deliver({ consumerTag: 'd', deliveryTag: 1, routingKey: 'q', redelivered: true });
    expect(last(session).deliveries.map(({ settlement }) => settlement)).toEqual(['closed', 'none']);
    expect(session.topology.findQueue('/', 'q')!.unacked).toBe(1);
  });

  test('stay unsettled where the capture ends while their connection is open', () => {
    const { session, client, state } = begin();
    const channel = client.channel();
    channel.call('basic.consume', { queue: 'q', consumer_tag: 'c' });
    channel.publish({ routingKey: 'q' });
    channel.deliver({ consumerTag: 'c', deliveryTag: 1, routingKey: 'q' });
    const held = state();
    client.cut('capture', 'capture-ended');
    expect(last(session).deliveries.map(({ settlement }) => settlement)).toEqual(['none']);
    expect(held.unacked.size).toBe(1);
    expect(held.isOpen).toBe(false);
  });

  test('with no-ack wait for nothing', () => {
    const { session, client, state } = begin();
    const channel = client.channel();
    channel.call('basic.consume', { queue: 'q', consumer_tag: 'c', no_ack: true });
    channel.deliver({ consumerTag: 'c', deliveryTag: 1 });
    expect(state().unacked.size).toBe(0);
    expect(last(session).deliveries[0]!.settlement).toBe('no-ack');
  });

  test('by basic.get are of the queue that was asked, the last declared one for an empty name', () => {
    const { session, client, state } = begin();
    const channel = client.channel();
    channel.call('queue.declare', { queue: 'mine' });
    channel.client('basic.get', { queue: '' });
    const got = channel.getOk({ deliveryTag: 1 });
    expect(session.queueOf(got)).toBe('mine');
    channel.call('basic.get', { queue: 'mine' });
    expect(state()).toMatchObject({ got: 1, gotEmpty: 1 });
    expect(state().unacked.size).toBe(1);
  });

  test('of equal messages are matched in order, and marked as a guess', () => {
    const { session, client } = begin();
    const channel = client.channel();
    channel.call('basic.consume', { queue: 'q', consumer_tag: 'c' });
    const published = [1, 2, 3].map(() => channel.publish({ routingKey: 'q', body: 'same' }));
    const delivered = [1, 2, 3].map((tag) =>
      channel.deliver({ consumerTag: 'c', deliveryTag: tag, routingKey: 'q', body: 'same' }),
    );
    expect(delivered.map((id) => session.links.of(id)?.answers)).toEqual(published);
    expect([...session.messages.list()].map(({ ambiguous }) => ambiguous)).toEqual([true, true, true]);
  });

  test('of one message to several queues are all its own', () => {
    const { session, client } = begin();
    const channel = client.channel();
    for (const queue of ['a', 'b', 'c']) channel.call('basic.consume', { queue, consumer_tag: queue });
    channel.publish({ exchange: 'fan', body: '1' });
    channel.publish({ exchange: 'fan', body: '2' });
    let tag = 0;
    for (const body of ['1', '2']) {
      for (const queue of ['a', 'b', 'c']) {
        channel.deliver({ consumerTag: queue, deliveryTag: ++tag, exchange: 'fan', body });
      }
    }
    const queues = [...session.messages.list()].map((message) => message.deliveries.map(({ queue }) => queue));
    expect(queues).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ]);
  });

  test('of equal messages to several queues are matched in order in each', () => {
    const { talk, session, client } = begin();
    const channel = client.channel();
    for (const queue of ['a', 'b']) channel.call('basic.consume', { queue, consumer_tag: queue });
    let tag = 0;
    for (let i = 0; i < 300; i++) {
      const published = channel.publish({ exchange: 'fan', body: 'ping' });
      for (const consumerTag of ['a', 'b']) {
        const id = channel.deliver({ consumerTag, deliveryTag: ++tag, exchange: 'fan', body: 'ping' });
        expect(session.links.of(id)?.answers).toBe(published);
      }
    }
    talk.wait(1);
    channel.call('queue.declare', { queue: 'late', exclusive: true });
    channel.call('basic.consume', { queue: 'late', consumer_tag: 'late' });
    channel.publish({ exchange: 'fan', body: 'ping' });
    const first = channel.deliver({ consumerTag: 'late', deliveryTag: ++tag, exchange: 'fan', body: 'ping' });
    const latency = session.latencyOf(first);
    expect(latency === undefined || latency < 1000).toBe(true);
  });

  test('of a dead letter are found by message_id', () => {
    const { session, client } = begin();
    const channel = client.channel();
    channel.call('basic.consume', { queue: 'dead', consumer_tag: 'c' });
    const published = channel.publish({ exchange: 'x', routingKey: 'live', properties: { message_id: 'm-1' } });
    const properties = { message_id: 'm-1', headers: { 'x-death': 'told' } };
    const delivered = channel.deliver({
      consumerTag: 'c',
      deliveryTag: 1,
      exchange: 'dlx',
      routingKey: 'dead',
      properties,
    });
    expect(session.links.of(delivered)?.answers).toBe(published);
    expect([...session.messages.byMessageId('m-1')]).toHaveLength(1);
  });

  test('come back with new tags after basic.recover', () => {
    const { session, client, state } = begin();
    const channel = client.channel();
    channel.call('basic.consume', { queue: 'q', consumer_tag: 'c' });
    channel.deliver({ consumerTag: 'c', deliveryTag: 1, body: 'x' });
    channel.call('basic.recover', { requeue: true });
    expect(state().unacked.size).toBe(0);
    channel.deliver({ consumerTag: 'c', deliveryTag: 2, body: 'x', redelivered: true });
    expect(last(session).deliveries.map(({ settlement }) => settlement)).toEqual(['requeue', 'none']);
  });
});

describe('a backlog deeper than what is remembered', () => {
  test('costs only the matches of what was forgotten', () => {
    const talk = new Conversation();
    const session = new Session(talk.log, talk.connections, { messages: 64, findings: [] });
    const channel = talk.connect().channel();
    channel.call('basic.consume', { queue: 'q', consumer_tag: 'c' });
    const published = Array.from({ length: 100 }, (_, i) => channel.publish({ routingKey: 'q', body: `${i}` }));
    const answers = published.map((_, i) => {
      const id = channel.deliver({ consumerTag: 'c', deliveryTag: i + 1, routingKey: 'q', body: `${i}` });
      channel.ack(i + 1);
      return session.links.of(id)?.answers;
    });
    expect(answers).toEqual([...Array(36).fill(undefined), ...published.slice(36)]);
  });
});

describe('a message that comes in several chunks', () => {
  test('has the time of its last one', () => {
    const { talk, session, client } = begin();
    const channel = client.channel();
    channel.call('confirm.select');
    const [method, ...content] = channel.encodeMessage('basic.publish', { routing_key: 'q' }, { body: 'x' });
    client.bytes('client', method!);
    talk.wait(40);
    client.bytes('client', Buffer.concat(content));
    const confirmed = channel.confirm(1);
    expect(session.links.of(confirmed)?.latency).toBe(100);
  });
});

describe('a transaction', () => {
  test('settles when it is committed, and not when it is rolled back', () => {
    const { client, state } = begin();
    const channel = client.channel();
    channel.call('tx.select');
    channel.call('basic.consume', { queue: 'q', consumer_tag: 'c' });
    channel.deliver({ consumerTag: 'c', deliveryTag: 1 });
    channel.ack(1);
    channel.publish({ body: 'x' });
    expect(state()).toMatchObject({ mode: 'tx', uncommitted: 2 });
    channel.call('tx.rollback');
    expect(state().uncommitted).toBe(0);
    expect(state().unacked.size).toBe(1);
    channel.ack(1);
    channel.call('tx.commit');
    expect(state().unacked.size).toBe(0);
    expect(state().acked).toBe(1);
  });
});

describe('round trips', () => {
  test('are those of each method and its -ok', () => {
    const { session, client } = begin();
    const channel = client.channel();
    const declared = channel.call('queue.declare', { queue: 'q' });
    expect(session.links.of(declared + 1)).toEqual({ answers: declared, latency: 100, settles: 1 });
    expect(session.links.of(declared)).toEqual({ answeredBy: declared + 1 });
    const names = session.latencies().map(({ kind, name }) => `${kind} ${name}`);
    expect(names).toEqual(
      expect.arrayContaining(['method connection.tune', 'method channel.open', 'method queue.declare']),
    );
  });

  test('of requests and replies are found by correlation id', () => {
    const { session, client } = begin();
    const channel = client.channel();
    const asked = channel.publish({ routingKey: 'rpc', properties: { reply_to: 'answers', correlation_id: '1' } });
    const replied = channel.publish({ routingKey: 'answers', properties: { correlation_id: '1' } });
    expect(session.links.of(replied)).toEqual({ answers: asked, latency: 100 });
    expect(session.latencies().find(({ kind }) => kind === 'rpc')?.histogram.count).toBe(1);
  });
});

describe('the topology', () => {
  test('is what was declared and bound, and not deleted since', () => {
    const { session, client } = begin({ vhost: 'shop' });
    const channel = client.channel();
    channel.call('exchange.declare', { exchange: 'orders', type: 'topic', durable: true });
    const declared = channel.call('queue.declare', { queue: 'eu', durable: true, arguments: { 'x-max-length': 5 } });
    channel.call('queue.bind', { queue: 'eu', exchange: 'orders', routing_key: 'eu.#' });
    channel.client('exchange.bind', { source: 'orders', destination: 'copy', nowait: true });
    expect(session.topology.findQueue('shop', 'eu')?.declared).toMatchObject({
      record: declared,
      durable: true,
      connection: 1,
    });
    expect(session.topology.findExchange('shop', 'orders')?.declared).toMatchObject({ type: 'topic' });
    expect([...session.topology.bindingsOf('shop', 'orders')]).toMatchObject([
      { destination: 'eu', destinationType: 'queue', routingKey: 'eu.#' },
      { destination: 'copy', destinationType: 'exchange' },
    ]);
    channel.call('queue.delete', { queue: 'eu' });
    expect(session.topology.findQueue('shop', 'eu')).toMatchObject({ deleted: true, declared: undefined });
    expect([...session.topology.bindingsOf('shop', 'orders')]).toHaveLength(1);
  });

  test('does not hold what was refused', () => {
    const { session, client } = begin();
    const channel = client.channel();
    channel.client('queue.declare', { queue: 'q', durable: true });
    channel.closeByServer(406, 'PRECONDITION_FAILED', 'queue.declare');
    expect(session.topology.findQueue('/', 'q')).toBeUndefined();
  });

  test('forgets exclusive queues with their connection', () => {
    const { session, client } = begin();
    client.channel().call('queue.declare', { queue: 'mine', exclusive: true });
    client.close();
    expect(session.topology.findQueue('/', 'mine')?.deleted).toBe(true);
  });
});

describe('channels', () => {
  test('tell why they closed', () => {
    const { client, state } = begin();
    const channel = client.channel();
    channel.client('queue.declare', { queue: 'absent', passive: true });
    channel.closeByServer(404, "NOT_FOUND - no queue 'absent' in vhost '/'", 'queue.declare');
    expect(state().closed).toMatchObject({ by: 'server', code: 404, method: 'queue.declare' });
  });

  test('pass over what comes after a close', () => {
    const { client, state } = begin();
    const channel = client.channel();
    channel.server('channel.close', { reply_code: 404 });
    channel.publish();
    channel.client('channel.close-ok');
    expect(state().published).toBe(0);
  });

  test('may be opened again under the same number', () => {
    const { client, session } = begin();
    client.channel().close();
    client.channel(1).publish();
    expect([...session.channels()].map(({ isOpen, published }) => [isOpen, published])).toEqual([
      [false, 0],
      [true, 1],
    ]);
  });

  test('follow prefetch, flow and consumers', () => {
    const { client, state } = begin();
    const channel = client.channel();
    channel.call('basic.qos', { prefetch_count: 10 });
    channel.call('basic.qos', { prefetch_count: 100, global: true });
    channel.call('basic.consume', { queue: 'q', consumer_tag: 'c', exclusive: true });
    channel.call('channel.flow', { active: false });
    expect(state()).toMatchObject({ prefetch: 10, globalPrefetch: 100, flowActive: false });
    expect(state().consumers.get('c')).toMatchObject({ prefetch: 10, exclusive: true, cancelled: false });
    channel.server('basic.cancel', { consumer_tag: 'c' });
    expect(state().consumers.get('c')?.cancelled).toBe(true);
  });
});

describe('a capture that begins in mid-connection', () => {
  test('takes tags as they come', () => {
    const { client, state } = begin({ midway: true });
    const channel = client.channel(3);
    channel.deliver({ consumerTag: 'c', deliveryTag: 41 });
    channel.deliver({ consumerTag: 'c', deliveryTag: 42 });
    channel.ack(42, true);
    expect(state(3)).toMatchObject({ midway: true, delivered: 2, acked: 2 });
  });
});

describe('the session itself', () => {
  test('keeps to its bounds when a channel acknowledges nothing', () => {
    const { client, session, state } = begin();
    const channel = client.channel();
    channel.call('basic.consume', { queue: 'q', consumer_tag: 'c' });
    for (let tag = 1; tag <= 100_000; tag++) channel.deliver({ consumerTag: 'c', deliveryTag: tag });
    expect(state().unacked.size).toBe(100_000);
    expect(session.topology.findQueue('/', 'q')!.unacked).toBe(100_000);
    expect(session.messages.oldest).toBe(100_000 - 65_536 + 1);
    channel.ack(0, true);
    expect(state().unacked.size).toBe(0);
  });

  test('ends with a reason, and no harm to the traffic, if a listener throws', () => {
    const { client, session } = begin();
    session.listen({
      channelOpened: () => {
        throw new Error('a defect');
      },
    });
    client.channel().publish();
    expect(session.failure).toBe('a defect');
  });
});
