// x-max-priority: queues that give out messages of higher priority first. Counterpart: consume.test.ts for consumers' priorities.

import { expect, test } from 'vitest';
import { table } from '../../rig/amqp-client.ts';
import { behaviour } from './brokers.ts';
import { drain, publishAll, untilReady } from './observation.ts';

behaviour('message priorities', (broker) => {
  test('higher ones come first, equal ones in order', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-priority': 10 }) });
    for (const [body, priority] of [
      ['a5', 5],
      ['b1', 1],
      ['c9', 9],
      ['d5', 5],
      ['e9', 9],
      ['f0', 0],
    ] as const) {
      ch.publish({ routingKey: queue, body, properties: { priority } });
    }
    expect(await drain(ch, queue)).toEqual(['c9', 'e9', 'a5', 'd5', 'b1', 'f0']);
  });

  test('none is 0, more than the highest is the highest', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-priority': 3 }) });
    ch.publish({ routingKey: queue, body: 'none' });
    ch.publish({ routingKey: queue, body: '3', properties: { priority: 3 } });
    ch.publish({ routingKey: queue, body: '255', properties: { priority: 255 } });
    ch.publish({ routingKey: queue, body: '0', properties: { priority: 0 } });
    ch.publish({ routingKey: queue, body: '1', properties: { priority: 1 } });
    expect(await drain(ch, queue)).toEqual(['3', '255', '1', 'none', '0']);
  });

  test('the property passes unchanged', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-priority': 3 }) });
    ch.publish({ routingKey: queue, properties: { priority: 200 } });
    expect((await ch.get(queue))?.properties).toEqual({ priority: 200 });
  });

  test('a queue without x-max-priority takes no notice', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    ch.publish({ routingKey: queue, body: 'low', properties: { priority: 1 } });
    ch.publish({ routingKey: queue, body: 'high', properties: { priority: 9 } });
    expect(await drain(ch, queue)).toEqual(['low', 'high']);
  });

  test('a requeued message goes back to its place among its equals', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-priority': 5 }) });
    for (const [body, priority] of [
      ['a1', 1],
      ['b5', 5],
      ['c1', 1],
      ['d5', 5],
    ] as const) {
      ch.publish({ routingKey: queue, body, properties: { priority } });
    }
    for (let i = 0; i < 3; i++) await ch.get(queue, false);
    ch.send('basic.nack', { delivery_tag: 3n, multiple: true, requeue: true });
    expect(await drain(ch, queue)).toEqual(['b5', 'd5', 'a1', 'c1']);
  });

  test('counts and purge are over all priorities', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-priority': 2 }) });
    for (const priority of [0, 1, 2]) ch.publish({ routingKey: queue, properties: { priority } });
    await untilReady(ch, queue, 3);
    expect((await ch.call('queue.purge', { queue })).arguments.message_count).toBe(3);
  });

  test('a length limit drops what would be next, the highest', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-priority': 5, 'x-max-length': 2 }) });
    for (const [body, priority] of [
      ['a5', 5],
      ['b1', 1],
      ['c5', 5],
      ['d1', 1],
    ] as const) {
      ch.publish({ routingKey: queue, body, properties: { priority } });
    }
    expect(await drain(ch, queue)).toEqual(['b1', 'd1']);
  });

  test('a message does not expire behind one of higher priority', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-priority': 5 }) });
    ch.publish({ routingKey: queue, body: 'high', properties: { priority: 5 } });
    ch.publish({ routingKey: queue, body: 'low', properties: { priority: 1, expiration: '20' } });
    ch.publish({ routingKey: queue, body: 'lowest' });
    const clock = await ch.queue({ arguments: table({ 'x-message-ttl': 100 }) });
    publishAll(ch, clock, 'tick');
    await untilReady(ch, clock, 1);
    await untilReady(ch, clock, 0);
    await untilReady(ch, queue, 3);
    expect(`${(await ch.get(queue))?.body}`).toBe('high');
    expect(await drain(ch, queue)).toEqual(['lowest']);
  });

  test('0 levels', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-priority': 0 }) });
    ch.publish({ routingKey: queue, body: 'low' });
    ch.publish({ routingKey: queue, body: 'high', properties: { priority: 9 } });
    expect(await drain(ch, queue)).toEqual(['low', 'high']);
  });

  test('a consumer that waits gets messages as they come', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-max-priority': 5 }) });
    await ch.call('basic.qos', { prefetch_count: 1 });
    await ch.consume(queue);
    publishAll(ch, queue, 'first');
    const first = await ch.next('basic.deliver');
    ch.publish({ routingKey: queue, body: 'low', properties: { priority: 1 } });
    ch.publish({ routingKey: queue, body: 'high', properties: { priority: 5 } });
    await untilReady(ch, queue, 2);
    ch.send('basic.ack', { delivery_tag: first.arguments.delivery_tag });
    expect(`${(await ch.next('basic.deliver')).body}`).toBe('high');
  });
});
