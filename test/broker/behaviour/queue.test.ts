// Queues beside their messages: exclusive, deleted, purged, auto-delete, expiring. Counterpart: queue-declare.test.ts.

import { describe, expect, test } from 'vitest';
import type { ArgumentsOf } from '../../../src/protocol/method-table.ts';
import { type ClientChannel, refusal, table } from '../../rig/amqp-client.ts';
import { behaviour } from './brokers.ts';

type Declaration = Partial<ArgumentsOf<'queue.declare'>>;

const VHOST = 'behaviour-queue';

async function declare(channel: ClientChannel, queue: string, more: Declaration = {}) {
  return (await channel.call('queue.declare', { queue, ...more })).arguments;
}

async function exists(channel: ClientChannel, queue: string): Promise<boolean> {
  channel.send('queue.declare', { queue, passive: true });
  return await channel.reply('queue.declare').then(
    () => true,
    () => false,
  );
}

behaviour(
  'an exclusive queue',
  (broker) => {
    test.each([
      ['queue.declare', { exclusive: true }],
      ['queue.declare', {}],
      ['queue.declare', { passive: true }],
      ['queue.bind', { exchange: 'amq.direct' }],
      ['queue.unbind', { exchange: 'amq.fanout' }],
      ['queue.purge', {}],
      ['queue.delete', {}],
      ['basic.get', {}],
      ['basic.consume', {}],
    ] as const)('is refused to others: %s %j', async (method, values) => {
      const owner = await broker.channel();
      await declare(owner, 'locked', { exclusive: true });
      await owner.call('queue.bind', { queue: 'locked', exchange: 'amq.fanout' });
      const other = await broker.channel();
      expect(await refusal(other.call(method, { queue: 'locked', ...values }))).toBe(
        `channel.close 405 ${method} RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'locked' in vhost ` +
          `'${VHOST}-exclusive'. It could be originally declared on another connection or the exclusive property value ` +
          'does not match that of the original declaration.',
      );
    });

    test('lets others unbind what is not bound', async () => {
      const owner = await broker.channel();
      const queue = await owner.queue();
      await (await broker.channel()).call('queue.unbind', { queue, exchange: 'amq.direct' });
    });

    test('takes what others publish', async () => {
      const owner = await broker.channel();
      const queue = await owner.queue();
      const other = await broker.channel();
      other.publish({ routingKey: queue });
      await other.sync();
      expect(await owner.get(queue)).toBeDefined();
    });

    test('is all the connection’s, and outlives the channel', async () => {
      const client = await broker.connect();
      const channel = await client.channel();
      const queue = await channel.queue();
      await channel.close();
      expect(await exists(await client.channel(), queue)).toBe(true);
    });

    test('goes with the connection', async () => {
      const client = await broker.connect();
      const queue = await (await client.channel()).queue();
      await client.close();
      expect(await refusal(declare(await broker.channel(), queue, { passive: true }))).toMatch('NOT_FOUND - no queue');
    });
  },
  `${VHOST}-exclusive`,
);

behaviour(
  'queue.delete',
  (broker) => {
    test('counts the messages that go with it', async () => {
      const channel = await broker.channel();
      const queue = await channel.queue();
      for (let i = 0; i < 5; i++) channel.publish({ routingKey: queue });
      expect(await channel.call('queue.delete', { queue })).toEqual({
        method: 'queue.delete-ok',
        arguments: { message_count: 5 },
      });
    });

    test('of what does not exist is done', async () => {
      const answer = await (await broker.channel()).call('queue.delete', { queue: 'none' });
      expect(answer.arguments.message_count).toBe(0);
    });

    test('of a reserved name is done', async () => {
      const answer = await (await broker.channel()).call('queue.delete', { queue: 'amq.none' });
      expect(answer.arguments.message_count).toBe(0);
    });

    test('if-unused is refused while it has a consumer', async () => {
      const channel = await broker.channel();
      await declare(channel, 'used', { exclusive: true });
      const tag = await channel.consume('used');
      await channel.call('basic.cancel', { consumer_tag: tag });
      await declare(channel, 'used', { exclusive: true });
      await channel.consume('used');
      expect(await refusal(channel.call('queue.delete', { queue: 'used', if_unused: true }))).toBe(
        "channel.close 406 queue.delete PRECONDITION_FAILED - queue 'used' in vhost 'behaviour-queue-delete' in use",
      );
    });

    test('if-empty is refused while it has a message', async () => {
      const channel = await broker.channel();
      await declare(channel, 'filled', { exclusive: true });
      channel.publish({ routingKey: 'filled' });
      expect(await refusal(channel.call('queue.delete', { queue: 'filled', if_empty: true }))).toBe(
        "channel.close 406 queue.delete PRECONDITION_FAILED - queue 'filled' in vhost 'behaviour-queue-delete' not empty",
      );
    });

    test('if-unused and if-empty: not empty is told first', async () => {
      const channel = await broker.channel();
      await declare(channel, 'both', { exclusive: true });
      await channel.call('basic.qos', { prefetch_count: 1 });
      await channel.consume('both');
      for (let i = 0; i < 2; i++) channel.publish({ routingKey: 'both' });
      await channel.next('basic.deliver');
      const both = { queue: 'both', if_unused: true, if_empty: true };
      expect(await refusal(channel.call('queue.delete', both))).toBe(
        "channel.close 406 queue.delete PRECONDITION_FAILED - queue 'both' in vhost 'behaviour-queue-delete' not empty",
      );
    });

    test('if-empty looks at what is ready only', async () => {
      const channel = await broker.channel();
      const queue = await channel.queue();
      channel.publish({ routingKey: queue });
      await channel.sync();
      await channel.get(queue, false);
      expect((await channel.call('queue.delete', { queue, if_empty: true })).arguments.message_count).toBe(0);
    });

    test('cancels consumers that can be told', async () => {
      const channel = await broker.channel();
      const queue = await channel.queue();
      const tag = await channel.consume(queue);
      await channel.call('queue.delete', { queue });
      expect(await channel.next('basic.cancel')).toEqual({
        method: 'basic.cancel',
        arguments: { consumer_tag: tag, nowait: true },
      });
    });

    test('tells no one who cannot be told', async () => {
      const channel = await broker.channel({ capabilities: {} });
      const queue = await channel.queue();
      await channel.consume(queue);
      await channel.call('queue.delete', { queue });
      await channel.sync();
      expect(channel.pending()).toEqual([]);
    });

    test('with nowait is not answered', async () => {
      const channel = await broker.channel();
      const queue = await channel.queue();
      channel.send('queue.delete', { queue, nowait: true });
      expect(await exists(channel, queue)).toBe(false);
      expect(channel.pending()).toEqual([]);
    });
  },
  `${VHOST}-delete`,
);

