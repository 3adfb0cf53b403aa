// Bindings between exchanges and queues and among exchanges, and how they go.

import { describe, expect, test } from 'vitest';
import { type ClientChannel, refusal, table } from '../../rig/amqp-client.ts';
import { behaviour } from './brokers.ts';

const VHOST = 'behaviour-binding';

async function exchange(channel: ClientChannel, name: string, type = 'direct'): Promise<void> {
  await channel.call('exchange.declare', { exchange: name, type, auto_delete: false });
}

/** How many copies of one message come into the queue. */
async function copies(channel: ClientChannel, queue: string, to: string, routingKey = ''): Promise<number> {
  channel.publish({ exchange: to, routingKey });
  await channel.sync();
  return (await channel.call('queue.purge', { queue })).arguments.message_count;
}

behaviour(
  'queue.bind',
  (broker) => {
    test('twice is once', async () => {
      const channel = await broker.channel();
      const queue = await channel.queue();
      for (let round = 0; round < 2; round++) {
        const answer = await channel.call('queue.bind', { queue, exchange: 'amq.direct', routing_key: 'k' });
        expect(answer).toEqual({ method: 'queue.bind-ok', arguments: {} });
      }
      expect(await copies(channel, queue, 'amq.direct', 'k')).toBe(1);
      await channel.call('queue.unbind', { queue, exchange: 'amq.direct', routing_key: 'k' });
      expect(await copies(channel, queue, 'amq.direct', 'k')).toBe(0);
    });

    test('with other arguments is another binding, yet a queue takes one copy', async () => {
      const channel = await broker.channel();
      const queue = await channel.queue();
      for (const values of [{}, { a: 1 }, { a: 2 }]) {
        await channel.call('queue.bind', { queue, exchange: 'amq.direct', routing_key: 'j', arguments: table(values) });
      }
      expect(await copies(channel, queue, 'amq.direct', 'j')).toBe(1);
      await channel.call('queue.unbind', { queue, exchange: 'amq.direct', routing_key: 'j' });
      await channel.call('queue.unbind', {
        queue,
        exchange: 'amq.direct',
        routing_key: 'j',
        arguments: table({ a: 1 }),
      });
      expect(await copies(channel, queue, 'amq.direct', 'j')).toBe(1);
    });

    test.each([
      [
        'a queue that does not exist',
        { queue: 'none', exchange: 'amq.direct' },
        "channel.close 404 queue.bind NOT_FOUND - no queue 'none' in vhost 'behaviour-binding'",
      ],
      [
        'an exchange that does not exist',
        { queue: 'there', exchange: 'none' },
        "channel.close 404 queue.bind NOT_FOUND - no exchange 'none' in vhost 'behaviour-binding'",
      ],
      [
        'neither',
        { queue: 'none', exchange: 'none' },
        "channel.close 404 queue.bind NOT_FOUND - no exchange 'none' in vhost 'behaviour-binding'",
      ],
      [
        'the default exchange',
        { queue: 'there', exchange: '' },
        'channel.close 403 queue.bind ACCESS_REFUSED - operation not permitted on the default exchange',
      ],
      [
        'the default exchange, by its key',
        { queue: 'there', exchange: '', routing_key: 'there' },
        'channel.close 403 queue.bind ACCESS_REFUSED - operation not permitted on the default exchange',
      ],
      [
        'a headers exchange with an unknown x-match',
        { queue: 'there', exchange: 'amq.headers', arguments: table({ 'x-match': 'some' }) },
        'channel.close 406 queue.bind PRECONDITION_FAILED - Invalid x-match field value <<"some">>; expected all, any, all-with-x, or any-with-x',
      ],
      [
        'a headers exchange with an x-match of no string',
        { queue: 'there', exchange: 'amq.headers', arguments: table({ 'x-match': 1 }) },
        'channel.close 406 queue.bind PRECONDITION_FAILED - Invalid x-match field type signedint (value 1); expected longstr',
      ],
    ])('%s is refused', async (_title, binding, line) => {
      const channel = await broker.channel();
      await channel.queue({ queue: 'there' });
      expect(await refusal(channel.call('queue.bind', binding))).toBe(line);
    });

    test('with nowait is not answered', async () => {
      const channel = await broker.channel();
      const queue = await channel.queue();
      channel.send('queue.bind', { queue, exchange: 'amq.direct', routing_key: 'nw', nowait: true });
      expect(await copies(channel, queue, 'amq.direct', 'nw')).toBe(1);
      expect(channel.pending()).toEqual([]);
    });
  },
  VHOST,
);

