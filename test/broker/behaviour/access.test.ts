// Permissions: what each method asks for, and in which words it is refused.

import { beforeAll, describe, expect, test } from 'vitest';
import { type ClientChannel, refusal, table } from '../../rig/amqp-client.ts';
import { behaviour } from './brokers.ts';

const VHOST = 'behaviour-access';

/** May configure, write and read what begins with these letters: `c-…`, `w-…`, `r-…`; and all that begins with `all`. */
const LIMITED = { user: 'behaviour-limited', password: 'limited' };
const NOTHING = { user: 'behaviour-nothing', password: 'nothing' };
const OUTSIDER = { user: 'behaviour-outsider', password: 'outsider' };
const TOPICS = { user: 'behaviour-topics', password: 'topics' };

behaviour(
  'permissions',
  (broker) => {
    beforeAll(async () => {
      for (const { user, password } of [LIMITED, NOTHING, OUTSIDER, TOPICS]) await broker.admin.addUser(user, password);
      await broker.admin.setPermissions(LIMITED.user, VHOST, '^(c-|all)', '^(w-|all)', '^(r-|all)');
      await broker.admin.setPermissions(NOTHING.user, VHOST, '', '', '');
      await broker.admin.setPermissions(TOPICS.user, VHOST, '.*', '.*', '.*');
      await broker.admin.setTopicPermissions(TOPICS.user, VHOST, 'amq.topic', '^w\\.', '^r\\.');
      const owner = await broker.channel();
      for (const prefix of ['c', 'w', 'r', 'all', 'x']) {
        await owner.call('queue.declare', { queue: `${prefix}-queue`, durable: true });
        await owner.call('exchange.declare', { exchange: `${prefix}-exchange`, type: 'direct', durable: true });
      }
    });

    describe('to a vhost', () => {
      test('are needed to open it', async () => {
        expect(await refusal(broker.connect(OUTSIDER))).toBe(
          "connection.close 530 connection.open NOT_ALLOWED - access to vhost 'behaviour-access' refused for user 'behaviour-outsider'",
        );
      });

      test('that let do nothing let in', async () => {
        await (await broker.connect(NOTHING)).channel();
      });
    });

    const ask =
      <M extends Parameters<ClientChannel['call']>[0]>(method: M, values: Record<string, unknown>) =>
      async (channel: ClientChannel) => {
        await channel.call(method, values as never);
      };
    const publish = (exchange: string, routingKey = '') => {
      return async (channel: ClientChannel) => {
        channel.publish({ exchange, routingKey });
        await channel.call('basic.qos');
      };
    };
    const alternate = { arguments: table({ 'alternate-exchange': 'x-exchange' }) };
    const letters = { arguments: table({ 'x-dead-letter-exchange': 'x-exchange' }) };

    test.each([
      ['declare a queue', ask('queue.declare', { queue: 'w-new' }), refused('queue.declare', "queue 'w-new'")],
      [
        'declare what is there',
        ask('queue.declare', { queue: 'x-queue', durable: true }),
        refused('queue.declare', "queue 'x-queue'"),
      ],
      [
        'dead-letter out of what it may not read',
        ask('queue.declare', { queue: 'c-dlx', ...letters }),
        refused('queue.declare', "queue 'c-dlx'"),
      ],
      [
        'dead-letter to what it may not write',
        ask('queue.declare', { queue: 'all-dlx', ...letters }),
        refused('queue.declare', "exchange 'x-exchange'"),
      ],
      ['delete a queue', ask('queue.delete', { queue: 'r-queue' }), refused('queue.delete', "queue 'r-queue'")],
      [
        'delete a queue that is not there',
        ask('queue.delete', { queue: 'x-none' }),
        refused('queue.delete', "queue 'x-none'"),
      ],
      ['purge a queue', ask('queue.purge', { queue: 'w-queue' }), refused('queue.purge', "queue 'w-queue'")],
      [
        'bind a queue that it may not write',
        ask('queue.bind', { queue: 'r-queue', exchange: 'r-exchange' }),
        refused('queue.bind', "queue 'r-queue'"),
      ],
      [
        'bind to what it may not read',
        ask('queue.bind', { queue: 'w-queue', exchange: 'w-exchange' }),
        refused('queue.bind', "exchange 'w-exchange'"),
      ],
      [
        'unbind a queue that it may not write',
        ask('queue.unbind', { queue: 'r-queue', exchange: 'r-exchange' }),
        refused('queue.unbind', "queue 'r-queue'"),
      ],
      [
        'declare an exchange',
        ask('exchange.declare', { exchange: 'w-new', type: 'direct' }),
        refused('exchange.declare', "exchange 'w-new'"),
      ],
      [
        'declare a predeclared one',
        ask('exchange.declare', { exchange: 'amq.direct', type: 'direct', durable: true }),
        refused('exchange.declare', "exchange 'amq.direct'"),
      ],
      [
        'name an alternate',
        ask('exchange.declare', { exchange: 'c-ae', type: 'direct', ...alternate }),
        refused('exchange.declare', "exchange 'c-ae'"),
      ],
      [
        'name another alternate',
        ask('exchange.declare', { exchange: 'all-ae', type: 'direct', ...alternate }),
        refused('exchange.declare', "exchange 'x-exchange'"),
      ],
      [
        'delete an exchange',
        ask('exchange.delete', { exchange: 'r-exchange' }),
        refused('exchange.delete', "exchange 'r-exchange'"),
      ],
      [
        'delete a system exchange',
        ask('exchange.delete', { exchange: 'amq.direct' }),
        "channel.close 403 exchange.delete ACCESS_REFUSED - deletion of system exchange 'amq.direct' in vhost 'behaviour-access' not allowed",
      ],
      [
        'bind an exchange it may not write',
        ask('exchange.bind', { destination: 'r-exchange', source: 'all-exchange' }),
        refused('exchange.bind', "exchange 'r-exchange'"),
      ],
      [
        'bind to one it may not read',
        ask('exchange.bind', { destination: 'w-exchange', source: 'x-exchange' }),
        refused('exchange.bind', "exchange 'x-exchange'"),
      ],
      [
        'unbind an exchange',
        ask('exchange.unbind', { destination: 'r-exchange', source: 'r-exchange' }),
        refused('exchange.unbind', "exchange 'r-exchange'"),
      ],
      ['publish', publish('r-exchange'), refused('basic.publish', "exchange 'r-exchange'")],
      ['publish to the default exchange', publish('', 'w-queue'), refused('basic.publish', "exchange 'amq.default'")],
      ['publish to what is not there', publish('x-none'), refused('basic.publish', "exchange 'x-none'")],
      ['get', ask('basic.get', { queue: 'w-queue' }), refused('basic.get', "queue 'w-queue'")],
      ['consume', ask('basic.consume', { queue: 'c-queue' }), refused('basic.consume', "queue 'c-queue'")],
      [
        'consume from what is not there',
        ask('basic.consume', { queue: 'x-none' }),
        refused('basic.consume', "queue 'x-none'"),
      ],
    ])('refuse to %s', async (_title, attempt, line) => {
      expect(await refusal(attempt(await broker.channel(LIMITED)))).toBe(line);
    });

    test.each([
      ['declare a queue', ask('queue.declare', { queue: 'c-queue', durable: true })],
      ['ask whether a queue is there', ask('queue.declare', { queue: 'x-queue', passive: true })],
      ['ask whether an exchange is there', ask('exchange.declare', { exchange: 'x-exchange', passive: true })],
      ['declare an exchange', ask('exchange.declare', { exchange: 'c-exchange', type: 'direct', durable: true })],
      ['bind', ask('queue.bind', { queue: 'w-queue', exchange: 'r-exchange' })],
      ['bind exchanges', ask('exchange.bind', { destination: 'w-exchange', source: 'r-exchange' })],
      ['purge', ask('queue.purge', { queue: 'r-queue' })],
      ['get', ask('basic.get', { queue: 'r-queue' })],
      ['consume', ask('basic.consume', { queue: 'r-queue' })],
      ['publish', publish('w-exchange')],
    ])('let %s', async (_title, attempt) => {
      await attempt(await broker.channel(LIMITED));
    });

    test('refuse to have a name made up', async () => {
      expect(await refusal(ask('queue.declare', {})(await broker.channel(LIMITED)))).toMatch(
        /^channel\.close 403 queue\.declare ACCESS_REFUSED - access to queue 'amq\.gen-[\w-]{22}' in vhost /,
      );
    });

    test('that match everything, but nothing named so, are empty', async () => {
      expect(await refusal(ask('queue.declare', { queue: 'q' })(await broker.channel(NOTHING)))).toBe(
        "channel.close 403 queue.declare ACCESS_REFUSED - access to queue 'q' in vhost 'behaviour-access' refused for user 'behaviour-nothing'",
      );
    });

    test('leave the channel’s neighbours alone', async () => {
      const client = await broker.connect(LIMITED);
      const [one, two] = [await client.channel(), await client.channel()];
      expect(await refusal(publish('r-exchange')(one))).toMatch('ACCESS_REFUSED');
      await publish('w-exchange')(two);
    });

    describe('to topics', () => {
      test('let publish and bind what matches', async () => {
        const channel = await broker.channel(TOPICS);
        const queue = await channel.queue();
        await channel.call('queue.bind', { queue, exchange: 'amq.topic', routing_key: 'r.#' });
        await publish('amq.topic', 'w.a')(channel);
      });

      test.each([
        [
          'publish',
          publish('amq.topic', 'r.a'),
          refused('basic.publish', "topic 'r.a' in exchange 'amq.topic'", TOPICS.user),
        ],
        [
          'publish under no key',
          publish('amq.topic', ''),
          refused('basic.publish', "topic '' in exchange 'amq.topic'", TOPICS.user),
        ],
        [
          'bind',
          ask('queue.bind', { queue: 'x-queue', exchange: 'amq.topic', routing_key: 'w.#' }),
          refused('queue.bind', "topic 'w.#' in exchange 'amq.topic'", TOPICS.user),
        ],
        [
          'bind an exchange',
          ask('exchange.bind', { destination: 'x-exchange', source: 'amq.topic', routing_key: '#' }),
          refused('exchange.bind', "topic '#' in exchange 'amq.topic'", TOPICS.user),
        ],
        [
          'unbind',
          ask('queue.unbind', { queue: 'x-queue', exchange: 'amq.topic', routing_key: 'w.#' }),
          refused('queue.unbind', "topic 'w.#' in exchange 'amq.topic'", TOPICS.user),
        ],
      ])('refuse to %s what does not', async (_title, attempt, line) => {
        expect(await refusal(attempt(await broker.channel(TOPICS)))).toBe(line);
      });

      test('say nothing of other exchanges', async () => {
        await publish('amq.direct', 'anything')(await broker.channel(TOPICS));
      });
    });

    test('count from when they are set, also for who is there already', async () => {
      const client = await broker.connect(NOTHING);
      await broker.admin.setPermissions(NOTHING.user, VHOST, '', '^w-', '');
      await publish('w-exchange')(await client.channel());
      await broker.admin.setPermissions(NOTHING.user, VHOST, '', '', '');
      expect(await refusal(publish('w-exchange')(await client.channel()))).toMatch('ACCESS_REFUSED');
    });
  },
  VHOST,
);

function refused(method: string, what: string, user = LIMITED.user): string {
  return `channel.close 403 ${method} ACCESS_REFUSED - access to ${what} in vhost '${VHOST}' refused for user '${user}'`;
}
