// basic.recover and basic.recover-async. Counterpart: ack.test.ts.

import { expect, test } from 'vitest';
import { behaviour } from './brokers.ts';
import { deliveries, drain, publishAll } from './observation.ts';

behaviour('recovering', (broker) => {
  test('recover with requeue gives back all that is not settled, at its place', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    publishAll(ch, queue, '1', '2', '3', '4');
    for (let i = 0; i < 3; i++) await ch.get(queue, false);
    ch.send('basic.ack', { delivery_tag: 2n });
    await ch.call('basic.recover', { requeue: true });
    expect(await drain(ch, queue)).toEqual(['1', '3', '4']);
  });

  test('recover-async has no answer', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    publishAll(ch, queue, '1');
    await ch.get(queue, false);
    ch.send('basic.recover-async', { requeue: true });
    expect(await ch.get(queue)).toMatchObject({ arguments: { redelivered: true, delivery_tag: 2n } });
    expect(ch.pending()).toEqual([]);
  });

  test('a consumer gets its messages again under new tags', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    publishAll(ch, queue, '1', '2');
    await ch.consume(queue);
    await deliveries(ch, 2);
    await ch.call('basic.recover', { requeue: true });
    const [first, second] = [await ch.next('basic.deliver'), await ch.next('basic.deliver')];
    expect(
      [first, second].map(({ arguments: { delivery_tag, redelivered }, body }) => [
        delivery_tag,
        redelivered,
        `${body}`,
      ]),
    ).toEqual([
      [3n, true, '1'],
      [4n, true, '2'],
    ]);
    ch.send('basic.ack', { delivery_tag: 1n });
    expect((await ch.closed)?.replyText).toBe('PRECONDITION_FAILED - unknown delivery tag 1');
  });

  test('recover-ok comes before what is delivered again', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    publishAll(ch, queue, '1');
    await ch.consume(queue);
    await deliveries(ch, 1);
    ch.send('basic.recover', { requeue: true });
    expect([(await ch.next()).method, (await ch.next()).method]).toEqual(['basic.recover-ok', 'basic.deliver']);
  });

  test('consumers of a channel give back one after the other, by their tags', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.consume(queue, { consumer_tag: 'b' });
    await ch.consume(queue, { consumer_tag: 'a' });
    publishAll(ch, queue, '1 to b', '2 to a', '3 to b', '4 to a');
    await deliveries(ch, 4);
    await ch.call('basic.recover', { requeue: true });
    expect(await deliveries(ch, 4)).toEqual(['2 to a', '4 to a', '1 to b', '3 to b']);
  });

  test('recover makes room in the prefetch window', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.call('basic.qos', { prefetch_count: 1 });
    publishAll(ch, queue, '1', '2');
    await ch.consume(queue);
    expect(await deliveries(ch, 1)).toEqual(['1']);
    await ch.call('basic.recover', { requeue: true });
    expect(await deliveries(ch, 1)).toEqual(['1']);
  });

  test.each(['basic.recover', 'basic.recover-async'] as const)(
    '%s without requeue is not implemented',
    async (method) => {
      const client = await broker.connect();
      const ch = await client.channel();
      ch.send(method, { requeue: false });
      expect((await client.closed)?.message).toBe(`connection.close 540 ${method} NOT_IMPLEMENTED - requeue=false`);
    },
  );

  test('recover with nothing to recover', async () => {
    const ch = await broker.channel();
    expect((await ch.call('basic.recover', { requeue: true })).method).toBe('basic.recover-ok');
  });
});
