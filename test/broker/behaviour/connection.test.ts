// How connections end, from both sides and without a word, and what that does to what stood on them.

import { describe, expect, test } from 'vitest';
import { refusal } from '../../rig/amqp-client.ts';
import { behaviour, unique } from './brokers.ts';
import { say } from './transcript.ts';

behaviour('a connection', (broker) => {
  describe('closed by the client', () => {
    test('is closed with close-ok, and what comes after is passed over', async () => {
      const socket = await broker.openSocket();
      socket.sendMethod(1, 'channel.open');
      expect(await say(socket)).toBe('channel.open-ok');
      socket.sendMethod(0, 'connection.close', { reply_code: 200, reply_text: 'bye' });
      socket.sendMethod(1, 'queue.declare', { queue: unique('late') });
      socket.sendMethod(0, 'connection.open', { virtual_host: '/' });
      socket.sendMethod(0, 'connection.close');
      expect([await say(socket), await say(socket)]).toEqual(['connection.close-ok', 'connection.close-ok']);
      socket.end();
      expect(await say(socket)).toBe('end');
    });

    test('has deleted its exclusive queues when it says so', async () => {
      const socket = await broker.openSocket();
      const channel = await broker.channel();
      const queue = unique('q');
      socket.sendMethod(1, 'channel.open');
      socket.sendMethod(1, 'queue.declare', { queue, exclusive: true });
      socket.sendMethod(0, 'connection.close');
      while ((await say(socket)) !== 'connection.close-ok');
      expect(await refusal(channel.call('queue.declare', { queue, passive: true }))).toBe(
        `channel.close 404 queue.declare NOT_FOUND - no queue '${queue}' in vhost '/'`,
      );
    });

    test('has handled all that was published before', async () => {
      const client = await broker.connect();
      const publisher = await client.channel();
      const reader = await broker.channel();
      const queue = await reader.queue({ queue: unique('q'), exclusive: false, auto_delete: true });
      for (let i = 0; i < 100; i++) publisher.publish({ routingKey: queue, body: 'x'.repeat(1000) });
      await client.close();
      expect((await reader.call('queue.delete', { queue })).arguments.message_count).toBe(100);
    });

    test.each([200, 320, 541, 0])('with reply code %i is closed all the same', async (code) => {
      const socket = await broker.openSocket();
      socket.sendMethod(0, 'connection.close', { reply_code: code, class_id: 77, method_id: 77 });
      expect(await say(socket)).toBe('connection.close-ok');
    });
  });

  describe('closed by the server', () => {
    test('waits for close-ok, and passes over what comes before', async () => {
      const socket = await broker.openSocket();
      socket.sendMethod(1, 'channel.flow', { active: true });
      expect(await say(socket)).toBe("connection.close 504 channel.flow CHANNEL_ERROR - expected 'channel.open'");
      socket.sendMethod(2, 'channel.open');
      socket.sendMethod(0, 'connection.open', { virtual_host: '/' });
      socket.sendMethod(0, 'connection.close');
      expect(await say(socket)).toBe('connection.close-ok');
      socket.sendMethod(0, 'connection.close-ok');
      expect(await say(socket)).toBe('end');
    });

    test('takes its channels and exclusive queues with it', async () => {
      const client = await broker.connect();
      const [one, two] = [await client.channel(), await client.channel()];
      const queue = await one.queue();
      const witness = await broker.channel();
      two.send('channel.open');
      const reason = await client.closed;
      expect(await one.closed).toBe(reason);
      expect(await refusal(witness.call('queue.declare', { queue, passive: true }))).toMatch('NOT_FOUND - no queue');
    });
  });

  describe('that ends without a word', () => {
    test.each([
      ['a reset', (socket: { destroy(): void }) => socket.destroy()],
      ['an end of stream', (socket: { end(): void }) => socket.end()],
    ])('by %s gives back what was not acknowledged', async (_title, end) => {
      const client = await broker.connect();
      const channel = await client.channel();
      const witness = await broker.channel();
      const queue = await witness.queue({ exclusive: false, auto_delete: true });
      witness.publish({ routingKey: queue, body: 'kept' });
      await witness.sync();
      await channel.get(queue, false);
      await witness.consume(queue, { no_ack: true });
      end(client.socket);
      expect(await witness.next('basic.deliver')).toMatchObject({
        arguments: { redelivered: true },
        body: Buffer.from('kept'),
      });
    });

    test('takes its half-sent message with it', async () => {
      const client = await broker.connect();
      const channel = await client.channel();
      const witness = await broker.channel();
      const queue = await witness.queue({ exclusive: false, auto_delete: true });
      channel.publish({ routingKey: queue, body: 'whole' });
      channel.send('basic.publish', { routing_key: queue });
      client.socket.end();
      await client.closed;
      expect((await witness.call('queue.delete', { queue })).arguments.message_count).toBe(1);
    });
  });

  describe('update-secret', () => {
    test('is answered', async () => {
      const client = await broker.connect();
      const answer = await client.call('connection.update-secret', { new_secret: 'guest', reason: 'renewed' });
      expect(answer.method).toBe('connection.update-secret-ok');
    });

    test('on a channel is refused', async () => {
      const channel = await broker.channel();
      channel.send('connection.update-secret');
      expect((await channel.closed)?.message).toBe(
        'connection.close 503 connection.update-secret COMMAND_INVALID - unimplemented method',
      );
    });
  });

  test('takes heartbeats at any time', async () => {
    const client = await broker.connect();
    for (let i = 0; i < 10; i++) client.socket.send(Buffer.from([8, 0, 0, 0, 0, 0, 0, 0xce]));
    await (await client.channel()).sync();
  });

  test.each(['blocked', 'unblocked'] as const)('takes no connection.%s from a client', async (name) => {
    const client = await broker.connect();
    client.send(`connection.${name}`);
    expect((await client.closed)?.message).toBe(
      `connection.close 504 connection.${name} CHANNEL_ERROR - unexpected method in connection state running`,
    );
  });

  test('takes no second start-ok', async () => {
    const client = await broker.connect();
    client.send('connection.start-ok', { mechanism: 'PLAIN', response: '\0guest\0guest' });
    expect((await client.closed)?.message).toBe(
      'connection.close 504 connection.start-ok CHANNEL_ERROR - unexpected method in connection state running',
    );
  });

  test('takes no close-ok that nothing asked for', async () => {
    const client = await broker.connect();
    client.send('connection.close-ok');
    expect((await client.closed)?.message).toBe(
      'connection.close 504 connection.close-ok CHANNEL_ERROR - unexpected method in connection state running',
    );
  });
});

