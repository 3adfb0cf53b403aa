// x-queue-type stream, by AMQP 0-9-1: a log that consumers read from an offset on.

import { expect, test } from 'vitest';
import type { FieldValue } from '../../../src/protocol/field-table.ts';
import { type ClientChannel, plain, refusal, table } from '../../rig/amqp-client.ts';
import { type BehaviourBroker, behaviour, unique } from './brokers.ts';
import { lastingQueue, outcomes, publishAll } from './observation.ts';

const stream = (values: Parameters<typeof table>[0] = {}) => table({ 'x-queue-type': 'stream', ...values });

async function newStream(broker: BehaviourBroker, values: Parameters<typeof table>[0] = {}): Promise<string> {
  return await lastingQueue(broker, { arguments: stream(values) });
}

/** Publishes texts one by one, each confirmed before the next, so that each is a chunk of its own in RabbitMQ. */
async function fill(broker: BehaviourBroker, queue: string, ...bodies: readonly string[]): Promise<void> {
  const ch = await broker.channel();
  await ch.call('confirm.select');
  for (const [index, body] of bodies.entries()) {
    publishAll(ch, queue, body);
    expect(await outcomes(ch, index + 1, index + 1)).toEqual(['ack']);
  }
}

/** A channel that reads the stream from there on. */
async function reader(
  broker: BehaviourBroker,
  queue: string,
  offset?: string | number | Date | FieldValue,
  prefetch_count = 100,
): Promise<ClientChannel> {
  const ch = await broker.channel();
  await ch.call('basic.qos', { prefetch_count });
  await ch.consume(queue, {
    consumer_tag: 'reader',
    arguments: offset === undefined ? [] : table({ 'x-stream-offset': offset }),
  });
  return ch;
}

async function read(ch: ClientChannel, count: number): Promise<[unknown, string][]> {
  const found: [unknown, string][] = [];
  while (found.length < count) {
    const { properties, body } = await ch.next('basic.deliver');
    found.push([plain(properties.headers)['x-stream-offset'], `${body}`]);
  }
  return found;
}

