// Publisher confirms (RabbitMQ's class confirm). Counterpart: transaction.test.ts; a channel is one or the other.

import { expect, test } from 'vitest';
import { refusal, table } from '../../rig/amqp-client.ts';
import { behaviour, unique } from './brokers.ts';
import { drain, lastingQueue, outcomes } from './observation.ts';

behaviour('publisher confirms', (broker) => {
  test('a channel confirms nothing before confirm.select', async () => {
    const ch = await broker.channel();
    ch.publish({ routingKey: unique('none') });
    await ch.sync();
    expect(ch.pending()).toEqual([]);
  });

  test('publications are numbered from the first one after confirm.select', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    ch.publish({ routingKey: queue });
    await ch.call('confirm.select');
    ch.publish({ routingKey: queue });
    expect(await ch.next()).toEqual({ method: 'basic.ack', arguments: { delivery_tag: 1n, multiple: false } });
    ch.publish({ routingKey: queue });
    expect(await ch.next()).toEqual({ method: 'basic.ack', arguments: { delivery_tag: 2n, multiple: false } });
  });

  test('confirm.select may be repeated, and goes on counting', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('confirm.select');
    ch.publish({ routingKey: queue });
    expect(await ch.next('basic.ack')).toMatchObject({ arguments: { delivery_tag: 1n } });
    await ch.call('confirm.select');
    ch.publish({ routingKey: queue });
    expect(await ch.next('basic.ack')).toMatchObject({ arguments: { delivery_tag: 2n } });
  });

  test('confirm.select without an answer', async () => {
    const ch = await broker.channel();
    ch.send('confirm.select', { nowait: true });
    ch.publish({ routingKey: unique('none') });
    expect(await ch.next()).toMatchObject({ method: 'basic.ack' });
  });

  test('a message that goes nowhere is confirmed', async () => {
    const ch = await broker.channel();
    await ch.call('confirm.select');
    ch.publish({ routingKey: unique('none') });
    expect(await outcomes(ch, 1, 1)).toEqual(['ack']);
  });

  test('a message comes back before it is confirmed', async () => {
    const ch = await broker.channel();
    await ch.call('confirm.select');
    ch.publish({ routingKey: unique('none'), mandatory: true });
    expect((await ch.next()).method).toBe('basic.return');
    expect(await ch.next()).toEqual({ method: 'basic.ack', arguments: { delivery_tag: 1n, multiple: false } });
  });

  test('a message of many queues is confirmed once', async () => {
    const ch = await broker.channel();
    const exchange = unique('x');
    await ch.call('exchange.declare', { exchange, type: 'fanout', auto_delete: true });
    for (let i = 0; i < 3; i++) await ch.call('queue.bind', { queue: await ch.queue(), exchange });
    await ch.call('confirm.select');
    ch.publish({ exchange });
    ch.publish({ exchange });
    expect(await outcomes(ch, 1, 2)).toEqual(['ack', 'ack']);
    await ch.sync();
    expect(ch.pending()).toEqual([]);
  });

  test('many publications are each confirmed once, alone or together', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('confirm.select');
    for (let i = 0; i < 500; i++) ch.publish({ routingKey: queue, body: `${i}` });
    expect(await outcomes(ch, 1, 500)).toEqual(Array(500).fill('ack'));
    await ch.sync();
    expect(ch.pending()).toEqual([]);
  });

  test('persistent messages in a durable queue are confirmed', async () => {
    const queue = await lastingQueue(broker);
    const ch = await broker.channel();
    await ch.call('confirm.select');
    for (let i = 0; i < 20; i++) ch.publish({ routingKey: queue, properties: { delivery_mode: 2 } });
    expect(await outcomes(ch, 1, 20)).toEqual(Array(20).fill('ack'));
  });

  test('a message to a consumer without acknowledgements is confirmed', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.consume(queue, { no_ack: true });
    await ch.call('confirm.select');
    ch.publish({ routingKey: queue });
    await ch.next('basic.deliver');
    await ch.next('basic.ack');
  });

  test('a full queue that refuses gives nacks', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-length': 2, 'x-overflow': 'reject-publish' }) });
    await ch.call('confirm.select');
    for (const body of ['1', '2', '3', '4']) ch.publish({ routingKey: queue, body });
    expect(await outcomes(ch, 1, 4)).toEqual(['ack', 'ack', 'nack', 'nack']);
    expect(await drain(ch, queue)).toEqual(['1', '2']);
  });

  test('one queue that refuses is enough for a nack, though others took the message', async () => {
    const ch = await broker.channel();
    const exchange = unique('x');
    await ch.call('exchange.declare', { exchange, type: 'fanout', auto_delete: true });
    const full = await ch.queue({ arguments: table({ 'x-max-length': 0, 'x-overflow': 'reject-publish' }) });
    const open = await ch.queue();
    for (const queue of [full, open]) await ch.call('queue.bind', { queue, exchange });
    await ch.call('confirm.select');
    ch.publish({ exchange, body: 'm' });
    // RabbitMQ leaves the bit that means nothing here at its default.
    expect(await ch.next()).toMatchObject({ method: 'basic.nack', arguments: { delivery_tag: 1n, requeue: true } });
    expect([await drain(ch, full), await drain(ch, open)]).toEqual([[], ['m']]);
    await ch.sync();
    expect(ch.pending()).toEqual([]);
  });

  test('a refused publish closes the channel, earlier ones are confirmed all the same', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('confirm.select');
    ch.publish({ routingKey: queue });
    expect(await outcomes(ch, 1, 1)).toEqual(['ack']);
    ch.publish({ exchange: unique('none') });
    expect((await ch.closed)?.replyCode).toBe(404);
    expect(ch.pending()).toEqual([]);
  });

  test('a transactional channel cannot be switched to confirms', async () => {
    const ch = await broker.channel();
    await ch.call('tx.select');
    expect(await refusal(ch.call('confirm.select'))).toBe(
      'channel.close 406 confirm.select PRECONDITION_FAILED - cannot switch from tx to confirm mode',
    );
  });
});
