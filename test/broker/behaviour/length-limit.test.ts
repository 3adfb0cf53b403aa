// x-max-length and x-max-length-bytes with each x-overflow. Counterpart: dead-letter.test.ts, where dropped messages go.

import { expect, test } from 'vitest';
import { refusal, table } from '../../rig/amqp-client.ts';
import { behaviour, unique } from './brokers.ts';
import { drain, outcomes, publishAll, untilReady } from './observation.ts';

behaviour('length limits', (broker) => {
  test('a queue of at most three messages drops the oldest', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-length': 3 }) });
    publishAll(ch, queue, '1', '2', '3', '4', '5');
    expect(await drain(ch, queue)).toEqual(['3', '4', '5']);
  });

  test('dropped messages are confirmed, for they had been taken', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-length': 1, 'x-overflow': 'drop-head' }) });
    await ch.call('confirm.select');
    publishAll(ch, queue, '1', '2', '3');
    expect(await outcomes(ch, 1, 3)).toEqual(['ack', 'ack', 'ack']);
  });

  test('a limit of 0 keeps nothing, but lets through to who waits', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-length': 0 }) });
    publishAll(ch, queue, 'lost');
    expect(await ch.get(queue)).toBeUndefined();
    await ch.consume(queue, { no_ack: true });
    publishAll(ch, queue, 'found');
    expect(`${(await ch.next('basic.deliver')).body}`).toBe('found');
  });

  test('bodies count in bytes, headers do not', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-length-bytes': 10 }) });
    for (const body of ['aaaa', 'bbbb', 'cccc']) {
      ch.publish({ routingKey: queue, body, properties: { headers: table({ long: 'x'.repeat(1000) }) } });
    }
    expect(await drain(ch, queue)).toEqual(['bbbb', 'cccc']);
  });

  test('a body larger than the limit drops all, itself too', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-length-bytes': 10 }) });
    publishAll(ch, queue, 'a', 'x'.repeat(11));
    expect(await drain(ch, queue)).toEqual([]);
  });

  test('both limits hold', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-length': 3, 'x-max-length-bytes': 6 }) });
    publishAll(ch, queue, '1', '2', '3', '4', 'five');
    expect(await drain(ch, queue)).toEqual(['3', '4', 'five']);
  });

  test('only messages that wait count, not those delivered', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-length': 1 }) });
    publishAll(ch, queue, '1');
    await ch.get(queue, false);
    publishAll(ch, queue, '2');
    await untilReady(ch, queue, 1);
    ch.send('basic.reject', { delivery_tag: 1n, requeue: true });
    expect(await drain(ch, queue)).toEqual(['2']);
  });

  test('reject-publish refuses the newest, silently for who asked for no confirms', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-length': 2, 'x-overflow': 'reject-publish' }) });
    publishAll(ch, queue, '1', '2', '3');
    expect(await drain(ch, queue)).toEqual(['1', '2']);
    expect(ch.pending()).toEqual([]);
  });

  test('reject-publish takes again when there is room', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-length': 1, 'x-overflow': 'reject-publish' }) });
    await ch.call('confirm.select');
    publishAll(ch, queue, '1', '2');
    expect(await outcomes(ch, 1, 2)).toEqual(['ack', 'nack']);
    await ch.get(queue);
    publishAll(ch, queue, '3');
    expect(await outcomes(ch, 3, 3)).toEqual(['ack']);
    expect(await drain(ch, queue)).toEqual(['3']);
  });

  test('a requeued message may go over a reject-publish limit', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-length': 1, 'x-overflow': 'reject-publish' }) });
    publishAll(ch, queue, '1');
    await ch.get(queue, false);
    publishAll(ch, queue, '2');
    ch.send('basic.reject', { delivery_tag: 1n, requeue: true });
    const left = await drain(ch, queue);
    expect(left.at(-1)).toBe('2');
  });

  test('reject-publish by bytes: one message may go over', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-length-bytes': 5, 'x-overflow': 'reject-publish' }) });
    await ch.call('confirm.select');
    publishAll(ch, queue, 'abc', 'def', 'ghi', 'j');
    expect(await outcomes(ch, 1, 4)).toEqual(['ack', 'nack', 'nack', 'ack']);
    expect(await drain(ch, queue)).toEqual(['abc', 'j']);
  });

  test.each([
    ['x-max-length', -1, '{value_negative,-1}'],
    ['x-max-length', 'ten', '"expected integer, got longstr"'],
    ['x-max-length-bytes', -5, '{value_negative,-5}'],
    ['x-max-length-bytes', null, '"expected integer, got void"'],
    ['x-overflow', 'spill', 'invalid_overflow'],
    ['x-overflow', 1, '{unacceptable_type,signedint}'],
    ['x-queue-mode', 'eager', `"unsupported queue mode 'eager'"`],
    ['x-queue-mode', 1, '{unacceptable_type,signedint}'],
    ['x-queue-version', 3, `"unsupported queue version '3'"`],
    ['x-queue-type', 'wild', `"unsupported queue type 'wild'"`],
    ['x-queue-type', 1, '{unacceptable_type,signedint}'],
    ['x-max-priority', 256, '{max_value_exceeded,256}'],
    ['x-max-priority', -1, '{value_negative,-1}'],
    ['x-single-active-consumer', 'yes', '{unacceptable_type,longstr}'],
  ])('%s cannot be %j', async (name, value, reason) => {
    const ch = await broker.channel();
    const queue = unique('q');
    expect(await refusal(ch.queue({ queue, arguments: table({ [name]: value }) }))).toBe(
      `channel.close 406 queue.declare PRECONDITION_FAILED - invalid arg '${name}' for queue '${queue}' in vhost '/': ${reason}`,
    );
  });

  test.each(['default', 'lazy'])('x-queue-mode %s is taken', async (mode) => {
    const ch = await broker.channel();
    await ch.queue({ arguments: table({ 'x-queue-mode': mode, 'x-queue-version': 2, 'x-queue-type': 'classic' }) });
  });
});
