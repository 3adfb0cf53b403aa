import { describe, expect, test } from 'vitest';
import { refusal, table } from '../../rig/amqp-client.ts';
import type { PlainValue } from '../../rig/field-values.ts';
import { behaviour, unique } from './brokers.ts';
import { deliveries, lastingQueue } from './observation.ts';
import { append, confirming, offsetOf, reader, streamArguments, streamWith } from './streams.ts';

behaviour("a stream's consumer", (broker) => {
  test.each<[string, PlainValue, string]>([
    ['first', 'first', 'abcd'],
    ['last', 'last', 'cd'],
    ['next', 'next', 'd'],
    ['one byte', { type: 'B', value: 2 }, 'cd'],
    ['eight bytes', 2n, 'cd'],
    ['a negative offset', -7, 'abcd'],
    ['the next offset', 3, 'd'],
    ['a byte array', Buffer.from('first'), 'abcd'],
    ['seven days', '7D', 'abcd'],
    ['two years', '2Y', 'abcd'],
    ['a second', '3600s', 'abcd'],
  ])('gets all from there on, and nothing else, as new: %s', async (_title, offset, expected) => {
    const queue = await streamWith(broker, ['a', 'b', 'c']);
    const ch = await reader(broker, queue, offset);
    await append(await confirming(broker), queue, 'd');
    for (const letter of expected) {
      const { properties, body, arguments: delivery } = await ch.next('basic.deliver');
      expect([`${body}`, offsetOf(properties)]).toEqual([letter, 'abcd'.indexOf(letter)]);
      expect(delivery.redelivered).toBe(false);
    }
    await ch.sync();
    expect(ch.pending()).toEqual([]);
  });

  test('gets the first message of an empty stream, from wherever it reads', async () => {
    const queue = await streamWith(broker, []);
    const readers = await Promise.all(['first', 'last', 'next', 0].map((offset) => reader(broker, queue, offset)));
    await append(await confirming(broker), queue, 'a');
    for (const ch of readers) expect(await deliveries(ch, 1)).toEqual(['a']);
  });

  test.each(['5x', '0s', '12', '1hour'])('cannot read from %s', async (offset) => {
    const queue = await streamWith(broker, []);
    expect(await refusal(reader(broker, queue, offset))).toBe(
      `channel.close 406 basic.consume PRECONDITION_FAILED - invalid arg 'x-stream-offset' for queue '${queue}' in vhost '/': {invalid_stream_offset_arg,{longstr,<<"${offset}">>}}`,
    );
  });

  test('reads on its own, whatever others on its channel or before it did', async () => {
    const queue = await streamWith(broker, ['a', 'b', 'c']);
    const client = await broker.connect();
    for (const acknowledges of [true, false, false]) {
      const ch = await client.channel();
      await ch.call('basic.qos', { prefetch_count: 10 });
      for (const consumer_tag of ['one', 'two']) {
        await ch.consume(queue, { consumer_tag, arguments: table({ 'x-stream-offset': 'first' }) });
      }
      const seen: Record<string, string> = { one: '', two: '' };
      for (let i = 0; i < 6; i++) {
        const { arguments: delivery, body } = await ch.next('basic.deliver');
        expect(delivery.redelivered).toBe(false);
        seen[delivery.consumer_tag] += `${body}`;
        if (acknowledges) ch.send('basic.ack', { delivery_tag: delivery.delivery_tag });
      }
      expect(seen).toEqual({ one: 'abc', two: 'abc' });
      await ch.sync();
      expect(ch.pending()).toEqual([]);
      await ch.close();
    }
  });

  test('holds no more than its prefetch count; every ack makes room', async () => {
    const queue = await streamWith(broker, ['a', 'b', 'c', 'd', 'e', 'f']);
    const ch = await reader(broker, queue, 'first', 2);
    const hasNoMore = async () => {
      await ch.sync();
      expect(ch.pending()).toEqual([]);
    };
    expect(await deliveries(ch, 2)).toEqual(['a', 'b']);
    await hasNoMore();
    await append(await confirming(broker), queue, 'g');
    await hasNoMore();
    ch.send('basic.ack', { delivery_tag: 2n });
    expect(await deliveries(ch, 1)).toEqual(['c']);
    await hasNoMore();
    ch.send('basic.ack', { delivery_tag: 3n, multiple: true });
    expect(await deliveries(ch, 2)).toEqual(['d', 'e']);
    ch.send('basic.ack', { delivery_tag: 0n, multiple: true });
    expect(await deliveries(ch, 2)).toEqual(['f', 'g']);
    ch.send('basic.ack', { delivery_tag: 3n });
    expect((await ch.closed)?.message).toBe('channel.close 406 basic.ack PRECONDITION_FAILED - unknown delivery tag 3');
  });

  test('gets nothing for an ack after it was cancelled, and goes on where it is told', async () => {
    const queue = await streamWith(broker, ['a', 'b', 'c']);
    const ch = await reader(broker, queue, 'first', 1);
    const { arguments: delivery, properties } = await ch.next('basic.deliver');
    await ch.call('basic.cancel', { consumer_tag: 'reader' });
    ch.send('basic.ack', { delivery_tag: delivery.delivery_tag });
    await ch.sync();
    expect(ch.pending()).toEqual([]);
    await ch.call('basic.qos', { prefetch_count: 10 });
    await ch.consume(queue, { arguments: table({ 'x-stream-offset': offsetOf(properties) + 1 }) });
    expect(await deliveries(ch, 2)).toEqual(['b', 'c']);
  });

  test('settles in transactions: its room comes with the commit', async () => {
    const queue = await streamWith(broker, ['a', 'b']);
    const ch = await reader(broker, queue, 'first', 1);
    await ch.call('tx.select');
    expect(await deliveries(ch, 1)).toEqual(['a']);
    ch.send('basic.ack', { delivery_tag: 1n });
    await ch.sync();
    expect(ch.pending()).toEqual([]);
    await ch.call('tx.commit');
    expect(await deliveries(ch, 1)).toEqual(['b']);
  });

  describe('cannot give back', () => {
    const refused = (method: string) =>
      `connection.close 540 ${method} NOT_IMPLEMENTED - basic.nack and basic.reject not supported by stream queues queue 'q' in vhost '/'`;

    test.each([
      ['basic.nack', { requeue: true }],
      ['basic.nack', { requeue: false, multiple: true }],
      ['basic.reject', { requeue: true }],
      ['basic.reject', { requeue: false }],
    ] as const)('by %s with %o', async (method, values) => {
      const queue = await streamWith(broker, ['a']);
      const ch = await reader(broker, queue, 'first');
      const { delivery_tag } = (await ch.next('basic.deliver')).arguments;
      ch.send(method, { delivery_tag, ...values });
      expect((await refusal(ch.sync())).replaceAll(queue, 'q')).toBe(refused(method));
    });

    test('in a transaction, as the commit shows', async () => {
      const queue = await streamWith(broker, ['a']);
      const ch = await reader(broker, queue, 'first');
      await ch.call('tx.select');
      ch.send('basic.nack', { delivery_tag: (await ch.next('basic.deliver')).arguments.delivery_tag });
      await ch.sync();
      expect((await refusal(ch.call('tx.commit'))).replaceAll(queue, 'q')).toBe(refused('tx.commit'));
    });

    test('after it was cancelled', async () => {
      const queue = await streamWith(broker, ['a']);
      const ch = await reader(broker, queue, 'first');
      const { delivery_tag } = (await ch.next('basic.deliver')).arguments;
      await ch.call('basic.cancel', { consumer_tag: 'reader' });
      ch.send('basic.nack', { delivery_tag });
      expect((await refusal(ch.sync())).replaceAll(queue, 'q')).toBe(refused('basic.nack'));
    });

    test('together with messages of a queue, which go back to it', async () => {
      const stream = await streamWith(broker, ['a']);
      const queue = await lastingQueue(broker);
      const ch = await reader(broker, stream, 'first');
      await ch.next('basic.deliver');
      ch.publish({ routingKey: queue, body: 'kept' });
      await ch.sync();
      await ch.get(queue, false);
      ch.send('basic.nack', { delivery_tag: 2n, multiple: true, requeue: true });
      expect((await refusal(ch.sync())).replaceAll(stream, 'q')).toBe(refused('basic.nack'));
      const other = await broker.channel();
      await other.consume(queue, { no_ack: true });
      expect(await other.next('basic.deliver')).toMatchObject({ body: Buffer.from('kept') });
    });
  });

  test('must have a prefetch count of its own and acknowledge: in which order it is told so', async () => {
    const queue = await streamWith(broker, []);
    const consuming = async (values: object, ...qos: object[]) => {
      const ch = await broker.channel();
      for (const each of qos) await ch.call('basic.qos', each);
      return (await refusal(ch.call('basic.consume', { queue, ...values }))).replaceAll(queue, 'q');
    };
    const [own, common] = [{ prefetch_count: 10 }, { prefetch_count: 10, global: true }];
    const noPrefetch =
      "channel.close 406 basic.consume PRECONDITION_FAILED - consumer prefetch count is not set for 'queue 'q' in vhost '/''";
    const noAck =
      "connection.close 540 basic.consume NOT_IMPLEMENTED - automatic acknowledgement not supported by stream queues queue 'q' in vhost '/'";
    expect(await consuming({})).toBe(noPrefetch);
    expect(await consuming({ no_ack: true })).toBe(noPrefetch);
    expect(await consuming({}, common)).toBe(noPrefetch);
    expect(await consuming({ no_ack: true }, own)).toBe(noAck);
    expect(await consuming({ no_ack: true }, own, common)).toBe(noAck);
    expect(await consuming({}, own, common)).toBe(
      "connection.close 540 basic.consume NOT_IMPLEMENTED - queue 'q' in vhost '/' does not support global qos",
    );
    expect(await consuming({ arguments: table({ 'x-stream-offset': '5x' }) })).toMatch('invalid_stream_offset_arg');
  });

  test.each(['x-priority', 'x-cancel-on-ha-failover'])('has no %s', async (name) => {
    const queue = await streamWith(broker, []);
    const ch = await broker.channel();
    const values = { queue, arguments: table({ 'x-stream-offset': 'first', [name]: 1 }) };
    expect(await refusal(ch.call('basic.consume', values))).toBe(
      `channel.close 406 basic.consume PRECONDITION_FAILED - invalid arg '${name}' for queue '${queue}' in vhost '/' of queue type rabbit_stream_queue`,
    );
  });

  test('may say that it is exclusive, and is not', async () => {
    const queue = await streamWith(broker, ['a']);
    for (let i = 0; i < 2; i++) {
      const ch = await broker.channel();
      await ch.call('basic.qos', { prefetch_count: 1 });
      await ch.consume(queue, { exclusive: true, arguments: table({ 'x-stream-offset': 'first' }) });
      expect(await deliveries(ch, 1)).toEqual(['a']);
    }
  });

  test('and messages do not keep it from being deleted, nor are they counted', async () => {
    const queue = unique('stream');
    const ch = await confirming(broker);
    await ch.call('queue.declare', { queue, durable: true, arguments: streamArguments() });
    await append(ch, queue, 'a');
    const consumer = await reader(broker, queue, 'first');
    await consumer.next('basic.deliver');
    expect((await ch.call('queue.declare', { queue, passive: true })).arguments.consumer_count).toBe(0);
    const deleted = await ch.call('queue.delete', { queue, if_unused: true, if_empty: true });
    expect(deleted.arguments.message_count).toBe(0);
    expect((await consumer.next('basic.cancel')).arguments.consumer_tag).toBe('reader');
  });
});
