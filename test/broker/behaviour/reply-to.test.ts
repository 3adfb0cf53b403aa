// Direct reply-to: answers to a pseudo-queue of the asking channel, without any queue.

import { expect, test } from 'vitest';
import { refusal } from '../../rig/amqp-client.ts';
import { behaviour } from './brokers.ts';

const PSEUDO = 'amq.rabbitmq.reply-to';

behaviour('direct reply-to', (broker) => {
  test('a question and its answer', async () => {
    const [client, server] = [await broker.channel(), await broker.channel()];
    const requests = await server.queue();
    const consumer_tag = await client.consume(PSEUDO, { no_ack: true });
    client.publish({ routingKey: requests, body: 'question', properties: { reply_to: PSEUDO, correlation_id: '1' } });
    await client.sync();
    const question = (await server.get(requests))!;
    expect(question.properties.reply_to).toMatch(/^amq\.rabbitmq\.reply-to\.[\w+/=-]+\.[\w+/=-]+$/);
    server.publish({ routingKey: question.properties.reply_to!, body: 'answer', properties: { correlation_id: '1' } });
    expect(await client.next()).toEqual({
      method: 'basic.deliver',
      arguments: {
        consumer_tag,
        delivery_tag: 1n,
        redelivered: false,
        exchange: '',
        routing_key: question.properties.reply_to,
      },
      properties: { correlation_id: '1' },
      body: Buffer.from('answer'),
    });
  });

  test('the address stays the same for the consumer, and is another for the next', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    const address = async () => {
      ch.publish({ routingKey: queue, properties: { reply_to: PSEUDO } });
      return (await ch.get(queue))?.properties.reply_to;
    };
    const consumer_tag = await ch.consume(PSEUDO, { no_ack: true });
    const first = await address();
    expect(await address()).toBe(first);
    await ch.call('basic.cancel', { consumer_tag });
    await ch.consume(PSEUDO, { no_ack: true });
    expect(await address()).not.toBe(first);
  });

  test('answers do not use up delivery tags', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.consume(PSEUDO, { no_ack: true });
    ch.publish({ routingKey: queue, properties: { reply_to: PSEUDO } });
    const reply_to = (await ch.get(queue))!.properties.reply_to!;
    const tags: bigint[] = [];
    for (let i = 0; i < 2; i++) {
      ch.publish({ routingKey: reply_to });
      tags.push((await ch.next('basic.deliver')).arguments.delivery_tag);
    }
    expect(tags).toEqual([2n, 2n]);
  });

  test('the consumer tag is made up unless given', async () => {
    const client = await broker.connect();
    expect(await (await client.channel()).consume(PSEUDO, { no_ack: true })).toMatch(/^amq\.ctag-[\w-]{22}$/);
    expect(await (await client.channel()).consume(PSEUDO, { no_ack: true, consumer_tag: 'mine' })).toBe('mine');
  });

  test('a consumer without an answer', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    ch.send('basic.consume', { queue: PSEUDO, no_ack: true, nowait: true });
    ch.publish({ routingKey: queue, properties: { reply_to: PSEUDO } });
    expect((await ch.get(queue))?.properties.reply_to).toMatch(/^amq\.rabbitmq\.reply-to\../);
  });

  test('without a consumer there is no publishing with it', async () => {
    const ch = await broker.channel();
    ch.publish({ routingKey: 'q', properties: { reply_to: PSEUDO } });
    expect((await ch.closed)?.message).toBe(
      'channel.close 406 basic.publish PRECONDITION_FAILED - fast reply consumer does not exist',
    );
  });

  test('nor after it was cancelled, nor on another channel', async () => {
    const client = await broker.connect();
    const [ch, other] = [await client.channel(), await client.channel()];
    const consumer_tag = await ch.consume(PSEUDO, { no_ack: true });
    other.publish({ routingKey: 'q', properties: { reply_to: PSEUDO } });
    expect((await other.closed)?.replyText).toBe('PRECONDITION_FAILED - fast reply consumer does not exist');
    await ch.call('basic.cancel', { consumer_tag });
    ch.publish({ routingKey: 'q', properties: { reply_to: PSEUDO } });
    expect((await ch.closed)?.replyText).toBe('PRECONDITION_FAILED - fast reply consumer does not exist');
  });

  test('answers must not be acknowledged', async () => {
    const ch = await broker.channel();
    expect(await refusal(ch.consume(PSEUDO))).toBe(
      'channel.close 406 basic.consume PRECONDITION_FAILED - reply consumer cannot acknowledge',
    );
  });

  test('a channel has one such consumer', async () => {
    const ch = await broker.channel();
    await ch.consume(PSEUDO, { no_ack: true });
    expect(await refusal(ch.consume(PSEUDO, { no_ack: true }))).toBe(
      'channel.close 406 basic.consume PRECONDITION_FAILED - reply consumer already set',
    );
  });

  test('its tag must not be in use', async () => {
    const ch = await broker.channel();
    await ch.consume(await ch.queue(), { consumer_tag: 'used' });
    expect(await refusal(ch.consume(PSEUDO, { no_ack: true, consumer_tag: 'used' }))).toBe(
      "connection.close 530 basic.consume NOT_ALLOWED - attempt to reuse consumer tag 'used'",
    );
  });

  test('an answer to nobody is lost, and returned if mandatory', async () => {
    const client = await broker.connect();
    const [asker, ch] = [await client.channel(), await client.channel()];
    const queue = await ch.queue();
    await asker.consume(PSEUDO, { no_ack: true });
    asker.publish({ routingKey: queue, properties: { reply_to: PSEUDO } });
    await asker.sync();
    const address = (await ch.get(queue))!.properties.reply_to!;
    ch.publish({ routingKey: address, body: 'in time' });
    expect(`${(await asker.next('basic.deliver')).body}`).toBe('in time');
    await asker.close();
    ch.publish({ routingKey: address, body: 'late' });
    ch.publish({ routingKey: `${PSEUDO}.nonsense`, body: 'lost' });
    ch.publish({ routingKey: `${PSEUDO}.nonsense`, mandatory: true, body: 'returned' });
    expect(await ch.next()).toMatchObject({ method: 'basic.return', arguments: { reply_code: 312 } });
    await ch.sync();
    expect(ch.pending()).toEqual([]);
  });

  test('an answer with confirms is confirmed', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    await ch.consume(PSEUDO, { no_ack: true });
    ch.publish({ routingKey: queue, properties: { reply_to: PSEUDO } });
    const address = (await ch.get(queue))!.properties.reply_to!;
    await ch.call('confirm.select');
    ch.publish({ routingKey: address });
    expect(await ch.next('basic.ack')).toMatchObject({ arguments: { delivery_tag: 1n } });
    await ch.next('basic.deliver');
  });

  test('declaring the pseudo-queue passively asks whether somebody listens', async () => {
    const client = await broker.connect();
    const [ch, other] = [await client.channel(), await client.channel()];
    const queue = await ch.queue();
    await ch.consume(PSEUDO, { no_ack: true });
    ch.publish({ routingKey: queue, properties: { reply_to: PSEUDO } });
    const address = (await ch.get(queue))!.properties.reply_to!;
    expect((await other.call('queue.declare', { queue: address, passive: true })).arguments).toEqual({
      queue: address,
      message_count: 0,
      consumer_count: 1,
    });
    expect((await other.call('queue.declare', { queue: PSEUDO, passive: true })).arguments).toMatchObject({
      queue: PSEUDO,
    });
    await ch.close();
    expect(await refusal(other.call('queue.declare', { queue: address, passive: true }))).toBe(
      `channel.close 404 queue.declare NOT_FOUND - no queue '${address}' in vhost '/'`,
    );
  });

  test('there is nothing to get from it', async () => {
    const ch = await broker.channel();
    await ch.consume(PSEUDO, { no_ack: true });
    expect(await refusal(ch.call('basic.get', { queue: PSEUDO, no_ack: true }))).toBe(
      `channel.close 404 basic.get NOT_FOUND - no queue '${PSEUDO}' in vhost '/'`,
    );
  });
});
