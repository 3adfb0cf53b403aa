// What exchanges are for, besides their types: deleted, auto-delete, internal, alternate. Counterpart:
// exchange-declare.test.ts, exchange-types.test.ts.

import { describe, expect, test } from 'vitest';
import type { ArgumentsOf } from '../../../src/protocol/method-table.ts';
import { type ClientChannel, refusal, table } from '../../rig/amqp-client.ts';
import { behaviour } from './brokers.ts';

type Declaration = Partial<ArgumentsOf<'exchange.declare'>>;

async function declare(channel: ClientChannel, exchange: string, more: Declaration = {}): Promise<void> {
  await channel.call('exchange.declare', { exchange, type: 'direct', ...more });
}

async function exists(channel: ClientChannel, exchange: string): Promise<boolean> {
  channel.send('exchange.declare', { exchange, passive: true });
  return await channel.reply('exchange.declare').then(
    () => true,
    () => false,
  );
}

const VHOST = 'behaviour-exchange';

behaviour(
  'exchange.delete',
  (broker) => {
    test('of what exists, and of what does not', async () => {
      const channel = await broker.channel();
      await declare(channel, 'goes');
      for (let round = 0; round < 2; round++) {
        const answer = await channel.call('exchange.delete', { exchange: 'goes' });
        expect(answer).toEqual({ method: 'exchange.delete-ok', arguments: {} });
      }
      expect(await exists(channel, 'goes')).toBe(false);
    });

    test.each([
      [
        'the default exchange',
        '',
        'channel.close 403 exchange.delete ACCESS_REFUSED - operation not permitted on the default exchange',
      ],
      [
        'a predeclared one',
        'amq.direct',
        "channel.close 403 exchange.delete ACCESS_REFUSED - deletion of system exchange 'amq.direct' in vhost 'behaviour-exchange-delete' not allowed",
      ],
      [
        'a predeclared one by the other name',
        'amq.match',
        "channel.close 403 exchange.delete ACCESS_REFUSED - deletion of system exchange 'amq.match' in vhost 'behaviour-exchange-delete' not allowed",
      ],
    ])('%s is refused', async (_title, exchange, line) => {
      expect(await refusal((await broker.channel()).call('exchange.delete', { exchange }))).toBe(line);
    });

    test('a reserved name is refused, though nothing has it', async () => {
      const channel = await broker.channel();
      expect(await refusal(channel.call('exchange.delete', { exchange: 'amq.none' }))).toBe(
        "channel.close 403 exchange.delete ACCESS_REFUSED - deletion of system exchange 'amq.none' in vhost 'behaviour-exchange-delete' not allowed",
      );
    });

    test('if-unused is refused while a queue is bound', async () => {
      const channel = await broker.channel();
      await declare(channel, 'used');
      const queue = await channel.queue();
      await channel.call('queue.bind', { queue, exchange: 'used' });
      expect(await refusal(channel.call('exchange.delete', { exchange: 'used', if_unused: true }))).toBe(
        "channel.close 406 exchange.delete PRECONDITION_FAILED - exchange 'used' in vhost 'behaviour-exchange-delete' in use",
      );
    });

    test('if-unused is refused while an exchange is bound to it, and done when it only is bound', async () => {
      const channel = await broker.channel();
      await declare(channel, 'upper');
      await declare(channel, 'lower');
      await channel.call('exchange.bind', { source: 'upper', destination: 'lower' });
      await channel.call('exchange.delete', { exchange: 'lower', if_unused: true });
      await declare(channel, 'lower');
      await channel.call('exchange.bind', { source: 'upper', destination: 'lower' });
      expect(await refusal(channel.call('exchange.delete', { exchange: 'upper', if_unused: true }))).toBe(
        "channel.close 406 exchange.delete PRECONDITION_FAILED - exchange 'upper' in vhost 'behaviour-exchange-delete' in use",
      );
    });

    test('takes its bindings with it', async () => {
      const channel = await broker.channel();
      await declare(channel, 'rebuilt');
      const queue = await channel.queue();
      await channel.call('queue.bind', { queue, exchange: 'rebuilt' });
      await channel.call('exchange.delete', { exchange: 'rebuilt' });
      await declare(channel, 'rebuilt');
      channel.publish({ exchange: 'rebuilt', mandatory: true });
      await channel.next('basic.return');
    });

    test('with nowait is not answered', async () => {
      const channel = await broker.channel();
      await declare(channel, 'goes-no-wait');
      channel.send('exchange.delete', { exchange: 'goes-no-wait', nowait: true });
      expect(await exists(channel, 'goes-no-wait')).toBe(false);
      expect(channel.pending()).toEqual([]);
    });
  },
  `${VHOST}-delete`,
);

