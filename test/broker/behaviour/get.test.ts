// basic.get: one message on demand. Counterpart: consume.test.ts.

import { expect, test } from 'vitest';
import { refusal } from '../../rig/amqp-client.ts';
import { behaviour, unique } from './brokers.ts';
import { drain, publishAll, untilReady } from './observation.ts';

behaviour('basic.get', (broker) => {
  test('an empty queue', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    expect(await ch.call('basic.get', { queue })).toEqual({ method: 'basic.get-empty', arguments: { cluster_id: '' } });
  });

  test('tells how many messages are left', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    publishAll(ch, queue, '1', '2', '3');
    const left: number[] = [];
    for (let i = 0; i < 3; i++) left.push((await ch.get(queue, i === 1))!.arguments.message_count);
    expect(left).toEqual([2, 1, 0]);
  });

  test('tells exchange, routing key, properties', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('queue.bind', { queue, exchange: 'amq.fanout' });
    const key = unique('key');
    ch.publish({ exchange: 'amq.fanout', routingKey: key, body: 'm', properties: { message_id: 'id' } });
    await ch.call('queue.unbind', { queue, exchange: 'amq.fanout' });
    for (let message = await ch.get(queue, false); message; message = await ch.get(queue, false)) {
      if (message.arguments.routing_key !== key) continue; // others publish to amq.fanout at the same time
      expect(message).toMatchObject({
        arguments: { redelivered: false, exchange: 'amq.fanout', routing_key: key },
        properties: { message_id: 'id' },
        body: Buffer.from('m'),
      });
      return;
    }
    expect.unreachable('the message did not come');
  });

  test('delivery tags count with those of consumers', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    publishAll(ch, queue, '1', '2');
    expect((await ch.get(queue, true))?.arguments.delivery_tag).toBe(1n);
    expect((await ch.get(queue, false))?.arguments.delivery_tag).toBe(2n);
    await ch.consume(queue);
    publishAll(ch, queue, '3');
    expect((await ch.next('basic.deliver')).arguments.delivery_tag).toBe(3n);
  });

  test('without acknowledgement the message is gone', async () => {
    const client = await broker.connect();
    const ch = await client.channel();
    const queue = await ch.queue();
    publishAll(ch, queue, '1', '2');
    await ch.get(queue, true);
    await ch.get(queue, false);
    await ch.close();
    expect(await drain(await client.channel(), queue)).toEqual(['2']);
  });

  test('is not held back by the prefetch limit', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('basic.qos', { prefetch_count: 1 });
    publishAll(ch, queue, '1', '2', '3');
    expect([await ch.get(queue, false), await ch.get(queue, false)]).not.toContain(undefined);
  });

  test('what it holds does not count for the prefetch of consumers', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('basic.qos', { prefetch_count: 1 });
    publishAll(ch, queue, '1', '2', '3');
    await ch.get(queue, false);
    await ch.consume(queue);
    expect(`${(await ch.next('basic.deliver')).body}`).toBe('2');
    await untilReady(ch, queue, 1);
    expect(ch.pending()).toEqual([]);
  });

  test('no queue means the one declared last', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    publishAll(ch, queue, '1');
    expect(await ch.get('')).toMatchObject({ body: Buffer.from('1') });
    const fresh = await broker.channel();
    expect(await refusal(fresh.call('basic.get'))).toBe(
      'channel.close 404 basic.get NOT_FOUND - no previously declared queue',
    );
  });

  test('a queue that does not exist', async () => {
    const ch = await broker.channel();
    const queue = unique('none');
    expect(await refusal(ch.call('basic.get', { queue }))).toBe(
      `channel.close 404 basic.get NOT_FOUND - no queue '${queue}' in vhost '/'`,
    );
  });

  test("another connection's exclusive queue", async () => {
    const queue = await (await broker.channel()).queue();
    expect(await refusal((await broker.channel()).call('basic.get', { queue }))).toContain(
      `channel.close 405 basic.get RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '${queue}' in vhost '/'. It could be originally declared`,
    );
  });
});
