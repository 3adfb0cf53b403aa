import { describe, expect, test } from 'vitest';
import type { FieldTable } from '../../../src/protocol/field-table.ts';
import type { BasicProperties } from '../../../src/protocol/method-table.ts';
import { type ClientChannel, plain, refusal, table } from '../../rig/amqp-client.ts';
import type { PlainValue } from '../../rig/field-values.ts';
import { type BehaviourBroker, behaviour, unique } from './brokers.ts';
import { deliveries, lastingQueue } from './observation.ts';

type Arguments = { readonly [name: string]: PlainValue };

const streamArguments = (more: Arguments = {}): FieldTable => table({ 'x-queue-type': 'stream', ...more });

/** A stream that holds these messages; deleted after the test. */
async function streamWith(broker: BehaviourBroker, bodies: readonly string[], more: Arguments = {}): Promise<string> {
  const queue = await lastingQueue(broker, { arguments: streamArguments(more) });
  const ch = await confirming(broker);
  for (const body of bodies) await store(ch, queue, body);
  return queue;
}

async function confirming(broker: BehaviourBroker): Promise<ClientChannel> {
  const ch = await broker.channel();
  await ch.call('confirm.select');
  return ch;
}

/** Publishes and waits for the confirm: so every message is a chunk of its own, which a consumer's credit counts. */
async function store(ch: ClientChannel, queue: string, body: string | Uint8Array, properties: BasicProperties = {}) {
  ch.publish({ routingKey: queue, body, properties });
  await ch.next('basic.ack');
}

/** Consumes on a channel of its own. */
async function reader(broker: BehaviourBroker, queue: string, offset?: PlainValue, prefetch = 100) {
  const ch = await broker.channel();
  await ch.call('basic.qos', { prefetch_count: prefetch });
  const options = offset === undefined ? {} : { arguments: table({ 'x-stream-offset': offset }) };
  await ch.consume(queue, { consumer_tag: 'reader', ...options });
  return ch;
}

const offsetOf = (headers: FieldTable | undefined): unknown => plain(headers)['x-stream-offset'];

