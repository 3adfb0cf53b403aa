// x-single-active-consumer: one consumer of a queue is served, the others wait their turn.

import { expect, test } from 'vitest';
import { refusal, table } from '../../rig/amqp-client.ts';
import { type BehaviourBroker, behaviour } from './brokers.ts';
import { deliveries, lastingQueue, publishAll, untilReady } from './observation.ts';

async function singleActive(broker: BehaviourBroker) {
  const client = await broker.connect();
  const ch = await client.channel();
  const queue = await ch.queue({ arguments: table({ 'x-single-active-consumer': true }) });
  return { client, ch, queue };
}

behaviour('a single active consumer', (broker) => {
  test('the first consumer gets everything', async () => {
    const { client, ch, queue } = await singleActive(broker);
    const other = await client.channel();
    await ch.consume(queue);
    await other.consume(queue);
    publishAll(ch, queue, '1', '2', '3');
    expect(await deliveries(ch, 3)).toEqual(['1', '2', '3']);
    await untilReady(other, queue, 0);
    expect(other.pending()).toEqual([]);
  });

  test('when it is cancelled the next one takes over', async () => {
    const { client, ch, queue } = await singleActive(broker);
    const [second, third] = [await client.channel(), await client.channel()];
    await ch.consume(queue, { consumer_tag: 'first' });
    await second.consume(queue);
    await third.consume(queue);
    await ch.call('basic.cancel', { consumer_tag: 'first' });
    publishAll(ch, queue, '1', '2');
    expect(await deliveries(second, 2)).toEqual(['1', '2']);
  });

  test('when its channel closes, what it held goes to the next one', async () => {
    const { client, ch, queue } = await singleActive(broker);
    const second = await client.channel();
    await ch.consume(queue);
    await second.consume(queue);
    publishAll(second, queue, '1', '2');
    await deliveries(ch, 2);
    await ch.close();
    const message = await second.next('basic.deliver');
    expect([message.arguments.redelivered, `${message.body}`]).toEqual([true, '1']);
    expect(await deliveries(second, 1)).toEqual(['2']);
  });

  test('its prefetch limit does not bring in the others', async () => {
    const { client, ch, queue } = await singleActive(broker);
    const other = await client.channel();
    await ch.call('basic.qos', { prefetch_count: 1 });
    await ch.consume(queue);
    await other.consume(queue);
    publishAll(ch, queue, '1', '2');
    expect(await deliveries(ch, 1)).toEqual(['1']);
    await untilReady(other, queue, 1);
    expect(other.pending()).toEqual([]);
    ch.send('basic.ack', { delivery_tag: 1n });
    expect(await deliveries(ch, 1)).toEqual(['2']);
  });

  test('an exclusive consumer is not possible', async () => {
    const { ch, queue } = await singleActive(broker);
    expect(await refusal(ch.consume(queue, { exclusive: true }))).toBe(
      `channel.close 403 basic.consume ACCESS_REFUSED - queue '${queue}' in vhost '/' in exclusive use`,
    );
  });

  test('a consumer of higher priority does not take over by itself, but is the next', async () => {
    const { client, ch, queue } = await singleActive(broker);
    const [low, high] = [await client.channel(), await client.channel()];
    await ch.consume(queue, { consumer_tag: 'first' });
    await low.consume(queue, { arguments: table({ 'x-priority': 1 }) });
    await high.consume(queue, { arguments: table({ 'x-priority': 5 }) });
    publishAll(ch, queue, '1');
    expect(await deliveries(ch, 1)).toEqual(['1']);
    await ch.call('basic.cancel', { consumer_tag: 'first' });
    publishAll(ch, queue, '2');
    expect(await deliveries(high, 1)).toEqual(['2']);
  });

  test('basic.get works beside it', async () => {
    const { client, ch, queue } = await singleActive(broker);
    await ch.call('basic.qos', { prefetch_count: 1 });
    await ch.consume(queue);
    publishAll(ch, queue, '1', '2');
    await deliveries(ch, 1);
    expect(`${(await (await client.channel()).get(queue))?.body}`).toBe('2');
  });

  test('but not on a quorum queue', async () => {
    const queue = await lastingQueue(broker, {
      arguments: table({ 'x-queue-type': 'quorum', 'x-single-active-consumer': true }),
    });
    const ch = await broker.channel();
    expect(await refusal(ch.call('basic.get', { queue }))).toBe(
      `channel.close 405 basic.get RESOURCE_LOCKED - cannot obtain access to locked queue '${queue}' in vhost '/'. basic.get operations are not supported by quorum queues with single active consumer`,
    );
  });

  test('a quorum queue serves one consumer as well', async () => {
    const queue = await lastingQueue(broker, {
      arguments: table({ 'x-queue-type': 'quorum', 'x-single-active-consumer': true }),
    });
    const client = await broker.connect();
    const [ch, other] = [await client.channel(), await client.channel()];
    await ch.consume(queue, { consumer_tag: 'first' });
    await other.consume(queue, { consumer_tag: 'second' });
    publishAll(ch, queue, '1', '2');
    expect(await deliveries(ch, 2)).toEqual(['1', '2']);
    ch.send('basic.ack', { delivery_tag: 0n, multiple: true });
    await ch.call('basic.cancel', { consumer_tag: 'first' });
    publishAll(ch, queue, '3');
    expect(await deliveries(other, 1)).toEqual(['3']);
  });
});
