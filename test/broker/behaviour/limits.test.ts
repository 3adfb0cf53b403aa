// Limits of users and virtual hosts, and policies of exchanges.

import { beforeAll, expect, test } from 'vitest';
import { refusal, table } from '../../rig/amqp-client.ts';
import { behaviour } from './brokers.ts';

const VHOST = 'behaviour-limits';
const LIMITED = { user: 'behaviour-few-channels', password: 'few' };
const SINGLE = { user: 'behaviour-one-connection', password: 'one' };

behaviour(
  'limits',
  (broker) => {
    beforeAll(async () => {
      for (const { user, password } of [LIMITED, SINGLE]) {
        await broker.admin.addUser(user, password);
        await broker.admin.setPermissions(user, VHOST, '.*', '.*', '.*');
      }
      await broker.admin.setUserLimits(LIMITED.user, { 'max-channels': 2 });
      await broker.admin.setUserLimits(SINGLE.user, { 'max-connections': 1 });
    });

    test('of a user’s channels count over all connections', async () => {
      const [one, two] = [await broker.connect(LIMITED), await broker.connect(LIMITED)];
      const first = await one.channel();
      await two.channel();
      await first.close();
      await two.channel();
      expect(await refusal(one.channel())).toBe(
        "connection.close 530 0.0 NOT_ALLOWED - number of channels opened for user 'behaviour-few-channels' has reached the maximum allowed user limit of (2)",
      );
    });

    test('of a user’s connections', async () => {
      const first = await broker.connect(SINGLE);
      expect(await refusal(broker.connect(SINGLE))).toBe(
        "connection.close 530 connection.open NOT_ALLOWED - connection refused for user 'behaviour-one-connection': user connection limit (1) is reached",
      );
      await first.close();
      await (await broker.connect(SINGLE)).close();
    });

    test('of a vhost’s queues count all but those that exist', async () => {
      const channel = await broker.channel();
      await broker.admin.setVhostLimits(VHOST, { 'max-queues': 2 });
      for (const queue of ['one', 'two', 'one']) await channel.queue({ queue });
      expect(await refusal(channel.queue({ queue: 'three' }))).toBe(
        "channel.close 406 queue.declare PRECONDITION_FAILED - cannot declare queue 'three': queue limit in vhost 'behaviour-limits' (2) is reached",
      );
      await broker.admin.setVhostLimits(VHOST, {});
    });

    test('of a vhost’s connections', async () => {
      await broker.admin.setVhostLimits(VHOST, { 'max-connections': 1 });
      const first = await broker.connect();
      expect(await refusal(broker.connect())).toBe(
        "connection.close 530 connection.open NOT_ALLOWED - access to vhost 'behaviour-limits' refused for user 'guest': connection limit (1) is reached",
      );
      await first.close();
      await broker.connect();
      await broker.admin.setVhostLimits(VHOST, {});
    });

    test('of no connections', async () => {
      await broker.admin.setVhostLimits(VHOST, { 'max-connections': 0 });
      expect(await refusal(broker.connect())).toBe(
        "connection.close 530 connection.open NOT_ALLOWED - access to vhost 'behaviour-limits' refused for user 'guest': connection limit (0) is reached",
      );
      await broker.admin.setVhostLimits(VHOST, {});
    });
  },
  VHOST,
);

behaviour(
  'policies of exchanges',
  (broker) => {
    test('name an alternate exchange, also for what is there already, until they go', async () => {
      const channel = await broker.channel();
      const queue = await channel.queue();
      await channel.call('queue.bind', { queue, exchange: 'amq.fanout' });
      await channel.call('exchange.declare', { exchange: 'p-there', type: 'direct' });
      await broker.admin.setPolicy(`${VHOST}-policy`, 'alternate', '^p-', { 'alternate-exchange': 'amq.fanout' });
      await channel.call('exchange.declare', { exchange: 'p-later', type: 'direct' });
      for (const exchange of ['p-there', 'p-later']) {
        channel.publish({ exchange, mandatory: true });
        await channel.sync();
        expect((await channel.get(queue))?.arguments.exchange).toBe(exchange);
      }
      await broker.admin.clearPolicy(`${VHOST}-policy`, 'alternate');
      channel.publish({ exchange: 'p-there', mandatory: true });
      await channel.next('basic.return');
    });

    test('give way to what was declared', async () => {
      const channel = await broker.channel();
      const queue = await channel.queue();
      await channel.call('queue.bind', { queue, exchange: 'amq.fanout' });
      await broker.admin.setPolicy(`${VHOST}-policy`, 'alternate', '^d-', { 'alternate-exchange': 'amq.topic' });
      const own = table({ 'alternate-exchange': 'amq.fanout' });
      await channel.call('exchange.declare', { exchange: 'd-own', type: 'direct', arguments: own });
      channel.publish({ exchange: 'd-own', mandatory: true });
      await channel.sync();
      expect(await channel.get(queue)).toBeDefined();
    });
  },
  `${VHOST}-policy`,
);
