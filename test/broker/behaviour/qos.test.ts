// basic.qos: how much may be on the way to consumers. Counterpart: ack.test.ts.

import { expect, test } from 'vitest';
import { refusal } from '../../rig/amqp-client.ts';
import { behaviour } from './brokers.ts';
import { deliveries, publishAll, untilReady } from './observation.ts';

behaviour('prefetch', (broker) => {
  test('a consumer gets no more than its prefetch count before it acknowledges', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('basic.qos', { prefetch_count: 2 });
    publishAll(ch, queue, '1', '2', '3', '4', '5');
    await ch.consume(queue);
    expect(await deliveries(ch, 2)).toEqual(['1', '2']);
    await untilReady(ch, queue, 3);
    expect(ch.pending()).toEqual([]);
    ch.send('basic.ack', { delivery_tag: 1n });
    expect(await deliveries(ch, 1)).toEqual(['3']);
    ch.send('basic.ack', { delivery_tag: 3n, multiple: true });
    expect(await deliveries(ch, 2)).toEqual(['4', '5']);
  });

  test('it is each consumer’s own', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('basic.qos', { prefetch_count: 1 });
    publishAll(ch, queue, '1', '2', '3');
    await ch.consume(queue, { consumer_tag: 'a' });
    await ch.consume(queue, { consumer_tag: 'b' });
    await deliveries(ch, 2);
    await untilReady(ch, queue, 1);
    expect(ch.pending()).toEqual([]);
  });

  test('it holds for consumers that come later, not for those that are there', async () => {
    const ch = await broker.channel();
    const [first, second] = [await ch.queue(), await ch.queue()];
    await ch.consume(first, { consumer_tag: 'free' });
    await ch.call('basic.qos', { prefetch_count: 1 });
    await ch.consume(second, { consumer_tag: 'limited' });
    publishAll(ch, first, '1', '2', '3');
    publishAll(ch, second, 'a', 'b');
    const bodies = (await deliveries(ch, 4)).sort();
    expect(bodies).toEqual(['1', '2', '3', 'a']);
    await untilReady(ch, second, 1);
  });

  test('0 means no limit', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('basic.qos', { prefetch_count: 1 });
    await ch.call('basic.qos', { prefetch_count: 0 });
    publishAll(ch, queue, '1', '2', '3');
    await ch.consume(queue);
    expect(await deliveries(ch, 3)).toEqual(['1', '2', '3']);
  });

  test('it does not hold for consumers without acknowledgements', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('basic.qos', { prefetch_count: 1 });
    publishAll(ch, queue, '1', '2', '3');
    await ch.consume(queue, { no_ack: true });
    expect(await deliveries(ch, 3)).toEqual(['1', '2', '3']);
  });

  test('rejecting makes room as acknowledging does', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('basic.qos', { prefetch_count: 1 });
    publishAll(ch, queue, '1', '2', '3');
    await ch.consume(queue);
    await deliveries(ch, 1);
    ch.send('basic.reject', { delivery_tag: 1n });
    expect(await deliveries(ch, 1)).toEqual(['2']);
    ch.send('basic.nack', { delivery_tag: 2n, requeue: true });
    expect(await deliveries(ch, 1)).toEqual(['2']);
  });

  test('a global limit is shared by the consumers of the channel', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('basic.qos', { prefetch_count: 3, global: true });
    publishAll(ch, queue, '1', '2', '3', '4', '5');
    await ch.consume(queue, { consumer_tag: 'a' });
    await ch.consume(queue, { consumer_tag: 'b' });
    await deliveries(ch, 3);
    await untilReady(ch, queue, 2);
    expect(ch.pending()).toEqual([]);
    ch.send('basic.ack', { delivery_tag: 1n });
    expect(await deliveries(ch, 1)).toEqual(['4']);
  });

  test('the limits of consumer and channel hold both', async () => {
    const ch = await broker.channel();
    const [first, second] = [await ch.queue(), await ch.queue()];
    await ch.call('basic.qos', { prefetch_count: 2 });
    await ch.call('basic.qos', { prefetch_count: 3, global: true });
    publishAll(ch, first, '1', '2', '3');
    publishAll(ch, second, 'a', 'b', 'c');
    await ch.consume(first);
    expect(await deliveries(ch, 2)).toEqual(['1', '2']);
    await ch.consume(second);
    expect(await deliveries(ch, 1)).toEqual(['a']);
    await untilReady(ch, first, 1);
    await untilReady(ch, second, 2);
    expect(ch.pending()).toEqual([]);
  });

  test('a global limit can be raised while consumers wait, and lifted', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('basic.qos', { prefetch_count: 1, global: true });
    publishAll(ch, queue, '1', '2', '3', '4', '5');
    await ch.consume(queue);
    expect(await deliveries(ch, 1)).toEqual(['1']);
    await ch.call('basic.qos', { prefetch_count: 3, global: true });
    expect(await deliveries(ch, 2)).toEqual(['2', '3']);
    await untilReady(ch, queue, 2);
    await ch.call('basic.qos', { prefetch_count: 0, global: true });
    expect(await deliveries(ch, 2)).toEqual(['4', '5']);
  });

  test('a global limit set late counts what is on the way already', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.consume(queue);
    publishAll(ch, queue, '1', '2');
    await deliveries(ch, 2);
    await ch.call('basic.qos', { prefetch_count: 2, global: true });
    await untilReady(ch, queue, 0); // RabbitMQ's queue knows of the limit now
    publishAll(ch, queue, '3');
    await untilReady(ch, queue, 1);
    expect(ch.pending()).toEqual([]);
    ch.send('basic.ack', { delivery_tag: 1n });
    expect(await deliveries(ch, 1)).toEqual(['3']);
  });

  test('what basic.get holds does not count for a global limit', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('basic.qos', { prefetch_count: 2, global: true });
    publishAll(ch, queue, '1', '2', '3', '4', '5');
    await ch.get(queue, false);
    await ch.consume(queue);
    expect(await deliveries(ch, 2)).toEqual(['2', '3']);
    await untilReady(ch, queue, 2);
    ch.send('basic.ack', { delivery_tag: 1n });
    ch.send('basic.ack', { delivery_tag: 2n });
    expect(await deliveries(ch, 1)).toEqual(['4']);
    await untilReady(ch, queue, 1);
    expect(ch.pending()).toEqual([]);
  });

  test('a limit per consumer set later lifts the global one', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('basic.qos', { prefetch_count: 1, global: true });
    publishAll(ch, queue, '1', '2', '3');
    await ch.consume(queue);
    expect(await deliveries(ch, 1)).toEqual(['1']);
    await ch.call('basic.qos', { prefetch_count: 1 });
    expect(await deliveries(ch, 2)).toEqual(['2', '3']);
  });

  test('a prefetch size is not implemented', async () => {
    const ch = await broker.channel();
    expect(await refusal(ch.call('basic.qos', { prefetch_size: 1000 }))).toBe(
      'connection.close 540 basic.qos NOT_IMPLEMENTED - prefetch_size!=0 (1000)',
    );
  });
});
