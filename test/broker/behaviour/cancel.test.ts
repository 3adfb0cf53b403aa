// basic.cancel, by the client and by the server. Counterpart: consume.test.ts.

import { expect, test } from 'vitest';
import { behaviour } from './brokers.ts';
import { deliveries, publishAll, untilReady } from './observation.ts';

behaviour('cancelling', (broker) => {
  test('nothing comes after cancel-ok', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.consume(queue, { consumer_tag: 'c', no_ack: true });
    publishAll(ch, queue, '1');
    await deliveries(ch, 1);
    expect((await ch.call('basic.cancel', { consumer_tag: 'c' })).arguments).toEqual({ consumer_tag: 'c' });
    publishAll(ch, queue, '2');
    await untilReady(ch, queue, 1);
    expect(ch.pending()).toEqual([]);
  });

  test('a tag that is unknown is cancelled as well', async () => {
    const ch = await broker.channel();
    expect((await ch.call('basic.cancel', { consumer_tag: 'who' })).arguments).toEqual({ consumer_tag: 'who' });
  });

  test('without an answer', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.consume(queue, { consumer_tag: 'c', no_ack: true });
    ch.send('basic.cancel', { consumer_tag: 'c', nowait: true });
    ch.send('basic.cancel', { consumer_tag: 'who', nowait: true });
    publishAll(ch, queue, '1');
    await untilReady(ch, queue, 1);
    expect(ch.pending()).toEqual([]);
  });

  test('the tag can be used again', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.consume(queue, { consumer_tag: 'c' });
    await ch.call('basic.cancel', { consumer_tag: 'c' });
    expect(await ch.consume(queue, { consumer_tag: 'c' })).toBe('c');
  });

  test('what was delivered can still be acknowledged', async () => {
    const client = await broker.connect();
    const ch = await client.channel();
    const queue = await ch.queue();
    publishAll(ch, queue, '1', '2');
    await ch.consume(queue, { consumer_tag: 'c' });
    await deliveries(ch, 2);
    await ch.call('basic.cancel', { consumer_tag: 'c' });
    await untilReady(ch, queue, 0);
    ch.send('basic.ack', { delivery_tag: 1n });
    ch.send('basic.reject', { delivery_tag: 2n, requeue: true });
    await untilReady(ch, queue, 1);
  });

  test('an auto-delete queue goes with its last consumer', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ auto_delete: true });
    await ch.consume(queue, { consumer_tag: 'a' });
    await ch.consume(queue, { consumer_tag: 'b' });
    await ch.call('basic.cancel', { consumer_tag: 'a' });
    await untilReady(ch, queue, 0);
    await ch.call('basic.cancel', { consumer_tag: 'b' });
    ch.publish({ routingKey: queue, mandatory: true });
    expect((await ch.next()).method).toBe('basic.return');
  });

  test('the server cancels the consumers of a queue that is deleted', async () => {
    const client = await broker.connect();
    const [ch, other] = [await client.channel(), await client.channel()];
    const queue = await ch.queue();
    await ch.consume(queue, { consumer_tag: 'a' });
    await ch.consume(queue, { consumer_tag: 'b' });
    await other.call('queue.delete', { queue });
    const cancels = [await ch.next(), await ch.next()];
    expect(cancels).toEqual(
      expect.arrayContaining(
        ['a', 'b'].map((consumer_tag) => ({ method: 'basic.cancel', arguments: { consumer_tag, nowait: true } })),
      ),
    );
    await ch.sync();
  });

  test('in the order of their tags', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    for (const consumer_tag of ['c', 'a', 'b']) await ch.consume(queue, { consumer_tag });
    ch.send('queue.delete', { queue });
    const tags: string[] = [];
    while (tags.length < 3) tags.push((await ch.next('basic.cancel')).arguments.consumer_tag);
    expect(tags).toEqual(['a', 'b', 'c']);
  });

  test('the tag of a consumer that the server cancelled is free again', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.consume(queue, { consumer_tag: 'c' });
    ch.send('queue.delete', { queue });
    await ch.next('basic.cancel');
    await ch.reply('queue.delete');
    await ch.consume(await ch.queue(), { consumer_tag: 'c' });
  });

  test('a client without consumer_cancel_notify is not told', async () => {
    const client = await broker.connect({ capabilities: { 'basic.nack': true } });
    const [ch, other] = [await client.channel(), await client.channel()];
    const queue = await ch.queue();
    await ch.consume(queue, { consumer_tag: 'c' });
    await other.call('queue.delete', { queue });
    const next = await ch.queue();
    await ch.consume(next, { consumer_tag: 'd' });
    publishAll(ch, next, '1');
    expect(await ch.next()).toMatchObject({ method: 'basic.deliver', arguments: { consumer_tag: 'd' } });
  });

  test('messages of a deleted queue that are not acknowledged yet can be, to no effect', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    publishAll(ch, queue, '1', '2');
    await ch.consume(queue);
    await deliveries(ch, 2);
    await ch.call('queue.delete', { queue });
    await ch.next('basic.cancel');
    ch.send('basic.ack', { delivery_tag: 1n });
    ch.send('basic.nack', { delivery_tag: 2n, requeue: true });
    await ch.sync();
  });

  test('a client may answer the server’s cancel', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.consume(queue, { consumer_tag: 'c' });
    await ch.call('queue.delete', { queue });
    await ch.next('basic.cancel');
    ch.send('basic.cancel-ok', { consumer_tag: 'c' });
    // RabbitMQ asked for no answer and knows of none.
    expect((await ch.closed)?.message).toBe(
      'connection.close 503 basic.cancel-ok COMMAND_INVALID - unimplemented method',
    );
  });
});
