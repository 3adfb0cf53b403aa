// x-queue-type quorum: what a client can see of it. Counterparts: single-active.test.ts, dead-letter.test.ts, expiry.test.ts.

import { expect, test } from 'vitest';
import { plain, refusal, table } from '../../rig/amqp-client.ts';
import { type BehaviourBroker, behaviour, unique } from './brokers.ts';
import { deliveries, drain, lastingQueue, outcomes, publishAll } from './observation.ts';

const quorum = (values: Parameters<typeof table>[0] = {}) => table({ 'x-queue-type': 'quorum', ...values });

async function quorumQueue(broker: BehaviourBroker, values: Parameters<typeof table>[0] = {}): Promise<string> {
  return await lastingQueue(broker, { arguments: quorum(values) });
}

/** Publishes texts and waits until the queue has them. */
async function fill(broker: BehaviourBroker, queue: string, ...bodies: readonly string[]): Promise<void> {
  const ch = await broker.channel();
  await ch.call('confirm.select');
  publishAll(ch, queue, ...bodies);
  expect(await outcomes(ch, 1, bodies.length)).toEqual(bodies.map(() => 'ack'));
}

behaviour('a quorum queue', (broker) => {
  test.each([
    ["invalid property 'non-durable'", { durable: false }],
    ["invalid property 'exclusive-owner'", { durable: true, exclusive: true }],
    ["invalid property 'auto-delete'", { durable: true, auto_delete: true }],
    ["invalid property 'exclusive-owner'", { durable: false, exclusive: true }],
    ["invalid property 'auto-delete'", { durable: false, exclusive: true, auto_delete: true }],
  ])('%s: %o', async (words, flags) => {
    const ch = await broker.channel();
    const queue = unique('quorum');
    expect(await refusal(ch.call('queue.declare', { queue, ...flags, arguments: quorum() }))).toBe(
      `channel.close 406 queue.declare PRECONDITION_FAILED - ${words} for queue '${queue}' in vhost '/'`,
    );
  });

  test.each([
    ['x-max-priority', 5],
    ['x-queue-mode', 'lazy'],
    ['x-max-age', '1h'],
    ['x-stream-max-segment-size-bytes', 1000],
  ])('does not know the argument %s', async (name, value) => {
    const ch = await broker.channel();
    const queue = unique('quorum');
    expect(
      await refusal(ch.call('queue.declare', { queue, durable: true, arguments: quorum({ [name]: value }) })),
    ).toBe(
      `channel.close 406 queue.declare PRECONDITION_FAILED - invalid arg '${name}' for queue '${queue}' in vhost '/' of queue type rabbit_quorum_queue`,
    );
  });

  test('cannot be named by the server', async () => {
    const ch = await broker.channel();
    expect(await refusal(ch.call('queue.declare', { queue: '', durable: true, arguments: quorum() }))).toBe(
      'channel.close 406 queue.declare PRECONDITION_FAILED - Cannot declare a server-named queue for type rabbit_quorum_queue',
    );
  });

  test('cannot be declared again as a classic one', async () => {
    const queue = await quorumQueue(broker);
    const ch = await broker.channel();
    expect(await refusal(ch.call('queue.declare', { queue, durable: true }))).toBe(
      `channel.close 406 queue.declare PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue '${queue}' in vhost '/': received none but current is the value 'quorum' of type 'longstr'`,
    );
  });

  test('keeps order, counts and bodies', async () => {
    const queue = await quorumQueue(broker);
    await fill(broker, queue, '1', '2', '3');
    const ch = await broker.channel();
    const first = (await ch.get(queue, false))!;
    expect(first.arguments).toMatchObject({ delivery_tag: 1n, redelivered: false, message_count: 2 });
    expect(await drain(ch, queue)).toEqual(['2', '3']);
    expect(await ch.get(queue)).toBeUndefined();
  });

  test('a message that comes back tells how often it was delivered', async () => {
    const queue = await quorumQueue(broker);
    await fill(broker, queue, 'm');
    const ch = await broker.channel();
    const seen: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const { arguments: values, properties } = (await ch.get(queue, false))!;
      seen.push([values.redelivered, plain(properties.headers)]);
      ch.send('basic.nack', { delivery_tag: values.delivery_tag, requeue: true });
    }
    expect(seen).toEqual([
      [false, { 'x-delivery-count': 0 }],
      [true, { 'x-delivery-count': 1 }],
      [true, { 'x-delivery-count': 2 }],
    ]);
  });

  test('also to a consumer, and beside other headers', async () => {
    const queue = await quorumQueue(broker);
    const ch = await broker.channel();
    ch.publish({ routingKey: queue, body: 'm', properties: { headers: table({ zebra: 1, apple: 2 }), type: 't' } });
    await ch.consume(queue);
    const first = await ch.next('basic.deliver');
    expect(first.properties).toEqual({ headers: table({ zebra: 1, apple: 2 }), type: 't' });
    ch.send('basic.reject', { delivery_tag: first.arguments.delivery_tag, requeue: true });
    const second = await ch.next('basic.deliver');
    expect(second.arguments.redelivered).toBe(true);
    expect(second.properties.headers?.map(([name, { type, value }]) => [name, type, value])).toEqual([
      ['apple', 'I', 2],
      ['x-delivery-count', 'l', 1n],
      ['zebra', 'I', 1],
    ]);
  });

  test('x-delivery-limit drops a message that came back too often', async () => {
    const queue = await quorumQueue(broker, { 'x-delivery-limit': 2 });
    const ch = await broker.channel();
    await ch.consume(queue);
    publishAll(ch, queue, 'poison');
    const redelivered: boolean[] = [];
    for (let i = 0; i < 3; i++) {
      const { arguments: values } = await ch.next('basic.deliver');
      redelivered.push(values.redelivered);
      ch.send('basic.nack', { delivery_tag: values.delivery_tag, requeue: true });
    }
    publishAll(ch, queue, 'healthy');
    expect(`${(await ch.next('basic.deliver')).body}`).toBe('healthy');
    expect(redelivered).toEqual([false, true, true]);
  });

  test('a closed channel counts as a return', async () => {
    const queue = await quorumQueue(broker);
    const client = await broker.connect();
    const ch = await client.channel();
    publishAll(ch, queue, 'm');
    await ch.consume(queue);
    await ch.next('basic.deliver');
    await ch.close();
    const other = await client.channel();
    await other.consume(queue);
    const again = await other.next('basic.deliver');
    expect([again.arguments.redelivered, plain(again.properties.headers)]).toEqual([true, { 'x-delivery-count': 1 }]);
  });

  test('prefetch per consumer', async () => {
    const queue = await quorumQueue(broker);
    await fill(broker, queue, '1', '2', '3');
    const ch = await broker.channel();
    await ch.call('basic.qos', { prefetch_count: 2 });
    await ch.consume(queue);
    expect(await deliveries(ch, 2)).toEqual(['1', '2']);
    ch.send('basic.ack', { delivery_tag: 2n, multiple: true });
    expect(await deliveries(ch, 1)).toEqual(['3']);
  });

  test('a global prefetch is refused', async () => {
    const queue = await quorumQueue(broker);
    const client = await broker.connect();
    const ch = await client.channel();
    await ch.call('basic.qos', { prefetch_count: 2, global: true });
    expect(await refusal(ch.consume(queue))).toBe(
      `connection.close 540 basic.consume NOT_IMPLEMENTED - queue '${queue}' in vhost '/' does not support global qos`,
    );
  });

  test('consumers without acknowledgements', async () => {
    const queue = await quorumQueue(broker);
    const ch = await broker.channel();
    await ch.consume(queue, { no_ack: true });
    publishAll(ch, queue, '1', '2');
    expect(await deliveries(ch, 2)).toEqual(['1', '2']);
    ch.send('basic.ack', { delivery_tag: 1n });
    expect((await ch.closed)?.replyText).toBe('PRECONDITION_FAILED - unknown delivery tag 1');
  });

  test('with a delivery limit, messages that come back stand first, in the order in which they came back', async () => {
    const queue = await quorumQueue(broker, { 'x-delivery-limit': 20 });
    await fill(broker, queue, '1', '2', '3', '4', '5');
    const ch = await broker.channel();
    await ch.call('basic.qos', { prefetch_count: 4 });
    const consumer_tag = await ch.consume(queue);
    await deliveries(ch, 4);
    await ch.call('basic.cancel', { consumer_tag });
    for (const tag of [3n, 1n, 4n, 2n]) ch.send('basic.nack', { delivery_tag: tag, requeue: true });
    expect(await drain(ch, queue)).toEqual(['3', '1', '4', '2', '5']);
  });

  test('with a delivery limit, several that come back at once keep their order', async () => {
    const queue = await quorumQueue(broker, { 'x-delivery-limit': 20 });
    await fill(broker, queue, '1', '2', '3', '4');
    const client = await broker.connect();
    const [ch, other] = [await client.channel(), await client.channel()];
    await ch.call('basic.qos', { prefetch_count: 3 });
    const consumer_tag = await ch.consume(queue);
    await deliveries(ch, 3);
    await ch.call('basic.cancel', { consumer_tag });
    ch.send('basic.nack', { delivery_tag: 2n, multiple: true, requeue: true });
    await ch.close();
    expect(await drain(other, queue)).toEqual(['1', '2', '3', '4']);
  });

  test('knows no exclusive consumers', async () => {
    const queue = await quorumQueue(broker);
    const client = await broker.connect();
    const [ch, other] = [await client.channel(), await client.channel()];
    await ch.consume(queue, { consumer_tag: 'only', exclusive: true });
    await other.consume(queue, { consumer_tag: 'another' });
    await other.consume(queue, { consumer_tag: 'third', exclusive: true });
  });

  test('acknowledged messages do not come back when the channel is closed', async () => {
    const queue = await quorumQueue(broker);
    await fill(broker, queue, '1', '2', '3');
    const client = await broker.connect();
    const ch = await client.channel();
    await ch.consume(queue);
    await deliveries(ch, 3);
    ch.send('basic.ack', { delivery_tag: 1n });
    ch.send('basic.reject', { delivery_tag: 3n });
    await ch.close();
    const other = await client.channel();
    await other.consume(queue, { no_ack: true });
    expect(await deliveries(other, 1)).toEqual(['2']);
  });

  test('purge', async () => {
    const queue = await quorumQueue(broker);
    await fill(broker, queue, '1', '2', '3');
    const ch = await broker.channel();
    expect((await ch.call('queue.purge', { queue })).arguments.message_count).toBe(3);
    expect(await ch.get(queue)).toBeUndefined();
  });

  test.each([
    ['if-unused', { if_unused: true }],
    ['if-empty', { if_empty: true }],
  ])('cannot be deleted with %s', async (flag, values) => {
    const queue = await quorumQueue(broker);
    const ch = await broker.channel();
    expect(await refusal(ch.call('queue.delete', { queue, ...values }))).toBe(
      `connection.close 540 queue.delete NOT_IMPLEMENTED - cannot delete queue '${queue}' in vhost '/'. queue.delete operations with ${flag} flag set are not supported by quorum queues`,
    );
  });

  test('a consumer is cancelled when it is deleted', async () => {
    const queue = await quorumQueue(broker);
    const ch = await broker.channel();
    await ch.consume(queue, { consumer_tag: 'c' });
    await (await broker.channel()).call('queue.delete', { queue });
    expect(await ch.next()).toEqual({ method: 'basic.cancel', arguments: { consumer_tag: 'c', nowait: true } });
  });

  test('transactions', async () => {
    const queue = await quorumQueue(broker);
    const ch = await broker.channel();
    await ch.call('tx.select');
    publishAll(ch, queue, '1', '2');
    await ch.call('tx.commit');
    await ch.get(queue, false);
    ch.send('basic.ack', { delivery_tag: 1n });
    await ch.call('tx.commit');
    await ch.close();
    expect(await drain(await broker.channel(), queue)).toEqual(['2']);
  });

  test('x-max-length drops the oldest', async () => {
    const queue = await quorumQueue(broker, { 'x-max-length': 2 });
    await fill(broker, queue, '1', '2', '3', '4');
    expect(await drain(await broker.channel(), queue)).toEqual(['3', '4']);
  });

  test('takes its own arguments', async () => {
    await quorumQueue(broker, {
      'x-quorum-initial-group-size': 1,
      'x-max-in-memory-length': 10,
      'x-max-in-memory-bytes': 1000,
      'x-dead-letter-strategy': 'at-most-once',
      'x-queue-leader-locator': 'client-local',
      'x-overflow': 'reject-publish',
      'x-expires': 60000,
    });
  });
});