behaviour(
  'connections that an operator closes',
  (broker) => {
    test('are told with 320', async () => {
      const clients = [await broker.connect(), await broker.connect()];
      await clients[0]!.channel();
      await broker.admin.closeConnections('behaviour-forced', 'time to go');
      for (const client of clients)
        expect((await client.closed)?.message).toBe('connection.close 320 0.0 CONNECTION_FORCED - time to go');
    });

    test('may not close others', async () => {
      const client = await broker.connect({ vhost: '/' });
      await broker.admin.closeConnections('behaviour-forced', 'time to go');
      await (await client.channel()).sync();
    });
  },
  'behaviour-forced',
);

behaviour('connections that lose what they stand on', (broker) => {
  test('are told with 320 that their vhost is gone', async () => {
    await broker.admin.addVhost('behaviour-doomed');
    await broker.admin.setPermissions('guest', 'behaviour-doomed', '.*', '.*', '.*');
    const client = await broker.connect({ vhost: 'behaviour-doomed' });
    await broker.admin.deleteVhost('behaviour-doomed');
    expect((await client.closed)?.message).toMatch(
      // RabbitMQ says the one or the other.
      /^connection\.close 320 0\.0 CONNECTION_FORCED - vhost 'behaviour-doomed' is (down|deleted)$/,
    );
  });

  test('are told with 320 that their user is gone', async () => {
    await broker.admin.addUser('behaviour-doomed', 'password');
    await broker.admin.setPermissions('behaviour-doomed', '/', '.*', '.*', '.*');
    const client = await broker.connect({ user: 'behaviour-doomed', password: 'password' });
    await broker.admin.deleteUser('behaviour-doomed');
    expect((await client.closed)?.message).toBe(
      "connection.close 320 0.0 CONNECTION_FORCED - user 'behaviour-doomed' is deleted",
    );
  });
});
