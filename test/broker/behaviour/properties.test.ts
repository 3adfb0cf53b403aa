// Content properties and bodies: what comes is what was sent; and which properties the broker looks at.

import { expect, test } from 'vitest';
import type { BasicProperties } from '../../../src/protocol/method-table.ts';
import { table } from '../../rig/amqp-client.ts';
import { behaviour } from './brokers.ts';

const ALL: BasicProperties = {
  content_type: 'text/plain; charset=utf-8',
  content_encoding: 'identity',
  headers: table({ one: 1, two: ['two', { deep: true }], three: null }),
  delivery_mode: 2,
  priority: 7,
  correlation_id: 'correlation',
  reply_to: 'replies',
  expiration: '60000',
  message_id: 'message',
  timestamp: 1_700_000_000n,
  type: 'greeting',
  user_id: 'guest',
  app_id: 'app',
  cluster_id: 'cluster',
};

behaviour('content properties', (broker) => {
  test.each<[string, BasicProperties]>([
    ['none', {}],
    ['all', ALL],
    ...Object.entries(ALL).map(([name, value]) => [name, { [name]: value }] as [string, BasicProperties]),
    ['empty texts', { content_type: '', correlation_id: '', reply_to: '', message_id: '', type: '', app_id: '' }],
    ['the longest texts', { correlation_id: 'x'.repeat(255), message_id: 'é'.repeat(127) }],
    ['empty headers', { headers: [] }],
    ['headers of one name', { headers: [...table({ twice: 1 }), ...table({ twice: 2 })] }],
    ['a priority above all', { priority: 255 }],
    ['a timestamp beyond all time', { timestamp: 2n ** 64n - 1n }],
  ])('%s come as they were sent', async (_title, properties) => {
    const channel = await broker.channel();
    const queue = await channel.queue();
    channel.publish({ routingKey: queue, properties, body: 'body' });
    await channel.sync();
    const tag = await channel.consume(queue, { no_ack: true });
    expect(await channel.next('basic.deliver')).toEqual({
      method: 'basic.deliver',
      arguments: { consumer_tag: tag, delivery_tag: 1n, redelivered: false, exchange: '', routing_key: queue },
      properties,
      body: Buffer.from('body'),
    });
  });

  test.each([0, 3, 255])('a delivery mode of %i is refused', async (mode) => {
    const channel = await broker.channel();
    channel.publish({ properties: { delivery_mode: mode } });
    expect((await channel.closed)?.message).toBe(
      `channel.close 406 basic.publish PRECONDITION_FAILED - invalid message: {delivery_mode_unknown,${mode}}`,
    );
  });

  test.each([0, 1, 131064, 131065, 300_000, 2_000_000])('bodies of %i bytes come as they were sent', async (size) => {
    const channel = await broker.channel();
    const queue = await channel.queue();
    const body = Buffer.alloc(size, 'abcdefghijklmnopqrstuvwxyz');
    channel.publish({ routingKey: queue, body });
    await channel.sync();
    expect((await channel.get(queue))?.body.equals(body)).toBe(true);
  });

  test.each([
    [
      'text that is no number',
      'soon',
      "channel.close 406 basic.publish PRECONDITION_FAILED - invalid expiration 'soon': no_integer",
    ],
    ['nothing', '', "channel.close 406 basic.publish PRECONDITION_FAILED - invalid expiration '': no_integer"],
    [
      'less than nothing',
      '-1',
      "channel.close 406 basic.publish PRECONDITION_FAILED - invalid expiration '-1': {value_negative,-1}",
    ],
    [
      'a fraction',
      '1.5',
      `channel.close 406 basic.publish PRECONDITION_FAILED - invalid expiration '1.5': {leftover_string,".5"}`,
    ],
    [
      'a number and more',
      '100ms',
      `channel.close 406 basic.publish PRECONDITION_FAILED - invalid expiration '100ms': {leftover_string,"ms"}`,
    ],
    [
      'ten years and a bit',
      '315360000001',
      "channel.close 406 basic.publish PRECONDITION_FAILED - invalid expiration '315360000001': {value_too_large,315360000001}",
    ],
    [
      'a space before',
      ' 1',
      "channel.close 406 basic.publish PRECONDITION_FAILED - invalid expiration ' 1': no_integer",
    ],
  ])('an expiration of %s is refused', async (_title, expiration, line) => {
    const channel = await broker.channel();
    channel.publish({ properties: { expiration } });
    expect((await channel.closed)?.message).toBe(line);
  });

  test.each(['0', '1', '+1', '007', '315360000000'])('an expiration of %j is taken', async (expiration) => {
    const channel = await broker.channel();
    channel.publish({ properties: { expiration } });
    await channel.sync();
  });

  test('a user-id that is not the user is refused', async () => {
    const channel = await broker.channel();
    channel.publish({ properties: { user_id: 'somebody' } });
    expect((await channel.closed)?.message).toBe(
      "channel.close 406 basic.publish PRECONDITION_FAILED - user_id property set to 'somebody' but authenticated user was 'guest'",
    );
  });

  test('an empty user-id is refused', async () => {
    const channel = await broker.channel();
    channel.publish({ properties: { user_id: '' } });
    expect((await channel.closed)?.message).toBe(
      "channel.close 406 basic.publish PRECONDITION_FAILED - user_id property set to '' but authenticated user was 'guest'",
    );
  });

  test('an exchange that does not exist is told before the faults of the message', async () => {
    const channel = await broker.channel();
    channel.publish({ exchange: 'none', properties: { user_id: 'somebody', expiration: 'soon' } });
    expect((await channel.closed)?.message).toBe(
      "channel.close 404 basic.publish NOT_FOUND - no exchange 'none' in vhost '/'",
    );
  });

  test('a wrong user is told before a wrong expiration', async () => {
    const channel = await broker.channel();
    channel.publish({ properties: { user_id: 'somebody', expiration: 'soon' } });
    expect((await channel.closed)?.message).toBe(
      "channel.close 406 basic.publish PRECONDITION_FAILED - user_id property set to 'somebody' but authenticated user was 'guest'",
    );
  });

  test('a wrong delivery mode is told after both', async () => {
    const channel = await broker.channel();
    channel.publish({ properties: { delivery_mode: 9, expiration: 'soon' } });
    expect((await channel.closed)?.message).toBe(
      "channel.close 406 basic.publish PRECONDITION_FAILED - invalid expiration 'soon': no_integer",
    );
  });

  test('immediate is refused', async () => {
    const channel = await broker.channel();
    channel.publish({ immediate: true });
    expect((await channel.closed)?.message).toBe('connection.close 540 basic.publish NOT_IMPLEMENTED - immediate=true');
  });
});
