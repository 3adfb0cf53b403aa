// What a broker tells its clients when memory is short and when it is shut down. Each has the broker to itself.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AmqpClient } from '../../rig/amqp-client.ts';
import { destroyAllSockets } from '../../rig/amqp-socket.ts';
import { BROKERS, type OwnBroker } from './brokers.ts';

describe.each(BROKERS)('a broker in trouble ($name)', (kind) => {
  let broker: OwnBroker;
  const connect = async (options = {}) =>
    await AmqpClient.connect({ host: broker.host, port: broker.port, ...options });

  beforeAll(async () => {
    broker = await kind.startOwn();
  });
  afterEach(destroyAllSockets);
  afterAll(async () => await broker?.stop());

  describe('short of memory', () => {
    test('holds back who publishes, and tells them', async () => {
      const reader = await (await connect()).channel();
      const queue = await reader.queue({ exclusive: false, auto_delete: true });
      await reader.consume(queue, { no_ack: true });
      const publisher = await connect();
      const channel = await publisher.channel();
      channel.publish({ routingKey: queue, body: 'before' });
      await reader.next('basic.deliver');

      await broker.setMemoryAlarm(true);
      // Nothing that was published before counts: reading and declaring goes on as it did.
      await channel.sync();
      expect(publisher.pending()).toEqual([]);

      channel.publish({ routingKey: queue });
      expect(await publisher.next('connection.blocked')).toEqual({
        method: 'connection.blocked',
        arguments: { reason: 'low on memory' },
      });
      channel.publish({ routingKey: queue, body: 'after' });
      const answered = channel.sync();

      await broker.setMemoryAlarm(false);
      expect(await publisher.next('connection.unblocked')).toEqual({ method: 'connection.unblocked', arguments: {} });
      await answered;
      expect((await reader.next('basic.deliver')).body.toString()).toBe('');
      expect((await reader.next('basic.deliver')).body.toString()).toBe('after');
    });

    test('holds back, but does not tell, who cannot be told', async () => {
      const reader = await (await connect()).channel();
      const queue = await reader.queue({ exclusive: false, auto_delete: true });
      await reader.consume(queue, { no_ack: true });
      await broker.setMemoryAlarm(true);
      const publisher = await connect({ capabilities: {} });
      const channel = await publisher.channel();
      channel.publish({ routingKey: queue, body: 'held' });
      const answered = channel.sync();
      await broker.setMemoryAlarm(false);
      await answered;
      expect((await reader.next('basic.deliver')).body.toString()).toBe('held');
      expect(publisher.pending()).toEqual([]);
    });

    test('hears the end of who is held back', async () => {
      await broker.setMemoryAlarm(true);
      const witness = await (await connect()).channel();
      const publisher = await connect();
      const channel = await publisher.channel();
      const queue = await channel.queue({ exclusive: false, auto_delete: true });
      await channel.consume(queue);
      channel.publish({ routingKey: queue });
      await publisher.next('connection.blocked');
      await broker.setMemoryAlarm(false);
      await publisher.next('connection.unblocked');
      await publisher.close();
      expect((await witness.call('queue.delete', { queue })).arguments.message_count).toBe(0);
    });
  });

  test('that is shut down tells all with 320, and listens no more', async () => {
    const clients = [await connect(), await connect()];
    await clients[0]!.channel();
    const down = broker.shutDown();
    for (const client of clients) {
      expect((await client.closed)?.message).toBe(
        "connection.close 320 0.0 CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'",
      );
    }
    await down;
    await expect(connect()).rejects.toThrow('ECONNREFUSED');
  });
});
