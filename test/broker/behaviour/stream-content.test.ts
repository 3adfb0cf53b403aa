import { expect, test } from 'vitest';
import type { BasicProperties } from '../../../src/protocol/method-table.ts';
import { plain, refusal, table } from '../../rig/amqp-client.ts';
import { behaviour, unique } from './brokers.ts';
import { deliveries, lastingQueue } from './observation.ts';
import { type Arguments, append, confirming, offsetOf, reader, streamArguments, streamWith } from './streams.ts';

behaviour('a stream keeps', (broker) => {
  test('all properties but the cluster-id, and all headers but arrays and tables, sorted', async () => {
    const queue = await streamWith(broker, []);
    const properties: BasicProperties = {
      content_type: 'text/plain',
      content_encoding: 'utf-8',
      delivery_mode: 1,
      priority: 3,
      correlation_id: 'c',
      reply_to: 'r',
      expiration: '1',
      message_id: 'm',
      timestamp: 1_234_567_890n,
      type: 't',
      user_id: 'guest',
      app_id: 'app',
    };
    const values: Arguments = {
      z: 'z',
      yes: true,
      nothing: null,
      b: { type: 'b', value: -3 },
      B: { type: 'B', value: 200 },
      s: { type: 's', value: -300 },
      u: { type: 'u', value: 60_000 },
      I: -70_000,
      i: { type: 'i', value: 4_000_000_000 },
      l: -5n,
      d: 1.5,
      f: { type: 'f', value: 0.5 },
      T: new Date(1000),
      S: '',
      x: new Uint8Array([0, 255]),
    };
    const lost: Arguments = { list: [1, 2], inner: { a: 1 }, 'x-stream-offset': 'mine' };
    const headers = table({ ...values, ...lost });
    await append(await confirming(broker), queue, 'a', { ...properties, cluster_id: 'cluster', headers });
    const names = [...Object.keys(values), 'x-stream-offset'].sort();
    const kept = table({ ...values, 'x-stream-offset': 0n });
    const delivered = await (await reader(broker, queue, 'first')).next('basic.deliver');
    expect(delivered.properties).toEqual({
      ...properties,
      headers: names.map((name) => kept.find(([key]) => key === name)!),
    });
    expect(delivered.arguments).toMatchObject({ exchange: '', routing_key: queue });
  });

  test('several headers of one name in their order', async () => {
    const queue = await streamWith(broker, []);
    const headers = [...table({ b: 1 }), ...table({ a: 2 }), ...table({ b: 0 })];
    await append(await confirming(broker), queue, 'a', { headers });
    const { properties } = await (await reader(broker, queue, 'first')).next('basic.deliver');
    expect(properties.headers).toEqual([
      ...table({ a: 2, b: 1 }),
      ...table({ b: 0 }),
      ...table({ 'x-stream-offset': 0n }),
    ]);
  });

  test('messages that would expire elsewhere', async () => {
    const queue = await streamWith(broker, []);
    await append(await confirming(broker), queue, 'a', { expiration: '0' });
    expect(await deliveries(await reader(broker, queue, 'first'), 1)).toEqual(['a']);
  });

  test('its own copy of a message that went to queues as well', async () => {
    const stream = await streamWith(broker, []);
    const ch = await confirming(broker);
    const queue = await ch.queue();
    const exchange = unique('exchange');
    await ch.call('exchange.declare', { exchange, type: 'fanout', auto_delete: true });
    for (const bound of [stream, queue]) await ch.call('queue.bind', { queue: bound, exchange });
    ch.publish({ exchange, routingKey: 'key', body: 'a', mandatory: true, properties: { app_id: 'app' } });
    await ch.next('basic.ack');
    expect(await ch.get(queue)).toMatchObject({ properties: { app_id: 'app' } });
    const delivered = await (await reader(broker, stream, 'first')).next('basic.deliver');
    expect(delivered.arguments).toMatchObject({ exchange, routing_key: 'key' });
    expect(plain(delivered.properties.headers)).toEqual({ 'x-stream-offset': 0 });
  });

  test('empty bodies and large ones', async () => {
    const queue = await streamWith(broker, ['']);
    const large = Buffer.alloc(3_000_000, 'large');
    await append(await confirming(broker), queue, large);
    const ch = await reader(broker, queue, 'first');
    expect((await ch.next('basic.deliver')).body.length).toBe(0);
    expect((await ch.next('basic.deliver')).body.equals(large)).toBe(true);
  });

  test('the order of many messages, read while they are published', async () => {
    const queue = await streamWith(broker, []);
    const publisher = await confirming(broker);
    const ch = await reader(broker, queue, 'first', 50);
    for (let number = 0; number < 2000; number++) publisher.publish({ routingKey: queue, body: `${number}` });
    for (let number = 0; number < 2000; number++) {
      const { body, properties, arguments: delivery } = await ch.next('basic.deliver');
      expect([`${body}`, offsetOf(properties)]).toEqual([`${number}`, number]);
      ch.send('basic.ack', { delivery_tag: delivery.delivery_tag });
    }
  });

  test('what its last segment holds, however low the limits', async () => {
    const bodies = Array.from({ length: 20 }, (_, number) => `${number}`.padStart(100));
    const queue = await streamWith(broker, bodies, { 'x-max-length-bytes': 1, 'x-max-age': '1s' });
    expect(await deliveries(await reader(broker, queue, 'first'), 20)).toEqual(bodies);
  });

  test('the latest segments below the limit', async () => {
    const bodies = Array.from({ length: 60 }, (_, number) => `${number}`.padStart(100));
    const limits = { 'x-max-length-bytes': 2000, 'x-stream-max-segment-size-bytes': 500 };
    const queue = await streamWith(broker, bodies, limits);
    // RabbitMQ drops segments a moment after the one that makes them too many; and when it begins one, it may use up an
    // offset for itself. So the bodies tell which message is the first.
    let left = bodies.length;
    let first = 0;
    while (left > 20) {
      const ch = await reader(broker, queue, 'first');
      const { body, properties } = await ch.next('basic.deliver');
      left = bodies.length - bodies.indexOf(`${body}`);
      first = offsetOf(properties);
      await ch.close();
    }
    expect(left).toBeGreaterThan(1);
    for (const offset of ['first', 0, first, '1h']) {
      expect(await deliveries(await reader(broker, queue, offset), left)).toEqual(bodies.slice(-left));
    }
  });

  test('what is committed in a transaction, and nothing that was rolled back', async () => {
    const queue = await streamWith(broker, []);
    const ch = await broker.channel();
    await ch.call('tx.select');
    for (const body of ['a', 'b']) ch.publish({ routingKey: queue, body });
    await ch.call('tx.commit');
    ch.publish({ routingKey: queue, body: 'c' });
    await ch.call('tx.rollback');
    await append(await confirming(broker), queue, 'd');
    expect(await deliveries(await reader(broker, queue, 'first'), 3)).toEqual(['a', 'b', 'd']);
  });

  test('to how it was declared', async () => {
    const queue = await lastingQueue(broker, { arguments: streamArguments() });
    const again = async (values: object) => {
      const ch = await broker.channel();
      return (await refusal(ch.call('queue.declare', { queue, durable: true, ...values }))).replaceAll(queue, 'q');
    };
    const refused = (why: string) => `channel.close 406 queue.declare PRECONDITION_FAILED - inequivalent arg ${why}`;
    expect(await again({})).toBe(
      refused(
        "'x-queue-type' for queue 'q' in vhost '/': received none but current is the value 'stream' of type 'longstr'",
      ),
    );
    expect(await again({ durable: false, arguments: streamArguments() })).toBe(
      refused("'durable' for queue 'q' in vhost '/': received 'false' but current is 'true'"),
    );
    expect(await again({ arguments: streamArguments({ 'x-max-length-bytes': 3 }) })).toBe(
      refused(
        "'x-max-length-bytes' for queue 'q' in vhost '/': received the value '3' of type 'signedint' but current is none",
      ),
    );
  });
});
