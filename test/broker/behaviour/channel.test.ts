// Channels: opened, closed from both sides, used when they are not open; and methods that no channel takes.

import { describe, expect, test } from 'vitest';
import { encodeContentHeaderFrame } from '../../../src/protocol/content-header.ts';
import { type ClientChannel, refusal } from '../../rig/amqp-client.ts';
import { behaviour, unique } from './brokers.ts';
import { say } from './transcript.ts';

behaviour('channels', (broker) => {
  describe('open', () => {
    test('under any number up to 65535', async () => {
      const client = await broker.connect();
      await client.channel(65535);
      await (await client.channel(2048)).sync();
    });

    test('once', async () => {
      expect(await refusal((await broker.channel()).call('channel.open'))).toBe(
        "connection.close 504 channel.open CHANNEL_ERROR - second 'channel.open' seen",
      );
    });

    test('no more of them than channel-max says', async () => {
      const client = await broker.connect({ channelMax: 2 });
      const first = await client.channel();
      await client.channel(9);
      await first.close();
      await client.channel(5);
      expect(await refusal(client.channel(1))).toBe(
        'connection.close 530 0.0 NOT_ALLOWED - number of channels opened (2) has reached the negotiated channel_max (2)',
      );
    });

    test('again under the same number, once closed', async () => {
      const client = await broker.connect();
      for (let round = 0; round < 3; round++) await (await client.channel(1)).close();
      await (await client.channel(1)).sync();
    });

    test('again under the same number, once the server closed it', async () => {
      const client = await broker.connect();
      for (let round = 0; round < 3; round++) {
        const channel = await client.channel(1);
        expect(await refusal(channel.call('queue.purge', { queue: 'none' }))).toBe(
          "channel.close 404 queue.purge NOT_FOUND - no queue 'none' in vhost '/'",
        );
      }
      await (await client.channel(1)).sync();
    });
  });

  describe('that are not open', () => {
    test.each([
      [
        'exchange.declare',
        { exchange: 'x', type: 'direct' },
        "connection.close 504 exchange.declare CHANNEL_ERROR - expected 'channel.open'",
      ],
      ['basic.get', { queue: 'q' }, "connection.close 504 basic.get CHANNEL_ERROR - expected 'channel.open'"],
      ['channel.close', {}, "connection.close 504 channel.close CHANNEL_ERROR - expected 'channel.open'"],
      ['channel.close-ok', {}, "connection.close 504 channel.close-ok CHANNEL_ERROR - expected 'channel.open'"],
      ['channel.flow', { active: true }, "connection.close 504 channel.flow CHANNEL_ERROR - expected 'channel.open'"],
    ] as const)('%s is refused', async (method, values, line) => {
      const client = await broker.connect();
      client.socket.sendMethod(3, method, values);
      expect((await client.closed)?.message).toBe(line);
    });

    test('basic.publish is refused', async () => {
      const client = await broker.connect();
      client.socket.sendMethod(3, 'basic.publish');
      client.socket.send(encodeContentHeaderFrame(3, 0n, {}));
      expect((await client.closed)?.message).toBe(
        "connection.close 504 basic.publish CHANNEL_ERROR - expected 'channel.open'",
      );
    });
  });

  describe('take no method', () => {
    test.each([
      [
        'that is the server’s',
        'channel.open-ok',
        'connection.close 503 channel.open-ok COMMAND_INVALID - unimplemented method',
      ],
      [
        'that is an answer',
        'queue.declare-ok',
        'connection.close 503 queue.declare-ok COMMAND_INVALID - unimplemented method',
      ],
      [
        'that nobody asked for',
        'basic.cancel-ok',
        'connection.close 503 basic.cancel-ok COMMAND_INVALID - unimplemented method',
      ],
      ['get-empty', 'basic.get-empty', 'connection.close 503 basic.get-empty COMMAND_INVALID - unimplemented method'],
      [
        'flow-ok unasked for',
        'channel.flow-ok',
        'connection.close 503 channel.flow-ok COMMAND_INVALID - unimplemented method',
      ],
    ] as const)('%s', async (_title, method, line) => {
      const channel = await broker.channel();
      channel.send(method);
      expect((await channel.closed)?.message).toBe(line);
    });

    test.each(['basic.deliver', 'basic.return', 'basic.get-ok'] as const)('%s, with content', async (method) => {
      const client = await broker.connect();
      const channel = await client.channel();
      channel.send(method);
      client.socket.send(encodeContentHeaderFrame(1, 0n, {}));
      expect((await client.closed)?.message).toBe(
        `connection.close 503 ${method} COMMAND_INVALID - unimplemented method`,
      );
    });

    test.each([
      ['connection.open', 'connection.close 503 connection.open COMMAND_INVALID - unimplemented method'],
      ['connection.close', 'connection.close 503 connection.close COMMAND_INVALID - unimplemented method'],
      ['connection.tune-ok', 'connection.close 503 connection.tune-ok COMMAND_INVALID - unimplemented method'],
    ] as const)('of class connection: %s', async (method, line) => {
      const client = await broker.connect();
      await client.channel();
      client.socket.sendMethod(1, method);
      expect((await client.closed)?.message).toBe(line);
    });

    test.each([
      [
        'channel.open',
        'connection.close 504 channel.open CHANNEL_ERROR - unexpected method in connection state running',
      ],
      [
        'queue.declare',
        'connection.close 504 queue.declare CHANNEL_ERROR - unexpected method in connection state running',
      ],
      ['basic.ack', 'connection.close 504 basic.ack CHANNEL_ERROR - unexpected method in connection state running'],
      [
        'channel.close',
        'connection.close 504 channel.close CHANNEL_ERROR - unexpected method in connection state running',
      ],
    ] as const)('on channel 0: %s', async (method, line) => {
      const client = await broker.connect();
      client.send(method);
      expect((await client.closed)?.message).toBe(line);
    });
  });

  describe('flow', () => {
    test('on is answered', async () => {
      const answer = await (await broker.channel()).call('channel.flow', { active: true });
      expect(answer).toEqual({ method: 'channel.flow-ok', arguments: { active: true } });
    });

    test('off is refused', async () => {
      expect(await refusal((await broker.channel()).call('channel.flow', { active: false }))).toBe(
        'connection.close 540 channel.flow NOT_IMPLEMENTED - active=false',
      );
    });
  });

  test('access.request gives a ticket', async () => {
    const answer = await (await broker.channel()).call('access.request', { realm: '/data', active: true });
    expect(answer).toEqual({ method: 'access.request-ok', arguments: { ticket: 1 } });
  });

  describe('that the server closed', () => {
    test('pass over all but close and close-ok', async () => {
      const client = await broker.connect();
      const other = await client.channel(2);
      const queue = await other.queue();
      const channel = await client.channel(3);
      channel.send('queue.purge', { queue: 'none' });
      channel.publish({ routingKey: queue, body: 'lost' });
      channel.send('queue.delete', { queue });
      channel.send('queue.purge', { queue: 'none either' });
      expect((await channel.closed)?.message).toBe(
        "channel.close 404 queue.purge NOT_FOUND - no queue 'none' in vhost '/'",
      );
      await other.sync();
      expect(await other.get(queue)).toBeUndefined();
    });

    test('answer close with close-ok', async () => {
      const socket = await broker.openSocket();
      socket.sendMethod(1, 'channel.open');
      expect(await say(socket)).toBe('channel.open-ok');
      socket.sendMethod(1, 'queue.purge', { queue: 'none' });
      expect(await say(socket)).toBe("channel.close 404 queue.purge NOT_FOUND - no queue 'none' in vhost '/'");
      socket.sendMethod(1, 'channel.close');
      expect(await say(socket)).toBe('channel.close-ok');
      socket.sendMethod(1, 'channel.close-ok');
      socket.sendMethod(1, 'channel.open');
      expect(await say(socket)).toBe('channel.open-ok');
    });

    test('leave the others alone', async () => {
      const client = await broker.connect();
      const other = await client.channel(2);
      const queue = await other.queue();
      await refusal((await client.channel(3)).call('exchange.delete', { exchange: 'amq.direct' }));
      other.publish({ routingKey: queue, body: 'kept' });
      await other.sync();
      expect((await other.get(queue))?.body.toString()).toBe('kept');
    });
  });

  describe('closed by the client', () => {
    test('give back what was not acknowledged, in place', async () => {
      const client = await broker.connect();
      const [one, two] = [await client.channel(), await client.channel()];
      const queue = await one.queue();
      for (const body of ['a', 'b']) two.publish({ routingKey: queue, body });
      await two.sync();
      await one.get(queue, false);
      await one.close();
      expect(await two.get(queue)).toMatchObject({ arguments: { redelivered: true }, body: Buffer.from('a') });
      expect(await two.get(queue)).toMatchObject({ arguments: { redelivered: false }, body: Buffer.from('b') });
    });

    test('with an error of its own are closed all the same', async () => {
      const channel = await broker.channel();
      const answer = await channel.call('channel.close', { reply_code: 541, reply_text: unique('no'), class_id: 1 });
      expect(answer.method).toBe('channel.close-ok');
    });

    test('have handled all that was sent before', async () => {
      const client = await broker.connect();
      const [one, two] = [await client.channel(), await client.channel()];
      const queue = await one.queue();
      for (let i = 0; i < 100; i++) one.publish({ routingKey: queue });
      await one.close();
      expect(await count(two, queue)).toBe(100);
    });
  });
});

async function count(channel: ClientChannel, queue: string): Promise<number> {
  return (await channel.call('queue.declare', { queue, passive: true })).arguments.message_count;
}