behaviour(
  'queue.purge',
  (broker) => {
    test('counts and drops what is ready, not what waits for an ack', async () => {
      const channel = await broker.channel();
      const queue = await channel.queue();
      for (let i = 0; i < 5; i++) channel.publish({ routingKey: queue, body: `${i}` });
      await channel.sync();
      const got = await channel.get(queue, false);
      expect(await channel.call('queue.purge', { queue })).toEqual({
        method: 'queue.purge-ok',
        arguments: { message_count: 4 },
      });
      channel.send('basic.reject', { delivery_tag: got!.arguments.delivery_tag, requeue: true });
      await channel.sync();
      expect((await channel.get(queue))?.body.toString()).toBe('0');
    });

    test('of what does not exist is refused', async () => {
      expect(await refusal((await broker.channel()).call('queue.purge', { queue: 'none' }))).toBe(
        "channel.close 404 queue.purge NOT_FOUND - no queue 'none' in vhost 'behaviour-queue-purge'",
      );
    });

    test('with nowait is not answered', async () => {
      const channel = await broker.channel();
      const queue = await channel.queue();
      channel.publish({ routingKey: queue });
      channel.send('queue.purge', { queue, nowait: true });
      expect((await declare(channel, queue, { passive: true })).message_count).toBe(0);
      expect(channel.pending()).toEqual([]);
    });
  },
  `${VHOST}-purge`,
);

behaviour(
  'a queue',
  (broker) => {
    describe('that is auto-delete', () => {
      test('stays until it was consumed from, and goes with its last consumer', async () => {
        const channel = await broker.channel();
        await declare(channel, 'auto', { auto_delete: true });
        const tags = [await channel.consume('auto'), await channel.consume('auto')];
        await channel.call('basic.cancel', { consumer_tag: tags[0]! });
        expect(await exists(channel, 'auto')).toBe(true);
        await channel.call('basic.cancel', { consumer_tag: tags[1]! });
        expect(await exists(channel, 'auto')).toBe(false);
      });

      test('goes with the channel of its last consumer', async () => {
        const client = await broker.connect();
        const [one, two] = [await client.channel(), await client.channel()];
        await declare(one, 'auto-channel', { auto_delete: true });
        await one.consume('auto-channel');
        await one.close();
        expect(await exists(two, 'auto-channel')).toBe(false);
      });

      test('stays when it is only read with get', async () => {
        const channel = await broker.channel();
        await declare(channel, 'auto-get', { auto_delete: true });
        await channel.get('auto-get');
        expect(await exists(channel, 'auto-get')).toBe(true);
      });
    });

    describe('with x-expires', () => {
      test('goes when nobody asks for it', async () => {
        const channel = await broker.channel();
        await declare(channel, 'expires', { arguments: table({ 'x-expires': 100 }) });
        await channel.call('queue.bind', { queue: 'expires', exchange: 'amq.fanout' });
        // A message for the queue is returned once there is no queue.
        for (let gone = false; !gone; ) {
          channel.publish({ exchange: 'amq.fanout', mandatory: true });
          await channel.sync();
          gone = channel.pending().some(({ method }) => method === 'basic.return');
        }
        expect(await exists(channel, 'expires')).toBe(false);
      });

      test('stays while it has a consumer', async () => {
        const channel = await broker.channel();
        await declare(channel, 'consumed', { arguments: table({ 'x-expires': 100 }) });
        await channel.consume('consumed', { no_ack: true });
        await declare(channel, 'not-consumed', { arguments: table({ 'x-expires': 300 }) });
        await channel.call('queue.bind', { queue: 'not-consumed', exchange: 'amq.headers' });
        for (let gone = false; !gone; ) {
          channel.publish({ exchange: 'amq.headers', mandatory: true });
          await channel.sync();
          gone = channel.pending().some(({ method }) => method === 'basic.return');
        }
        expect(await exists(channel, 'consumed')).toBe(true);
      });
    });
  },
  `${VHOST}-life`,
);