behaviour('a stream', (broker) => {
  test('is read from the first message on, again and again', async () => {
    const queue = await newStream(broker);
    await fill(broker, queue, 'a', 'b', 'c');
    const all = [
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
    ];
    expect(await read(await reader(broker, queue, 'first'), 3)).toEqual(all);
    expect(await read(await reader(broker, queue, 'first'), 3)).toEqual(all);
  });

  test('next, and no offset, mean what comes from now on', async () => {
    const queue = await newStream(broker);
    await fill(broker, queue, 'a', 'b');
    const [next, none] = [await reader(broker, queue, 'next'), await reader(broker, queue)];
    await fill(broker, queue, 'c');
    expect(await read(next, 1)).toEqual([[2, 'c']]);
    expect(await read(none, 1)).toEqual([[2, 'c']]);
  });

  test('last begins with the last chunk', async () => {
    const queue = await newStream(broker);
    await fill(broker, queue, 'a', 'b', 'c');
    expect(await read(await reader(broker, queue, 'last'), 1)).toEqual([[2, 'c']]);
  });

  test('an offset, of any integer type', async () => {
    const queue = await newStream(broker);
    await fill(broker, queue, 'a', 'b', 'c');
    for (const offset of [1, { type: 'l', value: 1n }, { type: 'b', value: 1 }, { type: 's', value: 1 }] as const) {
      expect(await read(await reader(broker, queue, offset), 2)).toEqual([
        [1, 'b'],
        [2, 'c'],
      ]);
    }
  });

  test('an offset beyond the end waits for it', async () => {
    const queue = await newStream(broker);
    await fill(broker, queue, 'a');
    const ch = await reader(broker, queue, 3);
    await fill(broker, queue, 'b', 'c', 'd', 'e');
    expect(await read(ch, 2)).toEqual([
      [3, 'd'],
      [4, 'e'],
    ]);
  });

  test('a timestamp long ago means the first message, one to come the next', async () => {
    const queue = await newStream(broker);
    await fill(broker, queue, 'a', 'b');
    expect(await read(await reader(broker, queue, new Date(0)), 2)).toEqual([
      [0, 'a'],
      [1, 'b'],
    ]);
    const ch = await reader(broker, queue, new Date(Date.now() + 3_600_000));
    await fill(broker, queue, 'c');
    expect(await read(ch, 1)).toEqual([[2, 'c']]);
  });

  test('an interval reaches back from now', async () => {
    const queue = await newStream(broker);
    await fill(broker, queue, 'a', 'b');
    expect(await read(await reader(broker, queue, '1h'), 2)).toEqual([
      [0, 'a'],
      [1, 'b'],
    ]);
  });

  test.each(['someday', '1w', '5', ''])('an offset %j is refused', async (offset) => {
    const queue = await newStream(broker);
    const ch = await broker.channel();
    await ch.call('basic.qos', { prefetch_count: 1 });
    expect(await refusal(ch.consume(queue, { arguments: table({ 'x-stream-offset': offset }) }))).toMatch(
      /^(channel\.close 406 basic\.consume PRECONDITION_FAILED - invalid arg 'x-stream-offset' for queue|connection\.close 541)/,
    );
  });

  test('a delivery tells exchange, routing key, properties, and the offset as a 64-bit header', async () => {
    const queue = await newStream(broker);
    const ch = await reader(broker, queue, 'first');
    const key = unique('key');
    await ch.call('queue.bind', { queue, exchange: 'amq.direct', routing_key: key });
    const properties = { content_type: 'text/plain', headers: table({ a: 1, s: 'x' }), message_id: 'id', priority: 3 };
    ch.publish({ exchange: 'amq.direct', routingKey: key, body: 'm', properties });
    const message = await ch.next('basic.deliver');
    expect(message.arguments).toEqual({
      consumer_tag: 'reader',
      delivery_tag: 1n,
      redelivered: false,
      exchange: 'amq.direct',
      routing_key: key,
    });
    expect(message.properties).toMatchObject({ content_type: 'text/plain', message_id: 'id', priority: 3 });
    const headers = new Map(message.properties.headers);
    expect(headers.get('x-stream-offset')).toEqual({ type: 'l', value: 0n });
    expect(plain(message.properties.headers)).toMatchObject({ a: 1, s: 'x' });
  });

  test('acknowledging makes room for more', async () => {
    const queue = await newStream(broker);
    await fill(broker, queue, 'a', 'b', 'c', 'd');
    const ch = await reader(broker, queue, 'first', 2);
    expect(await read(ch, 2)).toEqual([
      [0, 'a'],
      [1, 'b'],
    ]);
    await ch.sync();
    expect(ch.pending()).toEqual([]);
    ch.send('basic.ack', { delivery_tag: 1n });
    expect(await read(ch, 1)).toEqual([[2, 'c']]);
    ch.send('basic.ack', { delivery_tag: 3n, multiple: true });
    expect(await read(ch, 1)).toEqual([[3, 'd']]);
  });

  test('without prefetch there is no reading', async () => {
    const queue = await newStream(broker);
    const ch = await broker.channel();
    expect(await refusal(ch.consume(queue))).toBe(
      `channel.close 406 basic.consume PRECONDITION_FAILED - consumer prefetch count is not set for 'queue '${queue}' in vhost '/''`,
    );
  });

  test('without acknowledgements there is no reading', async () => {
    const queue = await newStream(broker);
    const ch = await broker.channel();
    await ch.call('basic.qos', { prefetch_count: 1 });
    expect(await refusal(ch.consume(queue, { no_ack: true }))).toBe(
      `connection.close 540 basic.consume NOT_IMPLEMENTED - automatic acknowledgement not supported by stream queues queue '${queue}' in vhost '/'`,
    );
  });

  test('a global prefetch is refused', async () => {
    const queue = await newStream(broker);
    const ch = await broker.channel();
    await ch.call('basic.qos', { prefetch_count: 1 });
    await ch.call('basic.qos', { prefetch_count: 1, global: true });
    expect(await refusal(ch.consume(queue))).toBe(
      `connection.close 540 basic.consume NOT_IMPLEMENTED - queue '${queue}' in vhost '/' does not support global qos`,
    );
  });

  test('basic.get is refused', async () => {
    const queue = await newStream(broker);
    const ch = await broker.channel();
    expect(await refusal(ch.call('basic.get', { queue }))).toBe(
      `connection.close 540 basic.get NOT_IMPLEMENTED - basic.get not supported by stream queues queue '${queue}' in vhost '/'`,
    );
  });

  test('purge is refused', async () => {
    const queue = await newStream(broker);
    const ch = await broker.channel();
    expect(await refusal(ch.call('queue.purge', { queue }))).toBe(
      `connection.close 540 queue.purge NOT_IMPLEMENTED - queue.purge not supported by stream queues queue '${queue}' in vhost '/'`,
    );
  });

  test.each([
    ['basic.nack', { delivery_tag: 1n, requeue: true }],
    ['basic.reject', { delivery_tag: 1n, requeue: false }],
  ] as const)('%s is refused', async (method, values) => {
    const queue = await newStream(broker);
    await fill(broker, queue, 'a');
    const ch = await reader(broker, queue, 'first');
    await read(ch, 1);
    ch.send(method, values);
    expect((await ch.closed)?.message).toMatch(
      new RegExp(
        `^connection.close 540 ${method} NOT_IMPLEMENTED - basic.nack and basic.reject not supported by stream queues queue '${queue}' in vhost '/'$`,
      ),
    );
  });

  test('cancelling ends the reading', async () => {
    const queue = await newStream(broker);
    await fill(broker, queue, 'a');
    const ch = await reader(broker, queue, 'first');
    await read(ch, 1);
    await ch.call('basic.cancel', { consumer_tag: 'reader' });
    await fill(broker, queue, 'b');
    await ch.sync();
    expect(ch.pending()).toEqual([]);
  });

  test('deleting it cancels its readers', async () => {
    const queue = await newStream(broker);
    const ch = await reader(broker, queue, 'first');
    await (await broker.channel()).call('queue.delete', { queue });
    expect(await ch.next()).toEqual({ method: 'basic.cancel', arguments: { consumer_tag: 'reader', nowait: true } });
  });

  test('several readers on one channel', async () => {
    const queue = await newStream(broker);
    await fill(broker, queue, 'a', 'b');
    const ch = await reader(broker, queue, 'first');
    await read(ch, 2);
    await ch.consume(queue, { consumer_tag: 'second', arguments: table({ 'x-stream-offset': 1 }) });
    const message = await ch.next('basic.deliver');
    expect([message.arguments.consumer_tag, message.arguments.delivery_tag, `${message.body}`]).toEqual([
      'second',
      3n,
      'b',
    ]);
  });

  test.each([
    ["invalid property 'non-durable'", { durable: false }],
    ["invalid property 'exclusive-owner'", { durable: true, exclusive: true }],
    ["invalid property 'auto-delete'", { durable: true, auto_delete: true }],
  ])('%s: %o', async (words, flags) => {
    const ch = await broker.channel();
    const queue = unique('stream');
    expect(await refusal(ch.call('queue.declare', { queue, ...flags, arguments: stream() }))).toBe(
      `channel.close 406 queue.declare PRECONDITION_FAILED - ${words} for queue '${queue}' in vhost '/'`,
    );
  });

  test.each([
    ['x-expires', 1000],
    ['x-message-ttl', 1000],
    ['x-dead-letter-exchange', 'x'],
    ['x-max-length', 1],
    ['x-max-priority', 1],
    ['x-overflow', 'drop-head'],
    ['x-single-active-consumer', true],
    ['x-delivery-limit', 1],
    ['x-queue-mode', 'lazy'],
  ])('does not know the argument %s', async (name, value) => {
    const ch = await broker.channel();
    const queue = unique('stream');
    expect(
      await refusal(ch.call('queue.declare', { queue, durable: true, arguments: stream({ [name]: value }) })),
    ).toBe(
      `channel.close 406 queue.declare PRECONDITION_FAILED - invalid arg '${name}' for queue '${queue}' in vhost '/' of queue type rabbit_stream_queue`,
    );
  });

  test.each([
    ['x-max-age', '1x', 'invalid_max_age'],
    ['x-max-age', '0h', 'invalid_max_age'],
    ['x-max-age', 5, '{unacceptable_type,signedint}'],
    ['x-max-length-bytes', -1, '{value_negative,-1}'],
    ['x-stream-max-segment-size-bytes', -1, '{value_negative,-1}'],
    ['x-queue-leader-locator', 'nearby', 'invalid_queue_locator_arg'],
  ])('%s cannot be %j', async (name, value, reason) => {
    const ch = await broker.channel();
    const queue = unique('stream');
    expect(
      await refusal(ch.call('queue.declare', { queue, durable: true, arguments: stream({ [name]: value }) })),
    ).toBe(
      `channel.close 406 queue.declare PRECONDITION_FAILED - invalid arg '${name}' for queue '${queue}' in vhost '/': ${reason}`,
    );
  });

  test('a segment size beyond 3 GB is refused', async () => {
    const ch = await broker.channel();
    const values = stream({ 'x-stream-max-segment-size-bytes': 3_000_000_001 });
    expect(await refusal(ch.call('queue.declare', { queue: unique('stream'), durable: true, arguments: values }))).toBe(
      'channel.close 406 queue.declare PRECONDITION_FAILED - Exceeded max value for x-stream-max-segment-size-bytes',
    );
  });

  test('cannot be named by the server', async () => {
    const ch = await broker.channel();
    expect(await refusal(ch.call('queue.declare', { queue: '', durable: true, arguments: stream() }))).toBe(
      'channel.close 406 queue.declare PRECONDITION_FAILED - Cannot declare a server-named queue for type rabbit_stream_queue',
    );
  });

  test('takes its own arguments', async () => {
    await newStream(broker, {
      'x-max-length-bytes': 20_000_000,
      'x-max-age': '7D',
      'x-stream-max-segment-size-bytes': 500_000,
      'x-initial-cluster-size': 1,
      'x-queue-leader-locator': 'client-local',
    });
  });
});