behaviour('a stream', (broker) => {
  describe('when it is declared', () => {
    const declaration = async (values: object, more: Arguments = {}): Promise<string> => {
      const ch = await broker.channel();
      const declared = { queue: unique('refused'), durable: true, arguments: streamArguments(more), ...values };
      return (await refusal(ch.call('queue.declare', declared))).replaceAll(declared.queue || '<none>', 'q');
    };
    const refused = (why: string) => `channel.close 406 queue.declare PRECONDITION_FAILED - ${why}`;

    test('has no messages and no consumers', async () => {
      const queue = await lastingQueue(broker, { arguments: streamArguments() });
      const ch = await broker.channel();
      expect((await ch.call('queue.declare', { queue, passive: true })).arguments).toEqual({
        queue,
        message_count: 0,
        consumer_count: 0,
      });
    });

    test.each([
      ['auto-delete', { auto_delete: true, durable: false, exclusive: true }],
      ['exclusive-owner', { exclusive: true, durable: false }],
      ['non-durable', { durable: false }],
    ])('is refused for its property %s', async (property, values) => {
      expect(await declaration(values)).toBe(refused(`invalid property '${property}' for queue 'q' in vhost '/'`));
    });

    test('is refused a name of the server', async () => {
      expect(await declaration({ queue: '' })).toBe(
        refused('Cannot declare a server-named queue for type rabbit_stream_queue'),
      );
    });

    test.each([
      ['x-max-priority', 3],
      ['x-max-length', 3],
      ['x-expires', 1000],
      ['x-message-ttl', 1000],
      ['x-dead-letter-exchange', 'amq.fanout'],
      ['x-overflow', 'drop-head'],
      ['x-single-active-consumer', true],
      ['x-queue-mode', 'lazy'],
      ['x-delivery-limit', 3],
    ])('is refused %s', async (name, value) => {
      expect(await declaration({}, { [name]: value })).toBe(
        refused(`invalid arg '${name}' for queue 'q' in vhost '/' of queue type rabbit_stream_queue`),
      );
    });

    test.each<[string, PlainValue, string]>([
      ['x-max-age', '5x', 'invalid_max_age'],
      ['x-max-age', '0D', 'invalid_max_age'],
      ['x-max-age', '1Yx', 'invalid_max_age'],
      ['x-max-age', 5, '{unacceptable_type,signedint}'],
      ['x-max-length-bytes', -1, '{value_negative,-1}'],
      ['x-stream-max-segment-size-bytes', 'a', '"expected integer, got longstr"'],
      ['x-initial-cluster-size', 0, '{value_zero,0}'],
      ['x-queue-leader-locator', 'here', 'invalid_queue_locator_arg'],
    ])('is refused %s %o', async (name, value, why) => {
      expect(await declaration({}, { [name]: value })).toBe(
        refused(`invalid arg '${name}' for queue 'q' in vhost '/': ${why}`),
      );
    });

    test('is refused segments of more than 3 GB', async () => {
      expect(await declaration({}, { 'x-stream-max-segment-size-bytes': 3_000_000_001 })).toBe(
        refused('Exceeded max value for x-stream-max-segment-size-bytes'),
      );
    });

    test('takes all arguments that streams have', async () => {
      const more = {
        'x-max-age': '7D',
        'x-max-length-bytes': 20_000_000,
        'x-stream-max-segment-size-bytes': 3_000_000_000n,
        'x-initial-cluster-size': 1,
        'x-queue-leader-locator': 'least-leaders',
        'x-unknown': 1,
      };
      const queue = await lastingQueue(broker, { arguments: streamArguments(more) });
      const ch = await broker.channel();
      await ch.call('queue.declare', { queue, durable: true, arguments: streamArguments(more) });
    });

    test('must be declared alike again', async () => {
      const queue = await lastingQueue(broker, { arguments: streamArguments() });
      const again = async (values: object) => {
        const ch = await broker.channel();
        return (await refusal(ch.call('queue.declare', { queue, durable: true, ...values }))).replaceAll(queue, 'q');
      };
      expect(await again({})).toBe(
        refused(
          "inequivalent arg 'x-queue-type' for queue 'q' in vhost '/': received none but current is the value 'stream' of type 'longstr'",
        ),
      );
      expect(await again({ durable: false, arguments: streamArguments() })).toBe(
        refused("inequivalent arg 'durable' for queue 'q' in vhost '/': received 'false' but current is 'true'"),
      );
      expect(await again({ arguments: streamArguments({ 'x-max-length-bytes': 3 }) })).toBe(
        refused(
          "inequivalent arg 'x-max-length-bytes' for queue 'q' in vhost '/': received the value '3' of type 'signedint' but current is none",
        ),
      );
    });
  });

  describe('does not do what queues do:', () => {
    const notImplemented = (method: string, what: string) =>
      `connection.close 540 ${method} NOT_IMPLEMENTED - ${what} not supported by stream queues queue 'q' in vhost '/'`;
    const said = async (queue: string, asked: Promise<unknown>) => (await refusal(asked)).replaceAll(queue, 'q');

    test('basic.get and queue.purge', async () => {
      const queue = await streamWith(broker, ['a']);
      expect(await said(queue, (await broker.channel()).call('basic.get', { queue }))).toBe(
        notImplemented('basic.get', 'basic.get'),
      );
      expect(await said(queue, (await broker.channel()).call('queue.purge', { queue }))).toBe(
        notImplemented('queue.purge', 'queue.purge'),
      );
    });

    test.each([
      ['basic.nack', { requeue: true }],
      ['basic.nack', { requeue: false, multiple: true }],
      ['basic.reject', { requeue: true }],
      ['basic.reject', { requeue: false }],
    ] as const)('%s with %o', async (method, values) => {
      const queue = await streamWith(broker, ['a']);
      const ch = await reader(broker, queue, 'first');
      const { delivery_tag } = (await ch.next('basic.deliver')).arguments;
      ch.send(method, { delivery_tag, ...values });
      expect(await said(queue, ch.sync())).toBe(notImplemented(method, 'basic.nack and basic.reject'));
    });

    test('a nack in a transaction, which is refused at the commit', async () => {
      const queue = await streamWith(broker, ['a']);
      const ch = await reader(broker, queue, 'first');
      await ch.call('tx.select');
      ch.send('basic.nack', { delivery_tag: (await ch.next('basic.deliver')).arguments.delivery_tag });
      await ch.sync();
      expect(await said(queue, ch.call('tx.commit'))).toBe(notImplemented('tx.commit', 'basic.nack and basic.reject'));
    });

    test('a nack after the consumer was cancelled', async () => {
      const queue = await streamWith(broker, ['a']);
      const ch = await reader(broker, queue, 'first');
      const { delivery_tag } = (await ch.next('basic.deliver')).arguments;
      await ch.call('basic.cancel', { consumer_tag: 'reader' });
      ch.send('basic.nack', { delivery_tag });
      expect(await said(queue, ch.sync())).toBe(notImplemented('basic.nack', 'basic.nack and basic.reject'));
    });

    test('consumers without acknowledgement, without prefetch count or with a common one', async () => {
      const queue = await streamWith(broker, []);
      const consuming = async (values: object, ...qos: object[]) => {
        const ch = await broker.channel();
        for (const each of qos) await ch.call('basic.qos', each);
        return await said(queue, ch.call('basic.consume', { queue, ...values }));
      };
      const [own, common] = [{ prefetch_count: 10 }, { prefetch_count: 10, global: true }];
      const noPrefetch =
        "channel.close 406 basic.consume PRECONDITION_FAILED - consumer prefetch count is not set for 'queue 'q' in vhost '/''";
      const noAck = notImplemented('basic.consume', 'automatic acknowledgement');
      expect(await consuming({})).toBe(noPrefetch);
      expect(await consuming({ no_ack: true })).toBe(noPrefetch);
      expect(await consuming({}, common)).toBe(noPrefetch);
      expect(await consuming({ no_ack: true }, own)).toBe(noAck);
      expect(await consuming({ no_ack: true }, own, common)).toBe(noAck);
      expect(await consuming({}, own, common)).toBe(
        "connection.close 540 basic.consume NOT_IMPLEMENTED - queue 'q' in vhost '/' does not support global qos",
      );
    });

    test.each(['x-priority', 'x-cancel-on-ha-failover'])('consumers with %s', async (name) => {
      const queue = await streamWith(broker, []);
      const ch = await broker.channel();
      const values = { queue, arguments: table({ [name]: 1, 'x-stream-offset': 'first' }) };
      expect(await said(queue, ch.call('basic.consume', values))).toBe(
        `channel.close 406 basic.consume PRECONDITION_FAILED - invalid arg '${name}' for queue 'q' in vhost '/' of queue type rabbit_stream_queue`,
      );
    });

    test('exclusive consumers: others may come', async () => {
      const queue = await streamWith(broker, ['a']);
      for (let i = 0; i < 2; i++) {
        const ch = await broker.channel();
        await ch.call('basic.qos', { prefetch_count: 1 });
        const first = table({ 'x-stream-offset': 'first' });
        await ch.consume(queue, { exclusive: true, arguments: first });
        expect(await deliveries(ch, 1)).toEqual(['a']);
      }
    });

    test('heeding if-unused and if-empty, or telling how many messages went', async () => {
      const queue = unique('stream');
      const ch = await confirming(broker);
      await ch.call('queue.declare', { queue, durable: true, arguments: streamArguments() });
      await store(ch, queue, 'a');
      const consumer = await reader(broker, queue, 'first');
      await consumer.next('basic.deliver');
      const deleted = await ch.call('queue.delete', { queue, if_unused: true, if_empty: true });
      expect(deleted.arguments.message_count).toBe(0);
      expect((await consumer.next('basic.cancel')).arguments.consumer_tag).toBe('reader');
    });
  });

  describe('is read', () => {
    test.each<[string, PlainValue, number[]]>([
      ['first', 'first', [0, 1, 2, 3]],
      ['last', 'last', [2, 3]],
      ['next', 'next', [3]],
      ['an offset', 1, [1, 2, 3]],
      ['an offset of one byte', { type: 'B', value: 2 }, [2, 3]],
      ['an offset of eight bytes', 2n, [2, 3]],
      ['a negative offset', -7, [0, 1, 2, 3]],
      ['the next offset', 3, [3]],
      ['the beginning of time', new Date(0), [0, 1, 2, 3]],
      ['a time to come', new Date('2100-01-01'), [3]],
      ['an hour ago', '1h', [0, 1, 2, 3]],
      ['seven days ago', '7D', [0, 1, 2, 3]],
      ['two years ago', '2Y', [0, 1, 2, 3]],
    ])('from %s', async (_title, offset, expected) => {
      const queue = await streamWith(broker, ['a', 'b', 'c']);
      const ch = await reader(broker, queue, offset);
      await store(await confirming(broker), queue, 'd');
      for (const at of expected) {
        const { properties, body, arguments: delivery } = await ch.next('basic.deliver');
        expect(properties.headers).toEqual([['x-stream-offset', { type: 'l', value: BigInt(at) }]]);
        expect(body.toString()).toBe('abcd'[at]);
        expect(delivery.redelivered).toBe(false);
      }
      await ch.sync();
      expect(ch.pending()).toEqual([]);
    });

    test('from the next message on, unless it is asked for another', async () => {
      const queue = await streamWith(broker, ['a', 'b']);
      const ch = await reader(broker, queue);
      await store(await confirming(broker), queue, 'c');
      expect(await deliveries(ch, 1)).toEqual(['c']);
    });

    test('from an offset that is yet to come', async () => {
      const queue = await streamWith(broker, ['0']);
      const ch = await reader(broker, queue, 3);
      const publisher = await confirming(broker);
      for (const body of ['1', '2', '3', '4']) await store(publisher, queue, body);
      expect(await deliveries(ch, 2)).toEqual(['3', '4']);
    });

    test('from `first` and `last` while it is empty', async () => {
      const queue = await streamWith(broker, []);
      const readers = [await reader(broker, queue, 'first'), await reader(broker, queue, 'last')];
      await store(await confirming(broker), queue, 'a');
      for (const ch of readers) expect(await deliveries(ch, 1)).toEqual(['a']);
    });

    test.each(['5x', '0s', '12', '1hour'])('not from %s', async (offset) => {
      const queue = await streamWith(broker, []);
      const ch = await broker.channel();
      await ch.call('basic.qos', { prefetch_count: 1 });
      const asked = ch.call('basic.consume', { queue, arguments: table({ 'x-stream-offset': offset }) });
      expect(await refusal(asked)).toBe(
        `channel.close 406 basic.consume PRECONDITION_FAILED - invalid arg 'x-stream-offset' for queue '${queue}' in vhost '/': {invalid_stream_offset_arg,{longstr,<<"${offset}">>}}`,
      );
    });

    test('by each consumer on its own, and again by those that come later', async () => {
      const queue = await streamWith(broker, ['a', 'b', 'c']);
      const client = await broker.connect();
      for (let round = 0; round < 2; round++) {
        const ch = await client.channel();
        await ch.call('basic.qos', { prefetch_count: 10 });
        for (const consumer_tag of ['one', 'two']) {
          await ch.consume(queue, { consumer_tag, arguments: table({ 'x-stream-offset': 'first' }) });
        }
        const seen: Record<string, string> = { one: '', two: '' };
        for (let i = 0; i < 6; i++) {
          const { arguments: delivery, body } = await ch.next('basic.deliver');
          seen[delivery.consumer_tag] += body;
          if (round === 0) ch.send('basic.ack', { delivery_tag: delivery.delivery_tag });
        }
        expect(seen).toEqual({ one: 'abc', two: 'abc' });
        await ch.close();
      }
      expect(await deliveries(await reader(broker, queue, 'first'), 3)).toEqual(['a', 'b', 'c']);
    });

    test('no further than the prefetch count lets it; acks let it go on', async () => {
      const queue = await streamWith(broker, ['a', 'b', 'c', 'd', 'e', 'f']);
      const ch = await reader(broker, queue, 'first', 2);
      expect(await deliveries(ch, 2)).toEqual(['a', 'b']);
      await ch.sync();
      expect(ch.pending()).toEqual([]);
      ch.send('basic.ack', { delivery_tag: 1n });
      expect(await deliveries(ch, 1)).toEqual(['c']);
      await ch.sync();
      expect(ch.pending()).toEqual([]);
      ch.send('basic.ack', { delivery_tag: 3n, multiple: true });
      expect(await deliveries(ch, 2)).toEqual(['d', 'e']);
      ch.send('basic.ack', { delivery_tag: 0n, multiple: true });
      expect(await deliveries(ch, 1)).toEqual(['f']);
    });

    test('no further once it was cancelled, and then from where it is told', async () => {
      const queue = await streamWith(broker, ['a', 'b', 'c']);
      const ch = await reader(broker, queue, 'first', 1);
      const { arguments: delivery, properties } = await ch.next('basic.deliver');
      await ch.call('basic.cancel', { consumer_tag: 'reader' });
      ch.send('basic.ack', { delivery_tag: delivery.delivery_tag });
      await ch.sync();
      expect(ch.pending()).toEqual([]);
      const next = Number(offsetOf(properties.headers)) + 1;
      await ch.call('basic.qos', { prefetch_count: 10 });
      await ch.consume(queue, { arguments: table({ 'x-stream-offset': next }) });
      expect(await deliveries(ch, 2)).toEqual(['b', 'c']);
    });

    test('while messages that others did not settle are nothing to it', async () => {
      const queue = await streamWith(broker, ['a']);
      const first = await reader(broker, queue, 'first');
      await first.next('basic.deliver');
      await first.close();
      const second = await reader(broker, queue, 'first');
      expect((await second.next('basic.deliver')).arguments.redelivered).toBe(false);
      await second.sync();
      expect(second.pending()).toEqual([]);
    });
  });

  describe('keeps', () => {
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
        S: 'text',
        x: new Uint8Array([0, 255]),
      };
      const lost: Arguments = { list: [1, 2], inner: { a: 1 }, 'x-stream-offset': 'mine' };
      const headers = table({ ...values, ...lost });
      await store(await confirming(broker), queue, 'a', { ...properties, cluster_id: 'cluster', headers });
      const names = [...Object.keys(values), 'x-stream-offset'].sort();
      const kept = table({ ...values, 'x-stream-offset': 0n });
      const delivered = await (await reader(broker, queue, 'first')).next('basic.deliver');
      expect(delivered.properties).toEqual({
        ...properties,
        headers: names.map((name) => kept.find(([key]) => key === name)!),
      });
      expect(delivered.arguments).toMatchObject({ exchange: '', routing_key: queue });
    });

    test('nothing of what only queues do: messages do not expire', async () => {
      const queue = await streamWith(broker, []);
      await store(await confirming(broker), queue, 'a', { expiration: '0' });
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
      const { arguments: delivery, properties } = await (await reader(broker, stream, 'first')).next('basic.deliver');
      expect(delivery).toMatchObject({ exchange, routing_key: 'key' });
      expect(plain(properties.headers)).toEqual({ 'x-stream-offset': 0 });
    });

    test('empty and large bodies', async () => {
      const queue = await streamWith(broker, ['']);
      const large = Buffer.alloc(3_000_000, 'large');
      await store(await confirming(broker), queue, large);
      const ch = await reader(broker, queue, 'first');
      expect((await ch.next('basic.deliver')).body.length).toBe(0);
      expect((await ch.next('basic.deliver')).body.equals(large)).toBe(true);
    });

    test('the order of many messages, published without waiting', async () => {
      const queue = await streamWith(broker, []);
      const ch = await confirming(broker);
      const numbers = Array.from({ length: 2000 }, (_, number) => `${number}`);
      for (const body of numbers) ch.publish({ routingKey: queue, body });
      const consumer = await reader(broker, queue, 'first', 100);
      for (const number of numbers) {
        const { body, properties, arguments: delivery } = await consumer.next('basic.deliver');
        expect(body.toString()).toBe(number);
        expect(offsetOf(properties.headers)).toBe(Number(number));
        consumer.send('basic.ack', { delivery_tag: delivery.delivery_tag });
      }
    });

    test('what its last segment holds, however low the limit', async () => {
      const bodies = Array.from({ length: 20 }, (_, number) => `${number}`.padStart(100));
      const queue = await streamWith(broker, bodies, { 'x-max-length-bytes': 1 });
      expect(await deliveries(await reader(broker, queue, 'first'), 20)).toEqual(bodies);
    });

    test('the latest segments below the limit', async () => {
      const bodies = Array.from({ length: 60 }, (_, number) => `${number}`.padStart(100));
      const queue = await streamWith(broker, bodies, {
        'x-max-length-bytes': 2000,
        'x-stream-max-segment-size-bytes': 500,
      });
      // RabbitMQ drops segments a moment after the one that makes them too many; and when it begins one, it may use up
      // an offset for itself. So the bodies tell which message is the first.
      let left = bodies.length;
      let first: unknown;
      while (left > 20) {
        const ch = await reader(broker, queue, 'first');
        const { body, properties } = await ch.next('basic.deliver');
        left = bodies.length - bodies.indexOf(`${body}`);
        first = offsetOf(properties.headers);
        await ch.close();
      }
      expect(left).toBeGreaterThan(1);
      for (const offset of ['first', 0, first as number, '1h']) {
        expect(await deliveries(await reader(broker, queue, offset), left)).toEqual(bodies.slice(-left));
      }
    });
  });

  test('confirms what is published to it, in a transaction too', async () => {
    const queue = await streamWith(broker, []);
    const ch = await broker.channel();
    await ch.call('tx.select');
    ch.publish({ routingKey: queue, body: 'a' });
    ch.publish({ routingKey: queue, body: 'b' });
    await ch.call('tx.commit');
    ch.publish({ routingKey: queue, body: 'c' });
    await ch.call('tx.rollback');
    await store(await confirming(broker), queue, 'd');
    expect(await deliveries(await reader(broker, queue, 'first'), 3)).toEqual(['a', 'b', 'd']);
  });
});
