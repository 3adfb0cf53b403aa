// basic.consume: tags, exclusivity, priorities, and in which order what comes. Counterpart: cancel.test.ts.

import { expect, test } from 'vitest';
import { refusal, table } from '../../rig/amqp-client.ts';
import { behaviour, unique } from './brokers.ts';
import { deliveries, publishAll, untilReady } from './observation.ts';

behaviour('consuming', (broker) => {
  test('a delivery tells consumer, number, exchange and routing key', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('queue.bind', { queue, exchange: 'amq.topic', routing_key: `${queue}.#` });
    await ch.consume(queue, { consumer_tag: 'me' });
    ch.publish({ exchange: 'amq.topic', routingKey: `${queue}.a`, body: 'm', properties: { type: 't' } });
    expect(await ch.next()).toEqual({
      method: 'basic.deliver',
      arguments: {
        consumer_tag: 'me',
        delivery_tag: 1n,
        redelivered: false,
        exchange: 'amq.topic',
        routing_key: `${queue}.a`,
      },
      properties: { type: 't' },
      body: Buffer.from('m'),
    });
  });

  test('consume-ok comes before the first delivery', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    publishAll(ch, queue, '1');
    ch.send('basic.consume', { queue, consumer_tag: 'c', no_ack: true });
    expect([(await ch.next()).method, (await ch.next()).method]).toEqual(['basic.consume-ok', 'basic.deliver']);
  });

  test('messages come in the order they were published, those that waited first', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    const bodies = Array.from({ length: 300 }, (_, index) => `${index}`);
    publishAll(ch, queue, ...bodies.slice(0, 100));
    await ch.consume(queue, { no_ack: true });
    publishAll(ch, queue, ...bodies.slice(100));
    expect(await deliveries(ch, 300)).toEqual(bodies);
  });

  test('delivery tags count per channel, over all consumers, also without acknowledgements', async () => {
    const client = await broker.connect();
    const ch = await client.channel();
    const [first, second] = [await ch.queue(), await ch.queue()];
    await ch.consume(first, { no_ack: true });
    await ch.consume(second);
    const tags: bigint[] = [];
    for (const routingKey of [first, second, first]) {
      ch.publish({ routingKey });
      tags.push((await ch.next('basic.deliver')).arguments.delivery_tag);
    }
    expect(tags).toEqual([1n, 2n, 3n]);
    const other = await client.channel();
    const third = await other.queue();
    await other.consume(third, { no_ack: true });
    publishAll(other, third, 'm');
    expect((await other.next('basic.deliver')).arguments.delivery_tag).toBe(1n);
  });

  test('without a tag the broker makes one', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    const [first, second] = [await ch.consume(queue), await ch.consume(queue)];
    expect(first).toMatch(/^amq\.ctag-[\w-]{22}$/);
    expect(second).not.toBe(first);
  });

  test('a tag serves one consumer of a channel', async () => {
    const client = await broker.connect();
    const [ch, other] = [await client.channel(), await client.channel()];
    const queue = await ch.queue();
    await ch.consume(queue, { consumer_tag: 'twice' });
    await other.consume(queue, { consumer_tag: 'twice' });
    expect(await refusal(ch.consume(queue, { consumer_tag: 'twice' }))).toBe(
      "connection.close 530 basic.consume NOT_ALLOWED - attempt to reuse consumer tag 'twice'",
    );
  });

  test('the tag comes before the queue: a used tag on a queue that is not there', async () => {
    const ch = await broker.channel();
    await ch.consume(await ch.queue(), { consumer_tag: 'twice' });
    expect(await refusal(ch.consume(unique('none'), { consumer_tag: 'twice' }))).toContain('530 basic.consume');
  });

  test('without an answer', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    ch.send('basic.consume', { queue, consumer_tag: 'quiet', nowait: true });
    publishAll(ch, queue, '1');
    expect(await ch.next()).toMatchObject({ method: 'basic.deliver', arguments: { consumer_tag: 'quiet' } });
  });

  test('no queue means the one declared last', async () => {
    const ch = await broker.channel();
    expect(await refusal(ch.consume(''))).toBe(
      'channel.close 404 basic.consume NOT_FOUND - no previously declared queue',
    );
    const again = await broker.channel();
    const queue = await again.queue();
    await again.consume('');
    publishAll(again, queue, '1');
    expect(await deliveries(again, 1)).toEqual(['1']);
  });

  test('a queue that does not exist', async () => {
    const ch = await broker.channel();
    const queue = unique('none');
    expect(await refusal(ch.consume(queue))).toBe(
      `channel.close 404 basic.consume NOT_FOUND - no queue '${queue}' in vhost '/'`,
    );
  });

  test("another connection's exclusive queue", async () => {
    const owner = await broker.channel();
    const queue = await owner.queue();
    expect(await refusal((await broker.channel()).consume(queue))).toBe(
      `channel.close 405 basic.consume RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '${queue}' in vhost '/'. It could be originally declared on another connection or the exclusive property value does not match that of the original declaration.`,
    );
  });

  test('an exclusive consumer keeps others out, and is kept out by others', async () => {
    const client = await broker.connect();
    const ch = await client.channel();
    const queue = await ch.queue();
    await ch.consume(queue, { consumer_tag: 'only', exclusive: true });
    const expected = `channel.close 403 basic.consume ACCESS_REFUSED - queue '${queue}' in vhost '/' in exclusive use`;
    expect(await refusal((await client.channel()).consume(queue))).toBe(expected);
    expect(await refusal((await client.channel()).consume(queue, { exclusive: true }))).toBe(expected);
    await ch.call('basic.cancel', { consumer_tag: 'only' });
    await ch.consume(queue, { consumer_tag: 'shared' });
    expect(await refusal((await client.channel()).consume(queue, { exclusive: true }))).toBe(expected);
  });

  test('an exclusive consumer does not keep basic.get out', async () => {
    const client = await broker.connect();
    const ch = await client.channel();
    const queue = await ch.queue();
    await ch.call('basic.qos', { prefetch_count: 1 });
    await ch.consume(queue, { exclusive: true });
    publishAll(ch, queue, '1', '2');
    await ch.next('basic.deliver');
    expect(await (await client.channel()).get(queue)).toMatchObject({ body: Buffer.from('2') });
  });

  test('no-local is ignored', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.consume(queue, { no_local: true, no_ack: true });
    publishAll(ch, queue, 'mine');
    expect(await deliveries(ch, 1)).toEqual(['mine']);
  });

  test('consumers take turns', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    for (const consumer_tag of ['a', 'b', 'c']) await ch.consume(queue, { consumer_tag, no_ack: true });
    const tags: string[] = [];
    for (let i = 0; i < 6; i++) {
      publishAll(ch, queue, `${i}`);
      tags.push((await ch.next('basic.deliver')).arguments.consumer_tag);
    }
    expect(tags).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  test('a consumer of higher priority comes first, until its prefetch is used up', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('basic.qos', { prefetch_count: 2 });
    await ch.consume(queue, { consumer_tag: 'low', arguments: table({ 'x-priority': -5 }) });
    await ch.consume(queue, { consumer_tag: 'plain' });
    await ch.consume(queue, { consumer_tag: 'high', arguments: table({ 'x-priority': 10 }) });
    publishAll(ch, queue, '1', '2', '3', '4', '5', '6');
    const tags: string[] = [];
    for (let i = 0; i < 6; i++) tags.push((await ch.next('basic.deliver')).arguments.consumer_tag);
    expect(tags).toEqual(['high', 'high', 'plain', 'plain', 'low', 'low']);
  });

  test('a consumer priority must be an integer', async () => {
    const client = await broker.connect();
    const queue = await (await client.channel()).queue();
    const told = async (value: string | boolean) =>
      await refusal((await client.channel()).consume(queue, { arguments: table({ 'x-priority': value }) }));
    expect(await told('high')).toBe(
      `channel.close 406 basic.consume PRECONDITION_FAILED - invalid arg 'x-priority' for queue '${queue}' in vhost '/': "expected integer, got longstr"`,
    );
    expect(await told(true)).toContain('"expected integer, got bool"');
  });

  test('a stream offset is an argument of streams only', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    expect(await refusal(ch.consume(queue, { arguments: table({ 'x-stream-offset': 'first' }) }))).toBe(
      `channel.close 406 basic.consume PRECONDITION_FAILED - invalid arg 'x-stream-offset' for queue '${queue}' in vhost '/' of queue type rabbit_classic_queue`,
    );
  });

  test('unknown arguments of a consumer are ignored', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.consume(queue, { arguments: table({ 'x-nonsense': { a: [1] }, other: null }) });
  });

  test('a closed channel gives back what it held, and its consumers are gone', async () => {
    const client = await broker.connect();
    const [ch, other] = [await client.channel(), await client.channel()];
    const queue = await ch.queue();
    publishAll(ch, queue, '1', '2', '3');
    await ch.consume(queue);
    expect(await deliveries(ch, 3)).toEqual(['1', '2', '3']);
    ch.send('basic.ack', { delivery_tag: 2n });
    await ch.close();
    const { consumer_count, message_count } = (await other.call('queue.declare', { queue, passive: true })).arguments;
    expect({ consumer_count, message_count }).toEqual({ consumer_count: 0, message_count: 2 });
    await other.consume(queue);
    const first = await other.next('basic.deliver');
    expect({ body: `${first.body}`, ...first.arguments }).toMatchObject({ body: '1', redelivered: true });
    expect(await deliveries(other, 1)).toEqual(['3']);
  });

  test('the counts of a queue: messages that wait, and consumers', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('basic.qos', { prefetch_count: 1 });
    publishAll(ch, queue, '1', '2', '3');
    await ch.consume(queue);
    await ch.next('basic.deliver');
    await untilReady(ch, queue, 2);
    await ch.consume(queue, { no_ack: true });
    await deliveries(ch, 2);
    expect((await ch.call('queue.declare', { queue, passive: true })).arguments).toMatchObject({
      message_count: 0,
      consumer_count: 2,
    });
  });
});
