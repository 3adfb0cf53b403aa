// Messages and queues that expire. Counterpart: dead-letter.test.ts, where expired messages go.

import { expect, test } from 'vitest';
import { refusal, table } from '../../rig/amqp-client.ts';
import { behaviour, unique } from './brokers.ts';
import { deliveries, drain, lastingQueue, publishAll, untilReady } from './observation.ts';

behaviour('expiry', (broker) => {
  test('a message of a queue with x-message-ttl expires', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-message-ttl': 50 }) });
    publishAll(ch, queue, '1', '2');
    await untilReady(ch, queue, 2);
    await untilReady(ch, queue, 0);
    expect(await ch.get(queue)).toBeUndefined();
  });

  test('a message expires by its own expiration', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    ch.publish({ routingKey: queue, properties: { expiration: '50' } });
    await untilReady(ch, queue, 1);
    await untilReady(ch, queue, 0);
  });

  test.each([
    [50, '60000'],
    [60000, '50'],
  ])('the shorter of both holds: queue %i, message %s', async (ttl, expiration) => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-message-ttl': ttl }) });
    ch.publish({ routingKey: queue, properties: { expiration } });
    await untilReady(ch, queue, 1);
    await untilReady(ch, queue, 0);
  });

  test('a message that expired behind one that did not stays until it is first', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    ch.publish({ routingKey: queue, body: 'first', properties: { expiration: '60000' } });
    ch.publish({ routingKey: queue, body: 'second', properties: { expiration: '1' } });
    ch.publish({ routingKey: queue, body: 'third' });
    // Another queue with a longer time to live proves that the time is over.
    const clock = await ch.queue({ arguments: table({ 'x-message-ttl': 30 }) });
    publishAll(ch, clock, 'tick');
    await untilReady(ch, clock, 1);
    await untilReady(ch, clock, 0);
    await untilReady(ch, queue, 3);
    expect(await ch.get(queue)).toMatchObject({ body: Buffer.from('first'), arguments: { message_count: 1 } });
    expect(await drain(ch, queue)).toEqual(['third']);
  });

  test('also behind one that never does, for consumers as for basic.get', async () => {
    const ch = await broker.channel();
    const [queue, other] = [await ch.queue(), await ch.queue()];
    for (const routingKey of [queue, other]) {
      ch.publish({ routingKey, body: 'first' });
      ch.publish({ routingKey, body: 'second', properties: { expiration: '1' } });
      ch.publish({ routingKey, body: 'third' });
      ch.publish({ routingKey, body: 'fourth', properties: { expiration: '1' } });
    }
    const clock = await ch.queue({ arguments: table({ 'x-message-ttl': 30 }) });
    publishAll(ch, clock, 'tick');
    await untilReady(ch, clock, 1);
    await untilReady(ch, clock, 0);
    await untilReady(ch, queue, 4);
    expect(await drain(ch, queue)).toEqual(['first', 'third']);
    await ch.consume(other, { no_ack: true });
    expect(await deliveries(ch, 2)).toEqual(['first', 'third']);
  });

  test.each(['x-message-ttl', 'expiration'])('%s 0: only who waits already gets the message', async (kind) => {
    const ch = await broker.channel();
    const queue = await ch.queue(kind === 'x-message-ttl' ? { arguments: table({ 'x-message-ttl': 0 }) } : {});
    const properties = kind === 'expiration' ? { expiration: '0' } : {};
    ch.publish({ routingKey: queue, body: 'too early', properties });
    expect(await ch.get(queue)).toBeUndefined();
    await ch.consume(queue, { no_ack: true });
    ch.publish({ routingKey: queue, body: 'in time', properties });
    expect(await deliveries(ch, 1)).toEqual(['in time']);
  });

  test('a message on its way to a consumer does not expire; requeued too late it is gone', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-message-ttl': 30 }) });
    const consumer_tag = await ch.consume(queue);
    publishAll(ch, queue, 'held');
    expect(await deliveries(ch, 1)).toEqual(['held']);
    await ch.call('basic.cancel', { consumer_tag });
    publishAll(ch, queue, 'tick');
    await untilReady(ch, queue, 1);
    await untilReady(ch, queue, 0);
    ch.send('basic.reject', { delivery_tag: 1n, requeue: true });
    expect(await ch.get(queue)).toBeUndefined();
  });

  test.each([
    [-1, '{value_negative,-1}'],
    [315_360_000_001, '{value_too_large,315360000001}'],
    ['soon', '"expected integer, got longstr"'],
    [true, '"expected integer, got bool"'],
    [1.5, '"expected integer, got double"'],
  ])('x-message-ttl must be a time: not %j', async (value, reason) => {
    const ch = await broker.channel();
    const queue = unique('q');
    expect(await refusal(ch.queue({ queue, arguments: table({ 'x-message-ttl': value }) }))).toBe(
      `channel.close 406 queue.declare PRECONDITION_FAILED - invalid arg 'x-message-ttl' for queue '${queue}' in vhost '/': ${reason}`,
    );
  });

  test.each([
    [0, '{value_zero,0}'],
    [-1, '{value_negative,-1}'],
    ['soon', '"expected integer, got longstr"'],
  ])('x-expires must be a time: not %j', async (value, reason) => {
    const ch = await broker.channel();
    const queue = unique('q');
    expect(await refusal(ch.queue({ queue, arguments: table({ 'x-expires': value }) }))).toBe(
      `channel.close 406 queue.declare PRECONDITION_FAILED - invalid arg 'x-expires' for queue '${queue}' in vhost '/': ${reason}`,
    );
  });

  test('an unused queue expires', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-expires': 50 }) });
    for (let returned = false; !returned; ) {
      ch.publish({ routingKey: queue, mandatory: true });
      await ch.sync();
      returned = ch.pending().length > 0;
    }
    expect(await refusal(ch.call('queue.declare', { queue, passive: true }))).toContain('404 queue.declare');
  });

  test('a queue with a consumer does not expire before the consumer is gone', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-expires': 50 }) });
    const consumer_tag = await ch.consume(queue);
    const other = await ch.queue({ arguments: table({ 'x-message-ttl': 150 }) });
    publishAll(ch, other, 'tick');
    await untilReady(ch, other, 1);
    await untilReady(ch, other, 0);
    await untilReady(ch, queue, 0);
    await ch.call('basic.cancel', { consumer_tag });
    for (;;) {
      ch.publish({ routingKey: queue, mandatory: true });
      await ch.sync();
      if (ch.pending().length > 0) break;
    }
  });

  test('basic.get uses a queue, and puts off its expiry', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-expires': 400 }) });
    const clock = await ch.queue({ arguments: table({ 'x-message-ttl': 150 }) });
    for (let i = 0; i < 4; i++) {
      publishAll(ch, clock, 'tick');
      await untilReady(ch, clock, 1);
      await untilReady(ch, clock, 0);
      expect(await ch.get(queue)).toBeUndefined();
    }
  });

  test('messages of an expired queue are not dead-lettered', async () => {
    const ch = await broker.channel();
    const dead = await ch.queue();
    const queue = await ch.queue({
      arguments: table({ 'x-expires': 50, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead }),
    });
    publishAll(ch, queue, 'm');
    for (;;) {
      ch.publish({ routingKey: queue, mandatory: true, body: 'probe' });
      await ch.sync();
      if (ch.pending().length > 0) break;
    }
    await untilReady(ch, dead, 0);
  });

  test('messages of a quorum queue expire too', async () => {
    const queue = await lastingQueue(broker, { arguments: table({ 'x-queue-type': 'quorum', 'x-message-ttl': 100 }) });
    const ch = await broker.channel();
    await ch.call('confirm.select');
    publishAll(ch, queue, '1');
    await ch.next('basic.ack');
    await untilReady(ch, queue, 0);
    expect(await ch.get(queue)).toBeUndefined();
  });
});
