// Dead lettering: when a message dies, where it goes, and what its header x-death says of it.

import { expect, test } from 'vitest';
import { fieldOf } from '../../../src/protocol/field-table.ts';
import { type ClientChannel, plain, refusal, table } from '../../rig/amqp-client.ts';
import { type BehaviourBroker, behaviour, unique } from './brokers.ts';
import { deliveries, drain, lastingQueue, publishAll, untilReady } from './observation.ts';

/** A queue whose dead messages go to the queue `dead`, from which the channel consumes. */
async function mortal(broker: BehaviourBroker, values: Parameters<typeof table>[0] = {}) {
  const ch = await broker.channel();
  const dead = await ch.queue();
  const queue = await ch.queue({
    arguments: table({ 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead, ...values }),
  });
  await ch.consume(dead, { no_ack: true, consumer_tag: 'dead' });
  return { ch, dead, queue };
}

/** Takes a message and rejects it. */
async function reject(ch: ClientChannel, queue: string): Promise<void> {
  const message = await ch.get(queue, false);
  ch.send('basic.reject', { delivery_tag: message!.arguments.delivery_tag });
}

const RECENT = expect.closeTo(Date.now() / 1000, -3);

behaviour('dead lettering', (broker) => {
  test('a rejected message goes to the dead letter exchange, and says why', async () => {
    const { ch, dead, queue } = await mortal(broker);
    ch.publish({
      routingKey: queue,
      body: 'm',
      properties: { headers: table({ mine: 1 }), delivery_mode: 2, type: 't' },
    });
    await reject(ch, queue);
    const letter = await ch.next('basic.deliver');
    expect(letter).toMatchObject({
      arguments: { exchange: '', routing_key: dead, redelivered: false },
      properties: { delivery_mode: 2, type: 't' },
      body: Buffer.from('m'),
    });
    expect(plain(letter.properties.headers)).toEqual({
      mine: 1,
      'x-death': [{ count: 1, reason: 'rejected', queue, time: RECENT, exchange: '', 'routing-keys': [queue] }],
      'x-first-death-exchange': '',
      'x-first-death-queue': queue,
      'x-first-death-reason': 'rejected',
    });
  });

  test('the types and the order of what it says', async () => {
    const { ch, queue } = await mortal(broker);
    ch.publish({ routingKey: queue, properties: { headers: table({ zebra: 1, apple: 2 }), expiration: '60000' } });
    await reject(ch, queue);
    const { headers } = (await ch.next('basic.deliver')).properties;
    const death = fieldOf(headers!, 'x-death');
    const entry = death?.type === 'A' ? death.value[0] : undefined;
    expect(entry?.type === 'F' && entry.value.map(([name, value]) => `${name} ${value.type}`)).toEqual([
      'count l',
      'reason S',
      'queue S',
      'time T',
      'exchange S',
      'routing-keys A',
      'original-expiration S',
    ]);
    expect(headers?.map(([name, value]) => `${name} ${value.type}`)).toEqual([
      'apple I',
      'x-death A',
      'x-first-death-exchange S',
      'x-first-death-queue S',
      'x-first-death-reason S',
      'zebra I',
    ]);
  });

  test('an expired message loses its expiration, which is kept beside', async () => {
    const { ch, queue } = await mortal(broker);
    ch.publish({ routingKey: queue, properties: { expiration: '20' } });
    const { properties } = await ch.next('basic.deliver');
    expect(properties.expiration).toBeUndefined();
    expect(plain(properties.headers)).toMatchObject({
      'x-death': [{ count: 1, reason: 'expired', queue, 'original-expiration': '20' }],
      'x-first-death-reason': 'expired',
    });
  });

  test('expiry by the queue', async () => {
    const { ch, queue } = await mortal(broker, { 'x-message-ttl': 20 });
    publishAll(ch, queue, '1', '2', '3');
    expect(await deliveries(ch, 3)).toEqual(['1', '2', '3']);
  });

  test('a full queue drops from its head, for the reason maxlen', async () => {
    const { ch, queue } = await mortal(broker, { 'x-max-length': 1 });
    publishAll(ch, queue, '1', '2');
    const letter = await ch.next('basic.deliver');
    expect(`${letter.body}`).toBe('1');
    expect(plain(letter.properties.headers)).toMatchObject({ 'x-death': [{ reason: 'maxlen', count: 1 }] });
  });

  test('reject-publish-dlx: the refused message is the one that dies', async () => {
    const { ch, queue } = await mortal(broker, { 'x-max-length': 1, 'x-overflow': 'reject-publish-dlx' });
    publishAll(ch, queue, '1', '2');
    const letter = await ch.next('basic.deliver');
    expect(`${letter.body}`).toBe('2');
    expect(plain(letter.properties.headers)).toMatchObject({ 'x-death': [{ reason: 'maxlen', queue }] });
    expect(await drain(ch, queue)).toEqual(['1']);
  });

  test('purged and acknowledged messages and those of deleted queues do not die', async () => {
    const { ch, dead, queue } = await mortal(broker);
    publishAll(ch, queue, '1', '2', '3');
    await ch.get(queue, true);
    const second = await ch.get(queue, false);
    ch.send('basic.ack', { delivery_tag: second!.arguments.delivery_tag });
    await ch.call('queue.purge', { queue });
    publishAll(ch, queue, '4');
    await ch.call('queue.delete', { queue });
    publishAll(ch, dead, 'end');
    expect(await deliveries(ch, 1)).toEqual(['end']);
  });

  test('several nacked at once', async () => {
    const { ch, queue } = await mortal(broker);
    publishAll(ch, queue, '1', '2', '3', '4');
    for (let i = 0; i < 4; i++) await ch.get(queue, false);
    ch.send('basic.nack', { delivery_tag: 3n, multiple: true });
    expect(await deliveries(ch, 3)).toEqual(['1', '2', '3']);
  });

  test('of a queue with priorities the higher ones die first', async () => {
    const { ch, queue } = await mortal(broker, { 'x-max-priority': 5 });
    const publish = (priority: number) =>
      ch.publish({ routingKey: queue, body: `${priority}`, properties: { priority } });
    // What basic.get took goes first, one by one.
    for (const priority of [1, 2]) {
      publish(priority);
      await ch.get(queue, false);
    }
    await ch.consume(queue);
    for (const priority of [1, 3, 2, 3]) publish(priority);
    await deliveries(ch, 4);
    ch.send('basic.nack', { delivery_tag: 0n, multiple: true });
    expect(await deliveries(ch, 6)).toEqual(['1', '2', '3', '3', '2', '1']);
  });

  test('without a routing key of its own the queue uses the one the message came with', async () => {
    const ch = await broker.channel();
    const [exchange, dead] = [unique('dlx'), await ch.queue()];
    await ch.call('exchange.declare', { exchange, type: 'fanout', auto_delete: true });
    await ch.call('queue.bind', { queue: dead, exchange });
    const queue = await ch.queue({ arguments: table({ 'x-dead-letter-exchange': exchange }) });
    await ch.call('queue.bind', { queue, exchange: 'amq.topic', routing_key: `${queue}.*` });
    ch.publish({ exchange: 'amq.topic', routingKey: `${queue}.key`, body: 'm' });
    await reject(ch, queue);
    await untilReady(ch, dead, 1);
    const letter = (await ch.get(dead))!;
    expect(letter.arguments).toMatchObject({ exchange, routing_key: `${queue}.key` });
    expect(plain(letter.properties.headers)['x-death']).toMatchObject([
      { exchange: 'amq.topic', 'routing-keys': [`${queue}.key`] },
    ]);
  });

  test('a second death for the same reason in the same queue counts up', async () => {
    const { ch, dead, queue } = await mortal(broker);
    ch.publish({ routingKey: queue, body: 'm', properties: { expiration: '60000' } });
    await reject(ch, queue);
    const first = await ch.next('basic.deliver');
    ch.publish({ routingKey: queue, body: 'm', properties: first.properties });
    await reject(ch, queue);
    const second = await ch.next('basic.deliver');
    expect(plain(second.properties.headers)['x-death']).toEqual([
      {
        count: 2,
        exchange: '',
        'original-expiration': '60000',
        queue,
        reason: 'rejected',
        'routing-keys': [queue],
        time: RECENT,
      },
    ]);
    expect(second.arguments.routing_key).toBe(dead);
  });

  test('the latest death comes first, the first one keeps its own headers', async () => {
    const ch = await broker.channel();
    const end = await ch.queue();
    const second = await ch.queue({
      arguments: table({ 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': end, 'x-message-ttl': 10 }),
    });
    const first = await ch.queue({
      arguments: table({ 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': second }),
    });
    await ch.consume(end, { no_ack: true });
    publishAll(ch, first, 'm');
    await reject(ch, first);
    expect(plain((await ch.next('basic.deliver')).properties.headers)).toMatchObject({
      'x-death': [
        { queue: second, reason: 'expired', count: 1, 'routing-keys': [second] },
        { queue: first, reason: 'rejected', count: 1, 'routing-keys': [first] },
      ],
      'x-first-death-queue': first,
      'x-first-death-reason': 'rejected',
      'x-first-death-exchange': '',
    });
  });

  test('the same queue for another reason is another entry', async () => {
    const { ch, queue } = await mortal(broker);
    publishAll(ch, queue, 'm');
    await reject(ch, queue);
    const first = await ch.next('basic.deliver');
    ch.publish({ routingKey: queue, properties: { ...first.properties, expiration: '10' } });
    const { headers } = (await ch.next('basic.deliver')).properties;
    expect(plain(headers)['x-death']).toMatchObject([
      { reason: 'expired', count: 1, 'original-expiration': '10' },
      { reason: 'rejected', count: 1 },
    ]);
  });

  test('CC keys are listed; a routing key of the queue’s own takes CC out', async () => {
    const { ch, queue } = await mortal(broker);
    ch.publish({ routingKey: queue, body: 'm', properties: { headers: table({ CC: ['cc1', 'cc2'], BCC: ['bcc'] }) } });
    await reject(ch, queue);
    const headers = plain((await ch.next('basic.deliver')).properties.headers);
    expect(headers['x-death']).toMatchObject([{ 'routing-keys': [queue, 'cc1', 'cc2'] }]);
    expect(headers).not.toHaveProperty('CC');
    expect(headers).not.toHaveProperty('BCC');
  });

  test('without one, a dead message goes by its CC and BCC keys again', async () => {
    const ch = await broker.channel();
    const [exchange, byCc, byBcc] = [unique('dlx'), await ch.queue(), await ch.queue()];
    await ch.call('exchange.declare', { exchange, type: 'direct', auto_delete: true });
    for (const queue of [byCc, byBcc]) await ch.call('queue.bind', { queue, exchange, routing_key: `to ${queue}` });
    const queue = await ch.queue({ arguments: table({ 'x-dead-letter-exchange': exchange }) });
    const headers = table({ CC: [`to ${byCc}`], BCC: [`to ${byBcc}`] });
    ch.publish({ routingKey: queue, body: 'm', properties: { headers } });
    await reject(ch, queue);
    for (const dead of [byCc, byBcc]) {
      await untilReady(ch, dead, 1);
      const letter = (await ch.get(dead))!;
      expect(letter.arguments.routing_key).toBe(queue);
      expect(plain(letter.properties.headers)).toMatchObject({
        CC: [`to ${byCc}`],
        'x-death': [{ 'routing-keys': [queue, `to ${byCc}`] }],
      });
    }
  });

  test('a header x-death that is no array is replaced', async () => {
    const { ch, queue } = await mortal(broker);
    ch.publish({ routingKey: queue, properties: { headers: table({ 'x-death': 'never' }) } });
    await reject(ch, queue);
    const headers = plain((await ch.next('basic.deliver')).properties.headers);
    expect(headers).toEqual({
      'x-death': [{ count: 1, reason: 'rejected', queue, time: RECENT, exchange: '', 'routing-keys': [queue] }],
    });
  });

  test('an automatic cycle ends where the message has been before', async () => {
    const ch = await broker.channel();
    const [one, two] = [unique('one'), unique('two')];
    const death = (to: string) =>
      table({ 'x-message-ttl': 10, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': to });
    await ch.queue({ queue: one, arguments: death(two) });
    await ch.queue({ queue: two, arguments: death(one) });
    publishAll(ch, one, 'm');
    const clock = await ch.queue({ arguments: table({ 'x-message-ttl': 300 }) });
    publishAll(ch, clock, 'tick');
    await untilReady(ch, clock, 1);
    await untilReady(ch, clock, 0);
    await untilReady(ch, one, 0);
    await untilReady(ch, two, 0);
  });

  test('a queue that dead-letters to itself: expiry ends it', async () => {
    const ch = await broker.channel();
    const queue = unique('self');
    await ch.queue({
      queue,
      arguments: table({ 'x-message-ttl': 10, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': queue }),
    });
    publishAll(ch, queue, 'm');
    const clock = await ch.queue({ arguments: table({ 'x-message-ttl': 200 }) });
    publishAll(ch, clock, 'tick');
    await untilReady(ch, clock, 1);
    await untilReady(ch, clock, 0);
    await untilReady(ch, queue, 0);
  });

  test('a cycle with a rejection in it goes on', async () => {
    const ch = await broker.channel();
    const queue = unique('retry');
    const delay = await ch.queue({
      arguments: table({ 'x-message-ttl': 10, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': queue }),
    });
    await ch.queue({
      queue,
      arguments: table({ 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': delay }),
    });
    await ch.consume(queue);
    publishAll(ch, queue, 'm');
    for (let round = 0; round < 3; round++) {
      const message = await ch.next('basic.deliver');
      const expected = [
        { queue: delay, reason: 'expired', count: round },
        { queue, reason: 'rejected', count: round },
      ];
      if (round > 0) expect(plain(message.properties.headers)['x-death']).toMatchObject(expected);
      ch.send('basic.reject', { delivery_tag: message.arguments.delivery_tag });
    }
  });

  test('an exchange that does not exist swallows dead messages', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue({ arguments: table({ 'x-dead-letter-exchange': unique('none') }) });
    publishAll(ch, queue, 'm');
    await reject(ch, queue);
    await untilReady(ch, queue, 0);
  });

  test('the exchange may be declared later', async () => {
    const ch = await broker.channel();
    const [exchange, dead] = [unique('dlx'), await ch.queue()];
    const queue = await ch.queue({ arguments: table({ 'x-dead-letter-exchange': exchange }) });
    await ch.call('exchange.declare', { exchange, type: 'fanout', auto_delete: true });
    await ch.call('queue.bind', { queue: dead, exchange });
    publishAll(ch, queue, 'm');
    await reject(ch, queue);
    await untilReady(ch, dead, 1);
  });

  test('a routing key for dead messages needs an exchange for them', async () => {
    const ch = await broker.channel();
    const queue = unique('q');
    expect(await refusal(ch.queue({ queue, arguments: table({ 'x-dead-letter-routing-key': 'k' }) }))).toBe(
      `channel.close 406 queue.declare PRECONDITION_FAILED - invalid arg 'x-dead-letter-routing-key' for queue '${queue}' in vhost '/': routing_key_but_no_dlx_defined`,
    );
  });

  test('the exchange for dead messages must be a string', async () => {
    const ch = await broker.channel();
    const queue = unique('q');
    expect(await refusal(ch.queue({ queue, arguments: table({ 'x-dead-letter-exchange': 1 }) }))).toBe(
      `channel.close 406 queue.declare PRECONDITION_FAILED - invalid type 'signedint' for arg 'x-dead-letter-exchange' in queue '${queue}' in vhost '/'`,
    );
  });

  test('a quorum queue dead-letters too, with the reason delivery_limit among others', async () => {
    const ch = await broker.channel();
    const dead = await ch.queue({ exclusive: false, auto_delete: true });
    const queue = await lastingQueue(broker, {
      arguments: table({
        'x-queue-type': 'quorum',
        'x-delivery-limit': 1,
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': dead,
      }),
    });
    await ch.consume(dead, { no_ack: true, consumer_tag: 'dead' });
    await ch.consume(queue, { consumer_tag: 'live' });
    publishAll(ch, queue, 'm');
    for (let i = 0; i < 2; i++) {
      const { delivery_tag } = (await ch.next('basic.deliver')).arguments;
      ch.send('basic.nack', { delivery_tag, requeue: true });
    }
    const letter = await ch.next('basic.deliver');
    expect(letter.arguments.consumer_tag).toBe('dead');
    expect(plain(letter.properties.headers)).toMatchObject({
      'x-death': [{ reason: 'delivery_limit', queue, count: 1, exchange: '', 'routing-keys': [queue] }],
      'x-first-death-reason': 'delivery_limit',
    });
  });
});
