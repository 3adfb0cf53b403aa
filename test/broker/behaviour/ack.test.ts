// basic.ack, basic.nack, basic.reject: which messages they settle, and how messages go back. Counterpart: recover.test.ts.

import { expect, test } from 'vitest';
import { refusal } from '../../rig/amqp-client.ts';
import { type BehaviourBroker, behaviour } from './brokers.ts';
import { deliveries, drain, publishAll, untilReady } from './observation.ts';

/** A channel that holds the messages 1 … count of a queue, delivered under the tags 1 … count. */
async function holding(broker: BehaviourBroker, count: number) {
  const client = await broker.connect();
  const ch = await client.channel();
  const queue = await ch.queue();
  publishAll(ch, queue, ...Array.from({ length: count }, (_, index) => `${index + 1}`));
  const consumer_tag = await ch.consume(queue);
  await deliveries(ch, count);
  await ch.call('basic.cancel', { consumer_tag });
  /** What comes back when the channel is closed: all that is not settled. */
  const unsettled = async () => {
    await ch.close();
    return await drain(await client.channel(), queue);
  };
  return { client, ch, queue, unsettled };
}

behaviour('settling', (broker) => {
  test('ack of one', async () => {
    const { ch, unsettled } = await holding(broker, 3);
    ch.send('basic.ack', { delivery_tag: 2n });
    expect(await unsettled()).toEqual(['1', '3']);
  });

  test('ack of all up to one', async () => {
    const { ch, unsettled } = await holding(broker, 4);
    ch.send('basic.ack', { delivery_tag: 2n, multiple: true });
    expect(await unsettled()).toEqual(['3', '4']);
  });

  test('ack of all, tag 0', async () => {
    const { ch, unsettled } = await holding(broker, 4);
    ch.send('basic.ack', { delivery_tag: 0n, multiple: true });
    expect(await unsettled()).toEqual([]);
  });

  test('ack of all when there is nothing to acknowledge', async () => {
    const { ch } = await holding(broker, 0);
    ch.send('basic.ack', { delivery_tag: 0n, multiple: true });
    ch.send('basic.nack', { delivery_tag: 0n, multiple: true, requeue: true });
    await ch.sync();
  });

  test('in any order', async () => {
    const { ch, unsettled } = await holding(broker, 4);
    for (const tag of [4n, 1n, 3n]) ch.send('basic.ack', { delivery_tag: tag });
    expect(await unsettled()).toEqual(['2']);
  });

  test.each([
    ['basic.ack', { delivery_tag: 0n }, 0],
    ['basic.ack', { delivery_tag: 9n }, 9],
    ['basic.ack', { delivery_tag: 9n, multiple: true }, 9],
    ['basic.nack', { delivery_tag: 9n, requeue: true }, 9],
    ['basic.nack', { delivery_tag: 9n, multiple: true, requeue: true }, 9],
    ['basic.reject', { delivery_tag: 9n, requeue: false }, 9],
    ['basic.ack', { delivery_tag: 2n ** 64n - 1n }, '18446744073709551615'],
  ] as const)('%s of a tag that is not known: %o', async (method, values, tag) => {
    const { ch } = await holding(broker, 2);
    ch.send(method, values);
    expect((await ch.closed)?.message).toBe(
      `channel.close 406 ${method} PRECONDITION_FAILED - unknown delivery tag ${tag}`,
    );
  });

  test('a message is settled once', async () => {
    const { ch } = await holding(broker, 2);
    ch.send('basic.ack', { delivery_tag: 1n });
    await ch.sync();
    ch.send('basic.ack', { delivery_tag: 1n });
    expect((await ch.closed)?.message).toBe('channel.close 406 basic.ack PRECONDITION_FAILED - unknown delivery tag 1');
  });

  test('multiple with a tag that is settled already is refused, though older ones are open', async () => {
    const { ch, client, queue } = await holding(broker, 3);
    ch.send('basic.ack', { delivery_tag: 2n });
    ch.send('basic.ack', { delivery_tag: 2n, multiple: true });
    expect((await ch.closed)?.replyText).toBe('PRECONDITION_FAILED - unknown delivery tag 2');
    expect(await drain(await client.channel(), queue)).toEqual(['1', '3']);
  });

  test('a message delivered without acknowledgement has no tag to settle', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    publishAll(ch, queue, '1');
    await ch.get(queue, true);
    ch.send('basic.ack', { delivery_tag: 1n });
    expect((await ch.closed)?.replyText).toBe('PRECONDITION_FAILED - unknown delivery tag 1');
  });

  test('a tag belongs to its channel', async () => {
    const { client } = await holding(broker, 1);
    const other = await client.channel();
    other.send('basic.ack', { delivery_tag: 1n });
    expect((await other.closed)?.replyText).toBe('PRECONDITION_FAILED - unknown delivery tag 1');
  });

  test('reject without requeue drops the message', async () => {
    const { ch, unsettled } = await holding(broker, 2);
    ch.send('basic.reject', { delivery_tag: 1n });
    expect(await unsettled()).toEqual(['2']);
  });

  test('nack of several without requeue drops them', async () => {
    const { ch, unsettled } = await holding(broker, 3);
    ch.send('basic.nack', { delivery_tag: 2n, multiple: true });
    expect(await unsettled()).toEqual(['3']);
  });

  test('reject with requeue gives the message back at its place', async () => {
    const { ch, queue } = await holding(broker, 3);
    publishAll(ch, queue, '4');
    ch.send('basic.reject', { delivery_tag: 2n, requeue: true });
    expect(await drain(ch, queue)).toEqual(['2', '4']);
  });

  test('messages go back in their order, in whatever order they were given back', async () => {
    const { ch, queue } = await holding(broker, 5);
    publishAll(ch, queue, '6');
    for (const tag of [4n, 1n, 5n, 2n]) ch.send('basic.reject', { delivery_tag: tag, requeue: true });
    expect(await drain(ch, queue)).toEqual(['1', '2', '4', '5', '6']);
  });

  test('nack of several with requeue', async () => {
    const { ch, queue } = await holding(broker, 4);
    ch.send('basic.nack', { delivery_tag: 3n, multiple: true, requeue: true });
    expect(await drain(ch, queue)).toEqual(['1', '2', '3']);
  });

  test('nack of all, tag 0', async () => {
    const { ch, queue } = await holding(broker, 3);
    ch.send('basic.nack', { delivery_tag: 0n, multiple: true, requeue: true });
    expect(await drain(ch, queue)).toEqual(['1', '2', '3']);
  });

  test('the redelivered flag is set only for those that were delivered before', async () => {
    const { ch, queue } = await holding(broker, 1);
    publishAll(ch, queue, '2');
    ch.send('basic.reject', { delivery_tag: 1n, requeue: true });
    expect((await ch.get(queue))?.arguments).toMatchObject({ redelivered: true });
    expect((await ch.get(queue))?.arguments).toMatchObject({ redelivered: false });
  });

  test('a message from basic.get that comes back is redelivered', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    publishAll(ch, queue, '1');
    expect((await ch.get(queue, false))?.arguments.redelivered).toBe(false);
    ch.send('basic.nack', { delivery_tag: 1n, requeue: true });
    expect((await ch.get(queue, false))?.arguments).toMatchObject({ redelivered: true, delivery_tag: 2n });
  });

  test('a lost connection gives its messages back, redelivered', async () => {
    const owner = await broker.channel();
    const queue = await owner.queue({ exclusive: false, auto_delete: true });
    await owner.consume(queue, { consumer_tag: 'keep' });
    await owner.call('basic.qos', { prefetch_count: 1 });
    const lost = await broker.connect();
    const ch = await lost.channel();
    publishAll(owner, queue, '1', '2');
    expect(await deliveries(owner, 2)).toEqual(['1', '2']);
    owner.send('basic.nack', { delivery_tag: 0n, multiple: true, requeue: true });
    expect(await deliveries(owner, 2)).toEqual(['1', '2']);
    await owner.call('basic.cancel', { consumer_tag: 'none' });
    await ch.consume(queue, { consumer_tag: 'thief' });
    publishAll(owner, queue, '3', '4');
    await ch.next('basic.deliver');
    lost.destroy();
    const bodies = new Set(await deliveries(owner, 2));
    expect(bodies).toEqual(new Set(['3', '4']));
  });

  test('a rejected message goes to another consumer if there is one', async () => {
    const client = await broker.connect();
    const [one, two] = [await client.channel(), await client.channel()];
    const queue = await one.queue();
    await one.consume(queue, { consumer_tag: 'one' });
    await two.consume(queue, { consumer_tag: 'two' });
    publishAll(one, queue, 'm');
    expect((await one.next('basic.deliver')).arguments.redelivered).toBe(false);
    one.send('basic.reject', { delivery_tag: 1n, requeue: true });
    expect(await two.next('basic.deliver')).toMatchObject({ arguments: { redelivered: true }, body: Buffer.from('m') });
  });

  test('purge leaves what is delivered and not settled', async () => {
    const { ch, queue, unsettled } = await holding(broker, 2);
    publishAll(ch, queue, '3');
    expect((await ch.call('queue.purge', { queue })).arguments.message_count).toBe(1);
    await untilReady(ch, queue, 0);
    expect(await unsettled()).toEqual(['1', '2']);
  });

  test('a delete with if-empty looks at messages that wait only', async () => {
    const { ch, queue } = await holding(broker, 1);
    expect((await ch.call('queue.delete', { queue, if_empty: true })).arguments.message_count).toBe(0);
    const next = await ch.queue();
    publishAll(ch, next, 'm');
    expect(await refusal(ch.call('queue.delete', { queue: next, if_empty: true }))).toBe(
      `channel.close 406 queue.delete PRECONDITION_FAILED - queue '${next}' in vhost '/' not empty`,
    );
  });
});