behaviour(
  'an exchange',
  (broker) => {
    describe('that is auto-delete', () => {
      test('stays until it was bound, and goes with its last binding', async () => {
        const channel = await broker.channel();
        await declare(channel, 'auto', { auto_delete: true });
        const queue = await channel.queue();
        await channel.call('queue.bind', { queue, exchange: 'auto', routing_key: 'a' });
        await channel.call('queue.bind', { queue, exchange: 'auto', routing_key: 'b' });
        await channel.call('queue.unbind', { queue, exchange: 'auto', routing_key: 'a' });
        await declare(channel, 'auto', { auto_delete: true });
        await channel.call('queue.unbind', { queue, exchange: 'auto', routing_key: 'b' });
        expect(await exists(channel, 'auto')).toBe(false);
      });

      test('goes with its last queue', async () => {
        const channel = await broker.channel();
        await declare(channel, 'auto-queue', { auto_delete: true });
        const queue = await channel.queue();
        await channel.call('queue.bind', { queue, exchange: 'auto-queue' });
        await channel.call('queue.delete', { queue });
        expect(await exists(channel, 'auto-queue')).toBe(false);
      });

      test('goes with the last exchange that is bound to it, and those above it too', async () => {
        const channel = await broker.channel();
        await declare(channel, 'top', { auto_delete: true });
        await declare(channel, 'middle', { auto_delete: true });
        await channel.call('exchange.bind', { source: 'top', destination: 'middle' });
        const queue = await channel.queue();
        await channel.call('queue.bind', { queue, exchange: 'middle' });
        await channel.call('queue.delete', { queue });
        expect(await exists(channel, 'middle')).toBe(false);
        expect(await exists(await broker.channel(), 'top')).toBe(false);
      });

      test('stays when it is only unbound from another', async () => {
        const channel = await broker.channel();
        await declare(channel, 'auto-below', { auto_delete: true });
        await channel.call('exchange.bind', { source: 'amq.fanout', destination: 'auto-below' });
        await channel.call('exchange.unbind', { source: 'amq.fanout', destination: 'auto-below' });
        expect(await exists(channel, 'auto-below')).toBe(true);
      });
    });

    describe('to publish to', () => {
      test.each([
        [
          'that does not exist',
          'none',
          "channel.close 404 basic.publish NOT_FOUND - no exchange 'none' in vhost 'behaviour-exchange-use'",
        ],
        [
          'that is internal',
          'inside',
          "channel.close 403 basic.publish ACCESS_REFUSED - cannot publish to internal exchange 'inside' in vhost 'behaviour-exchange-use'",
        ],
      ])('%s is refused', async (_title, exchange, line) => {
        const channel = await broker.channel();
        await declare(channel, 'inside', { internal: true });
        channel.publish({ exchange });
        expect((await channel.closed)?.message).toBe(line);
      });

      test('by the default’s other name does not exist', async () => {
        const channel = await broker.channel();
        channel.publish({ exchange: 'amq.default', routingKey: 'q' });
        expect((await channel.closed)?.message).toBe(
          "channel.close 404 basic.publish NOT_FOUND - no exchange 'amq.default' in vhost 'behaviour-exchange-use'",
        );
      });

      test('that is internal passes on what comes through another', async () => {
        const channel = await broker.channel();
        await declare(channel, 'inner', { internal: true, type: 'fanout' });
        await declare(channel, 'outer', { type: 'fanout' });
        const queue = await channel.queue();
        await channel.call('exchange.bind', { source: 'outer', destination: 'inner' });
        await channel.call('queue.bind', { queue, exchange: 'inner' });
        channel.publish({ exchange: 'outer' });
        await channel.sync();
        expect(await channel.get(queue)).toMatchObject({ arguments: { exchange: 'outer' } });
      });
    });

    describe('with an alternate exchange', () => {
      const alternate = (name: string) => ({ arguments: table({ 'alternate-exchange': name }) });

      test('passes on what it cannot route, and only that', async () => {
        const channel = await broker.channel();
        await declare(channel, 'alternate', { type: 'fanout' });
        await declare(channel, 'main', alternate('alternate'));
        const [routed, rest] = [await channel.queue(), await channel.queue()];
        await channel.call('queue.bind', { queue: routed, exchange: 'main', routing_key: 'known' });
        await channel.call('queue.bind', { queue: rest, exchange: 'alternate' });
        channel.publish({ exchange: 'main', routingKey: 'known', mandatory: true });
        channel.publish({ exchange: 'main', routingKey: 'unknown', mandatory: true });
        await channel.sync();
        expect(channel.pending()).toEqual([]);
        expect((await channel.get(routed))?.arguments.routing_key).toBe('known');
        expect((await channel.get(rest))?.arguments).toMatchObject({ exchange: 'main', routing_key: 'unknown' });
        expect(await channel.get(rest)).toBeUndefined();
      });

      test('that does not exist, or goes round in a ring, returns what is mandatory', async () => {
        const channel = await broker.channel();
        await declare(channel, 'into-nothing', alternate('not there'));
        await declare(channel, 'ring-a', alternate('ring-b'));
        await declare(channel, 'ring-b', alternate('ring-a'));
        for (const exchange of ['into-nothing', 'ring-a']) {
          channel.publish({ exchange, mandatory: true, routingKey: 'x' });
          expect(await channel.next('basic.return')).toMatchObject({
            arguments: { reply_code: 312, reply_text: 'NO_ROUTE', exchange, routing_key: 'x' },
          });
        }
      });

      test('goes on from one to the next', async () => {
        const channel = await broker.channel();
        await declare(channel, 'step-3', { type: 'fanout' });
        await declare(channel, 'step-2', alternate('step-3'));
        await declare(channel, 'step-1', alternate('step-2'));
        const queue = await channel.queue();
        await channel.call('queue.bind', { queue, exchange: 'step-3' });
        channel.publish({ exchange: 'step-1', body: 'through' });
        await channel.sync();
        expect((await channel.get(queue))?.body.toString()).toBe('through');
      });
    });
  },
  `${VHOST}-use`,
);
