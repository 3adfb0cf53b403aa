// basic.publish: what is refused and in which words, and what comes back to the publisher. Counterpart: confirm.test.ts.

import { expect, test } from 'vitest';
import { refusal, table } from '../../rig/amqp-client.ts';
import { behaviour, unique } from './brokers.ts';
import { drain, untilReady } from './observation.ts';

behaviour('publishing', (broker) => {
  test('a mandatory message without a route comes back with its properties and body', async () => {
    const ch = await broker.channel();
    const properties = { content_type: 'text/plain', headers: table({ a: 1 }), correlation_id: 'c' };
    ch.publish({ exchange: 'amq.direct', routingKey: 'nowhere', mandatory: true, body: 'hello', properties });
    expect(await ch.next()).toEqual({
      method: 'basic.return',
      arguments: { reply_code: 312, reply_text: 'NO_ROUTE', exchange: 'amq.direct', routing_key: 'nowhere' },
      properties,
      body: Buffer.from('hello'),
    });
  });

  test('a mandatory message with an empty body comes back too', async () => {
    const ch = await broker.channel();
    ch.publish({ routingKey: unique('nowhere'), mandatory: true });
    expect(await ch.next('basic.return')).toMatchObject({
      arguments: { reply_code: 312, exchange: '' },
      properties: {},
      body: Buffer.alloc(0),
    });
  });

  test('a mandatory message that found a queue does not come back', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    ch.publish({ routingKey: queue, mandatory: true, body: 'here' });
    await untilReady(ch, queue, 1);
    expect(ch.pending()).toEqual([]);
  });

  test('a message without a route is dropped silently unless it is mandatory', async () => {
    const ch = await broker.channel();
    ch.publish({ exchange: 'amq.fanout', routingKey: unique('k') });
    ch.publish({ routingKey: unique('k') });
    await ch.sync();
    expect(ch.pending()).toEqual([]);
  });

  test('messages that come back keep their order', async () => {
    const ch = await broker.channel();
    for (const body of ['1', '2', '3']) ch.publish({ routingKey: unique('none'), mandatory: true, body });
    const bodies: string[] = [];
    while (bodies.length < 3) bodies.push(`${(await ch.next('basic.return')).body}`);
    expect(bodies).toEqual(['1', '2', '3']);
  });

  test('immediate is not implemented, and closes the connection', async () => {
    const client = await broker.connect();
    const ch = await client.channel();
    ch.publish({ routingKey: 'q', immediate: true });
    expect((await client.closed)?.message).toBe('connection.close 540 basic.publish NOT_IMPLEMENTED - immediate=true');
  });

  test('an exchange that does not exist closes the channel', async () => {
    const ch = await broker.channel();
    const exchange = unique('x');
    ch.publish({ exchange, routingKey: 'k' });
    expect((await ch.closed)?.message).toBe(
      `channel.close 404 basic.publish NOT_FOUND - no exchange '${exchange}' in vhost '/'`,
    );
  });

  test('an internal exchange takes no messages', async () => {
    const ch = await broker.channel();
    const exchange = unique('internal');
    await ch.call('exchange.declare', { exchange, type: 'fanout', internal: true, auto_delete: true });
    ch.publish({ exchange, routingKey: 'k' });
    expect((await ch.closed)?.message).toBe(
      `channel.close 403 basic.publish ACCESS_REFUSED - cannot publish to internal exchange '${exchange}' in vhost '/'`,
    );
    await (await broker.channel()).call('exchange.delete', { exchange });
  });

  test('what was sent after a refused publish is not carried out', async () => {
    const client = await broker.connect();
    const ch = await client.channel();
    const queue = await ch.queue();
    ch.publish({ routingKey: queue, body: 'before' });
    ch.publish({ exchange: unique('none'), routingKey: 'k' });
    ch.publish({ routingKey: queue, body: 'after' });
    await ch.closed;
    expect(await drain(await client.channel(), queue)).toEqual(['before']);
  });

  test('the other channels of the connection live on', async () => {
    const client = await broker.connect();
    const [first, second] = [await client.channel(), await client.channel()];
    first.publish({ exchange: unique('none'), routingKey: 'k' });
    await first.closed;
    await second.sync();
    await (await client.channel(first.number)).sync();
  });

  test('an empty routing key does not mean the last declared queue', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    ch.publish({ routingKey: '', mandatory: true, body: 'lost' });
    expect(await ch.next()).toMatchObject({ method: 'basic.return', arguments: { routing_key: '' } });
    await untilReady(ch, queue, 0);
  });

  test('a queue of any name is reached through the default exchange', async () => {
    const ch = await broker.channel();
    const queue = unique('ключ 🐇 *.#');
    await ch.queue({ queue });
    ch.publish({ routingKey: queue, body: 'found' });
    expect(await ch.get(queue)).toMatchObject({
      arguments: { exchange: '', routing_key: queue },
      body: Buffer.from('found'),
    });
  });

  test('user_id must be the name of the user', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    ch.publish({ routingKey: queue, properties: { user_id: 'guest' } });
    expect(await ch.get(queue)).toMatchObject({ properties: { user_id: 'guest' } });
    ch.publish({ routingKey: queue, properties: { user_id: 'somebody' } });
    expect((await ch.closed)?.message).toBe(
      "channel.close 406 basic.publish PRECONDITION_FAILED - user_id property set to 'somebody' but authenticated user was 'guest'",
    );
  });

  test('an empty user_id is not absent', async () => {
    const ch = await broker.channel();
    ch.publish({ routingKey: 'q', properties: { user_id: '' } });
    expect((await ch.closed)?.message).toBe(
      "channel.close 406 basic.publish PRECONDITION_FAILED - user_id property set to '' but authenticated user was 'guest'",
    );
  });

  test.each([
    ['soon', 'no_integer'],
    ['', 'no_integer'],
    ['12x', '{leftover_string,"x"}'],
    ['1.5', '{leftover_string,".5"}'],
    [' 1', 'no_integer'],
    ['1 ', '{leftover_string," "}'],
    ['-1', '{value_negative,-1}'],
    ['315360000001', '{value_too_large,315360000001}'],
  ])('expiration %j is refused', async (expiration, reason) => {
    const ch = await broker.channel();
    ch.publish({ routingKey: 'q', properties: { expiration } });
    expect((await ch.closed)?.message).toBe(
      `channel.close 406 basic.publish PRECONDITION_FAILED - invalid expiration '${expiration}': ${reason}`,
    );
  });

  test.each(['0', '60000', '+60000', '0060000', '315360000000'])('expiration %j is taken', async (expiration) => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    ch.publish({ routingKey: queue, properties: { expiration }, body: 'm' });
    await ch.sync();
    expect((await ch.get(queue))?.properties.expiration).toBe(expiration === '0' ? undefined : expiration);
  });

  test.each([0, 3, 255])('delivery mode %i is refused', async (mode) => {
    const ch = await broker.channel();
    ch.publish({ routingKey: 'q', properties: { delivery_mode: mode } });
    expect((await ch.closed)?.message).toBe(
      `channel.close 406 basic.publish PRECONDITION_FAILED - invalid message: {delivery_mode_unknown,${mode}}`,
    );
  });

  test('of several faults the exchange comes first, then user_id, then expiration, then the mode', async () => {
    const client = await broker.connect();
    const faults = { user_id: 'x', expiration: 'x', delivery_mode: 9 };
    const told = async (exchange: string, properties: object) => {
      const ch = await client.channel();
      ch.publish({ exchange, routingKey: 'q', properties });
      return (await ch.closed)?.replyText.slice(0, 40);
    };
    expect([
      await told('no-such-exchange', faults),
      await told('', faults),
      await told('', { expiration: 'x', delivery_mode: 9 }),
    ]).toEqual([
      "NOT_FOUND - no exchange 'no-such-exchang",
      'PRECONDITION_FAILED - user_id property s',
      'PRECONDITION_FAILED - invalid expiration',
    ]);
  });

  test('a message larger than 128 MiB is refused', async () => {
    const ch = await broker.channel();
    ch.publish({ routingKey: 'q', body: Buffer.alloc(128 * 1024 * 1024 + 1) });
    expect((await ch.closed)?.message).toBe(
      'channel.close 406 basic.publish PRECONDITION_FAILED - message size 134217729 is larger than configured max size 134217728',
    );
  });

  test('channel.flow can be asked for, not forbidden', async () => {
    const client = await broker.connect();
    const ch = await client.channel();
    expect(await ch.call('channel.flow', { active: true })).toMatchObject({ arguments: { active: true } });
    expect(await refusal(ch.call('channel.flow', { active: false }))).toBe(
      'connection.close 540 channel.flow NOT_IMPLEMENTED - active=false',
    );
  });
});
