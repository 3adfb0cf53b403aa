// Class tx: publications and acknowledgements that wait for the commit. Counterpart: confirm.test.ts.

import { expect, test } from 'vitest';
import { refusal, table } from '../../rig/amqp-client.ts';
import { behaviour, unique } from './brokers.ts';
import { deliveries, drain, publishAll, untilReady } from './observation.ts';

behaviour('transactions', (broker) => {
  test('publications become visible with the commit', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('tx.select');
    publishAll(ch, queue, '1', '2');
    await untilReady(ch, queue, 0);
    await ch.call('tx.commit');
    expect(await drain(ch, queue)).toEqual(['1', '2']);
  });

  test('a rollback forgets publications', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('tx.select');
    publishAll(ch, queue, '1', '2');
    await ch.call('tx.rollback');
    publishAll(ch, queue, '3');
    await ch.call('tx.commit');
    expect(await drain(ch, queue)).toEqual(['3']);
  });

  test('closing the channel forgets what was not committed', async () => {
    const client = await broker.connect();
    const ch = await client.channel();
    const queue = await ch.queue();
    await ch.call('tx.select');
    publishAll(ch, queue, '1');
    await ch.close();
    await untilReady(await client.channel(), queue, 0);
  });

  test('a new transaction begins with each commit', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('tx.select');
    publishAll(ch, queue, '1');
    await ch.call('tx.commit');
    publishAll(ch, queue, '2');
    await ch.call('tx.rollback');
    expect(await drain(ch, queue)).toEqual(['1']);
  });

  test('tx.select may be repeated and keeps what is under way', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('tx.select');
    publishAll(ch, queue, '1');
    await ch.call('tx.select');
    await ch.call('tx.commit');
    expect(await drain(ch, queue)).toEqual(['1']);
  });

  test('what is published is checked at once', async () => {
    const ch = await broker.channel();
    await ch.call('tx.select');
    const exchange = unique('none');
    ch.publish({ exchange });
    expect((await ch.closed)?.message).toBe(
      `channel.close 404 basic.publish NOT_FOUND - no exchange '${exchange}' in vhost '/'`,
    );
  });

  test('a mandatory message comes back with the commit, before commit-ok', async () => {
    const ch = await broker.channel();
    await ch.call('tx.select');
    ch.publish({ routingKey: unique('none'), mandatory: true });
    await ch.sync();
    expect(ch.pending()).toEqual([]);
    ch.send('tx.commit');
    expect([(await ch.next()).method, (await ch.next()).method]).toEqual(['basic.return', 'tx.commit-ok']);
  });

  test('where a message goes is decided when it is published', async () => {
    const ch = await broker.channel();
    const [exchange, early, late] = [unique('x'), await ch.queue(), await ch.queue()];
    await ch.call('exchange.declare', { exchange, type: 'fanout', auto_delete: true });
    await ch.call('queue.bind', { queue: early, exchange });
    await ch.call('tx.select');
    ch.publish({ exchange, body: 'm' });
    await ch.call('queue.bind', { queue: late, exchange });
    await ch.call('tx.commit');
    expect([await drain(ch, early), await drain(ch, late)]).toEqual([['m'], []]);
  });

  test('acknowledgements count with the commit', async () => {
    const client = await broker.connect();
    const ch = await client.channel();
    const queue = await ch.queue();
    publishAll(ch, queue, '1', '2');
    await ch.call('tx.select');
    const first = (await ch.get(queue, false))!;
    const second = (await ch.get(queue, false))!;
    ch.send('basic.ack', { delivery_tag: first.arguments.delivery_tag });
    await ch.call('tx.commit');
    ch.send('basic.ack', { delivery_tag: second.arguments.delivery_tag });
    await ch.close();
    expect(await drain(await client.channel(), queue)).toEqual(['2']);
  });

  test('after a rollback acknowledgements can be given again', async () => {
    const client = await broker.connect();
    const ch = await client.channel();
    const queue = await ch.queue();
    publishAll(ch, queue, '1', '2', '3');
    await ch.call('tx.select');
    for (let i = 0; i < 3; i++) await ch.get(queue, false);
    ch.send('basic.ack', { delivery_tag: 2n });
    ch.send('basic.nack', { delivery_tag: 3n, requeue: true });
    await ch.call('tx.rollback');
    ch.send('basic.ack', { delivery_tag: 3n, multiple: true });
    await ch.call('tx.commit');
    await ch.close();
    expect(await drain(await client.channel(), queue)).toEqual([]);
  });

  test('an acknowledged message is not acknowledged twice within a transaction', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    publishAll(ch, queue, '1');
    await ch.call('tx.select');
    await ch.get(queue, false);
    ch.send('basic.ack', { delivery_tag: 1n });
    ch.send('basic.ack', { delivery_tag: 1n });
    expect((await ch.closed)?.message).toBe('channel.close 406 basic.ack PRECONDITION_FAILED - unknown delivery tag 1');
  });

  test('rejected messages come back with the commit', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    publishAll(ch, queue, '1');
    await ch.call('tx.select');
    await ch.get(queue, false);
    ch.send('basic.reject', { delivery_tag: 1n, requeue: true });
    await untilReady(ch, queue, 0);
    await ch.call('tx.commit');
    expect(await ch.get(queue)).toMatchObject({ arguments: { redelivered: true }, body: Buffer.from('1') });
  });

  test('prefetch counts acknowledgements with the commit', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('basic.qos', { prefetch_count: 1 });
    await ch.call('tx.select');
    publishAll(ch, queue, '1', '2');
    await ch.call('tx.commit');
    await ch.consume(queue);
    expect(await deliveries(ch, 1)).toEqual(['1']);
    ch.send('basic.ack', { delivery_tag: 1n });
    await untilReady(ch, queue, 1);
    expect(ch.pending()).toEqual([]);
    await ch.call('tx.commit');
    expect(await deliveries(ch, 1)).toEqual(['2']);
  });

  test('a prefetch of the whole channel as well', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('basic.qos', { prefetch_count: 1, global: true });
    publishAll(ch, queue, '1', '2');
    await ch.consume(queue);
    expect(await deliveries(ch, 1)).toEqual(['1']);
    await ch.call('tx.select');
    ch.send('basic.ack', { delivery_tag: 1n });
    const other = await ch.queue();
    await ch.consume(other);
    publishAll(ch, other, 'x');
    await ch.call('tx.rollback');
    await untilReady(ch, queue, 1);
    expect(ch.pending()).toEqual([]);
    ch.send('basic.ack', { delivery_tag: 1n });
    await ch.call('tx.commit');
    expect(await deliveries(ch, 1)).toEqual(['2']);
  });

  test('a queue that refuses a publication makes the commit fail', async () => {
    const client = await broker.connect();
    const ch = await client.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-length': 1, 'x-overflow': 'reject-publish' }) });
    await ch.call('tx.select');
    publishAll(ch, queue, '1', '2');
    expect(await refusal(ch.call('tx.commit'))).toBe(
      'channel.close 406 tx.commit PRECONDITION_FAILED - partial tx completion',
    );
    expect(await drain(await client.channel(), queue)).toEqual(['1']);
  });

  test.each(['tx.commit', 'tx.rollback'] as const)('%s needs tx.select', async (method) => {
    const ch = await broker.channel();
    expect(await refusal(ch.call(method))).toBe(
      `channel.close 406 ${method} PRECONDITION_FAILED - channel is not transactional`,
    );
  });

  test('a channel with confirms cannot be switched to transactions', async () => {
    const ch = await broker.channel();
    await ch.call('confirm.select');
    expect(await refusal(ch.call('tx.select'))).toBe(
      'channel.close 406 tx.select PRECONDITION_FAILED - cannot switch from confirm to tx mode',
    );
  });
});
