// What policies make of queues: the same as arguments do, from one moment to the next. Counterparts: expiry.test.ts,
// dead-letter.test.ts, length-limit.test.ts, for the arguments.

import { beforeAll, expect, test } from 'vitest';
import { plain, table } from '../../rig/amqp-client.ts';
import { behaviour, unique } from './brokers.ts';
import { deliveries, drain, publishAll, untilReady } from './observation.ts';

behaviour('queue policies', (broker) => {
  const vhost = unique('policies');

  beforeAll(async () => {
    await broker.admin.addVhost(vhost);
    await broker.admin.setPermissions('guest', vhost, '.*', '.*', '.*');
    const policies = {
      ttl: { 'message-ttl': 50 },
      short: { 'max-length': 2 },
      small: { 'max-length-bytes': 10 },
      refusing: { 'max-length': 1, overflow: 'reject-publish' },
      mortal: { 'dead-letter-exchange': '', 'dead-letter-routing-key': 'dead' },
      fleeting: { expires: 50 },
    };
    for (const [name, definition] of Object.entries(policies)) {
      await broker.admin.setPolicy(vhost, name, `^${name}`, definition, { applyTo: 'queues' });
    }
    return async () => await broker.admin.deleteVhost(vhost);
  });

  test('message-ttl, the lower of policy and argument', async () => {
    const ch = await broker.channel({ vhost });
    const queues = [
      await ch.queue({ queue: 'ttl' }),
      await ch.queue({ queue: 'ttl lower', arguments: table({ 'x-message-ttl': 60_000 }) }),
    ];
    for (const queue of queues) {
      publishAll(ch, queue, 'm');
      await untilReady(ch, queue, 1);
      await untilReady(ch, queue, 0);
    }
  });

  test('max-length, the lower of policy and argument', async () => {
    const ch = await broker.channel({ vhost });
    const queues = [
      await ch.queue({ queue: 'short' }),
      await ch.queue({ queue: 'short 5', arguments: table({ 'x-max-length': 5 }) }),
      await ch.queue({ queue: 'short 1', arguments: table({ 'x-max-length': 1 }) }),
    ];
    const left: string[][] = [];
    for (const queue of queues) {
      publishAll(ch, queue, '1', '2', '3');
      left.push(await drain(ch, queue));
    }
    expect(left).toEqual([['2', '3'], ['2', '3'], ['3']]);
  });

  test('max-length-bytes', async () => {
    const ch = await broker.channel({ vhost });
    const queue = await ch.queue({ queue: 'small' });
    publishAll(ch, queue, 'aaaa', 'bbbb', 'cccc');
    expect(await drain(ch, queue)).toEqual(['bbbb', 'cccc']);
  });

  test('overflow, an argument before it', async () => {
    const ch = await broker.channel({ vhost });
    const queues = [
      await ch.queue({ queue: 'refusing' }),
      await ch.queue({ queue: 'refusing not', arguments: table({ 'x-overflow': 'drop-head' }) }),
    ];
    const left: string[][] = [];
    for (const queue of queues) {
      publishAll(ch, queue, '1', '2');
      left.push(await drain(ch, queue));
    }
    expect(left).toEqual([['1'], ['2']]);
  });

  test('dead lettering, an argument before it', async () => {
    const ch = await broker.channel({ vhost });
    const [dead, elsewhere] = [await ch.queue({ queue: 'dead' }), await ch.queue()];
    const queues = [
      await ch.queue({ queue: 'mortal' }),
      await ch.queue({
        queue: 'mortal 2',
        arguments: table({ 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': elsewhere }),
      }),
    ];
    for (const queue of queues) {
      publishAll(ch, queue, `of ${queue}`);
      const message = await ch.get(queue, false);
      ch.send('basic.reject', { delivery_tag: message!.arguments.delivery_tag });
    }
    await ch.consume(dead, { consumer_tag: 'dead', no_ack: true });
    const letter = await ch.next('basic.deliver');
    expect(`${letter.body}`).toBe('of mortal');
    expect(plain(letter.properties.headers)).toMatchObject({ 'x-death': [{ queue: 'mortal', reason: 'rejected' }] });
    await ch.call('basic.cancel', { consumer_tag: 'dead' });
    await ch.consume(elsewhere, { no_ack: true });
    expect(await deliveries(ch, 1)).toEqual(['of mortal 2']);
  });

  test('expires', async () => {
    const ch = await broker.channel({ vhost });
    const queue = await ch.queue({ queue: 'fleeting' });
    while (ch.pending().length === 0) {
      ch.publish({ routingKey: queue, mandatory: true });
      await ch.sync();
    }
  });

  test('a policy that comes later changes the queues that are there, one that goes as well', async () => {
    const ch = await broker.channel({ vhost });
    const queue = await ch.queue({ queue: 'later' });
    publishAll(ch, queue, '1', '2', '3');
    await untilReady(ch, queue, 3);
    await broker.admin.setPolicy(vhost, 'late', '^later$', { 'max-length': 1 });
    await untilReady(ch, queue, 1);
    await broker.admin.clearPolicy(vhost, 'late');
    // RabbitMQ tells its queues in the background; once one message more stays, all do.
    for (let kept = 1; kept < 2; ) {
      publishAll(ch, queue, 'more');
      kept = (await drain(ch, queue)).length;
      publishAll(ch, queue, 'first');
    }
  });
});