behaviour(
  'queue.unbind',
  (broker) => {
    test('of what is not bound is done', async () => {
      const channel = await broker.channel();
      const queue = await channel.queue();
      const answer = await channel.call('queue.unbind', { queue, exchange: 'amq.direct', routing_key: 'never' });
      expect(answer).toEqual({ method: 'queue.unbind-ok', arguments: {} });
    });

    test.each([
      ['a queue that does not exist', { queue: 'none', exchange: 'amq.direct' }],
      ['an exchange that does not exist', { queue: 'there', exchange: 'none' }],
      ['neither', { queue: 'none', exchange: 'none' }],
    ])('%s is done', async (_title, binding) => {
      const channel = await broker.channel();
      await channel.queue({ queue: 'there' });
      await channel.call('queue.unbind', binding);
    });

    test('from the default exchange is refused', async () => {
      const channel = await broker.channel();
      const queue = await channel.queue({ queue: 'there' });
      expect(await refusal(channel.call('queue.unbind', { queue, exchange: '', routing_key: queue }))).toBe(
        'channel.close 403 queue.unbind ACCESS_REFUSED - operation not permitted on the default exchange',
      );
    });
  },
  `${VHOST}-un`,
);

behaviour(
  'exchange.bind',
  (broker) => {
    test('passes on', async () => {
      const channel = await broker.channel();
      await exchange(channel, 'low', 'fanout');
      const queue = await channel.queue();
      await channel.call('queue.bind', { queue, exchange: 'low' });
      const binding = { source: 'amq.direct', destination: 'low', routing_key: 'k' };
      expect(await channel.call('exchange.bind', binding)).toEqual({ method: 'exchange.bind-ok', arguments: {} });
      await channel.call('exchange.bind', binding);
      expect(await copies(channel, queue, 'amq.direct', 'k')).toBe(1);
      expect(await channel.call('exchange.unbind', binding)).toEqual({ method: 'exchange.unbind-ok', arguments: {} });
      await channel.call('exchange.unbind', binding);
      expect(await copies(channel, queue, 'amq.direct', 'k')).toBe(0);
    });

    test('in a ring, or to itself, gives each queue one copy', async () => {
      const channel = await broker.channel();
      for (const name of ['ring-a', 'ring-b', 'ring-c']) await exchange(channel, name, 'fanout');
      const [one, two] = [await channel.queue(), await channel.queue()];
      await channel.call('queue.bind', { queue: one, exchange: 'ring-a' });
      await channel.call('queue.bind', { queue: two, exchange: 'ring-c' });
      await channel.call('queue.bind', { queue: one, exchange: 'ring-c' });
      for (const [source, destination] of [
        ['ring-a', 'ring-b'],
        ['ring-b', 'ring-c'],
        ['ring-c', 'ring-a'],
        ['ring-a', 'ring-a'],
      ] as const) {
        await channel.call('exchange.bind', { source, destination });
      }
      expect(await copies(channel, one, 'ring-b')).toBe(1);
      await channel.call('queue.purge', { queue: two });
      expect(await copies(channel, two, 'ring-b')).toBe(1);
    });

    test('two ways to one exchange give one copy', async () => {
      const channel = await broker.channel();
      for (const name of ['top', 'left', 'right', 'bottom']) await exchange(channel, name, 'fanout');
      const queue = await channel.queue();
      await channel.call('queue.bind', { queue, exchange: 'bottom' });
      for (const [source, destination] of [
        ['top', 'left'],
        ['top', 'right'],
        ['left', 'bottom'],
        ['right', 'bottom'],
      ] as const) {
        await channel.call('exchange.bind', { source, destination });
      }
      expect(await copies(channel, queue, 'top')).toBe(1);
    });

    test('the routing key stays the one that was published', async () => {
      const channel = await broker.channel();
      await exchange(channel, 'second', 'topic');
      const queue = await channel.queue();
      await channel.call('exchange.bind', { source: 'amq.topic', destination: 'second', routing_key: 'a.#' });
      await channel.call('queue.bind', { queue, exchange: 'second', routing_key: '#.z' });
      expect(await copies(channel, queue, 'amq.topic', 'a.b.z')).toBe(1);
      expect(await copies(channel, queue, 'amq.topic', 'a.b.y')).toBe(0);
    });

    test.each([
      [
        'exchange.bind',
        'no source',
        { source: 'none', destination: 'amq.fanout' },
        "channel.close 404 exchange.bind NOT_FOUND - no exchange 'none' in vhost 'behaviour-binding-exchange'",
      ],
      [
        'exchange.bind',
        'no destination',
        { source: 'amq.fanout', destination: 'none' },
        "channel.close 404 exchange.bind NOT_FOUND - no exchange 'none' in vhost 'behaviour-binding-exchange'",
      ],
      [
        'exchange.bind',
        'neither',
        { source: 'none', destination: 'none too' },
        "channel.close 404 exchange.bind NOT_FOUND - no exchange 'none' in vhost 'behaviour-binding-exchange'",
      ],
      [
        'exchange.bind',
        'the default as source',
        { source: '', destination: 'amq.fanout' },
        'channel.close 403 exchange.bind ACCESS_REFUSED - operation not permitted on the default exchange',
      ],
      [
        'exchange.bind',
        'the default as destination',
        { source: 'amq.fanout', destination: '' },
        'channel.close 403 exchange.bind ACCESS_REFUSED - operation not permitted on the default exchange',
      ],
      [
        'exchange.unbind',
        'the default as source',
        { source: '', destination: 'amq.fanout' },
        'channel.close 403 exchange.unbind ACCESS_REFUSED - operation not permitted on the default exchange',
      ],
      [
        'exchange.unbind',
        'the default as destination',
        { source: 'amq.fanout', destination: '' },
        'channel.close 403 exchange.unbind ACCESS_REFUSED - operation not permitted on the default exchange',
      ],
    ] as const)('%s: %s is refused', async (method, _title, binding, line) => {
      expect(await refusal((await broker.channel()).call(method, binding))).toBe(line);
    });

    test('unbind of what does not exist is done', async () => {
      const channel = await broker.channel();
      await channel.call('exchange.unbind', { source: 'none', destination: 'none too' });
      await channel.call('exchange.unbind', { source: 'amq.direct', destination: 'amq.fanout', routing_key: 'no' });
    });

    test('with nowait is not answered', async () => {
      const channel = await broker.channel();
      const binding = { source: 'amq.direct', destination: 'amq.fanout', routing_key: 'nw', nowait: true };
      channel.send('exchange.bind', binding);
      channel.send('exchange.unbind', binding);
      await channel.sync();
      expect(channel.pending()).toEqual([]);
    });
  },
  `${VHOST}-exchange`,
);

behaviour(
  'bindings',
  (broker) => {
    describe('of the default exchange', () => {
      test('lead to each queue by its name', async () => {
        const channel = await broker.channel();
        const queue = await channel.queue();
        expect(await copies(channel, queue, '', queue)).toBe(1);
        expect(await copies(channel, queue, '', `${queue}.`)).toBe(0);
      });
    });

    test('go with their queue', async () => {
      const channel = await broker.channel();
      await channel.queue({ queue: 'again' });
      await channel.call('queue.bind', { queue: 'again', exchange: 'amq.fanout' });
      await channel.call('queue.delete', { queue: 'again' });
      await channel.queue({ queue: 'again' });
      expect(await copies(channel, 'again', 'amq.fanout')).toBe(0);
    });

    test('of a durable exchange to a transient queue are fine', async () => {
      const channel = await broker.channel();
      await channel.call('exchange.declare', { exchange: 'durable', type: 'direct', durable: true });
      const queue = await channel.queue({ exclusive: false, auto_delete: true });
      await channel.call('queue.bind', { queue, exchange: 'durable', routing_key: 'k' });
      expect(await copies(channel, queue, 'durable', 'k')).toBe(1);
    });
  },
  `${VHOST}-all`,
);
