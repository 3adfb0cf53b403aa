// The handlers of class basic that take messages out of queues: qos, consume, cancel, get, recover.
// Texts and order of checks are RabbitMQ's.

import { randomUUID } from 'node:crypto';
import { fieldOf } from '../../protocol/field-table.ts';
import type { ArgumentsOf } from '../../protocol/method-table.ts';
import { Consumer } from '../queue/consumer.ts';
import type { Queue } from '../queue/queue.ts';
import { checkConsumerArguments } from '../queue/queue-arguments.ts';
import { checkGet } from '../queue/queue-properties.ts';
import { ReplyError } from '../reply-error.ts';
import { integerOf } from '../term-text.ts';
import type { Channel } from './channel.ts';
import { giveBackInTurn } from './deliveries.ts';
import { REPLY_QUEUE } from './reply-to.ts';

export function qos(channel: Channel, { prefetch_size, prefetch_count, global }: ArgumentsOf<'basic.qos'>): void {
  if (prefetch_size !== 0) throw new ReplyError(540, `prefetch_size!=0 (${prefetch_size})`);
  if (global) {
    channel.prefetch = prefetch_count;
  } else {
    channel.consumerPrefetch = prefetch_count;
    channel.prefetch = 0;
  }
  channel.reply('basic.qos-ok', {});
  channel.wakeConsumers();
}

export function consume(channel: Channel, values: ArgumentsOf<'basic.consume'>): void {
  if (values.queue === REPLY_QUEUE) return consumeReplies(channel, values);
  const { connection } = channel;
  const name = queueName(channel, values.queue);
  if (channel.consumers.has(values.consumer_tag)) {
    throw new ReplyError(530, `attempt to reuse consumer tag '${values.consumer_tag}'`, 'connection');
  }
  connection.permits.check('read', 'queue', name);
  const queue = accessible(channel, name);
  const resource = connection.vhost.queueText(name);
  checkConsumerArguments(resource, queue.type, values.arguments);
  const consumer = new Consumer(channel, queue, {
    tag: values.consumer_tag || generatedName('amq.ctag-'),
    noAck: values.no_ack,
    exclusive: values.exclusive,
    priority: integerOf(fieldOf(values.arguments, 'x-priority')) ?? 0,
    prefetch: values.no_ack && queue.type !== 'stream' ? 0 : channel.consumerPrefetch,
    arguments: values.arguments,
  });
  queue.checkConsumer(consumer);
  if (channel.prefetch !== 0 && queue.type !== 'classic') {
    throw new ReplyError(540, `${resource} does not support global qos`);
  }
  if (inExclusiveUse(queue, values.exclusive)) throw new ReplyError(403, `${resource} in exclusive use`);
  channel.consumers.set(consumer.tag, consumer);
  if (!values.nowait) channel.reply('basic.consume-ok', { consumer_tag: consumer.tag });
  queue.addConsumer(consumer);
}

/** Whether a consumer, exclusive or not, comes too late or would shut others out. Only classic queues know exclusivity. */
function inExclusiveUse(queue: Queue, exclusive: boolean): boolean {
  if (queue.type !== 'classic') return false;
  if (exclusive) return queue.consumers.size > 0 || queue.settings.singleActiveConsumer;
  // An exclusive one is the only one.
  for (const consumer of queue.consumers) return consumer.exclusive;
  return false;
}

function consumeReplies(channel: Channel, { consumer_tag, no_ack, nowait }: ArgumentsOf<'basic.consume'>): void {
  if (channel.consumers.has(consumer_tag)) {
    throw new ReplyError(530, `attempt to reuse consumer tag '${consumer_tag}'`, 'connection');
  }
  if (!no_ack) throw new ReplyError(406, 'reply consumer cannot acknowledge');
  if (channel.replyConsumer) throw new ReplyError(406, 'reply consumer already set');
  const consumer = new Consumer(channel, undefined as unknown as Queue, {
    tag: consumer_tag || generatedName('amq.ctag-'),
    noAck: true,
    exclusive: false,
    priority: 0,
    prefetch: 0,
    arguments: [],
  });
  channel.setReplyConsumer(consumer, generatedName(`${generatedName(`${REPLY_QUEUE}.`)}.`));
  if (!nowait) channel.reply('basic.consume-ok', { consumer_tag: consumer.tag });
}

export function cancel(channel: Channel, { consumer_tag, nowait }: ArgumentsOf<'basic.cancel'>): void {
  if (channel.replyConsumer?.tag === consumer_tag) channel.setReplyConsumer(undefined, undefined);
  const consumer = channel.consumers.get(consumer_tag);
  if (!nowait) channel.reply('basic.cancel-ok', { consumer_tag });
  if (consumer) channel.removeConsumer(consumer);
}

export function get(channel: Channel, { queue: given, no_ack }: ArgumentsOf<'basic.get'>): void {
  const name = queueName(channel, given);
  channel.connection.permits.check('read', 'queue', name);
  const queue = accessible(channel, name);
  checkGet(queue);
  const delivery = queue.get(no_ack);
  if (!delivery) {
    channel.stats.gotEmpty++;
    return channel.reply('basic.get-empty', {});
  }
  if (delivery.deliveries > 0) channel.stats.redelivered++;
  const message = queue.shown(delivery, true);
  const tag = no_ack ? channel.deliveries.nextTag++ : channel.deliveries.addGot(delivery);
  if (no_ack) channel.stats.gotNoAck++;
  else channel.stats.got++;
  const values = {
    delivery_tag: BigInt(tag),
    redelivered: delivery.deliveries > 0,
    exchange: message.exchange,
    routing_key: message.routingKey,
    message_count: queue.readyCount,
  };
  channel.replyWithContent('basic.get-ok', values, message);
}

/** Requeues everything that is not settled; the answer, if there is one, comes before what is delivered again. */
export function recover(channel: Channel, requeue: boolean, answered: boolean): void {
  if (!requeue) throw new ReplyError(540, 'requeue=false');
  if (answered) channel.reply('basic.recover-ok', {});
  giveBackInTurn(channel.deliveries.takeAll(), 'requeued');
  if (channel.prefetch !== 0) channel.wakeConsumers();
}

/** The queue of that name; the empty name is the one that the channel declared last. */
export function queueName(channel: Channel, name: string): string {
  if (name !== '') return name;
  if (channel.lastQueue === '') throw new ReplyError(404, 'no previously declared queue');
  return channel.lastQueue;
}

/** The queue, if it is there and not another connection's own. */
function accessible(channel: Channel, name: string): Queue {
  const { connection } = channel;
  const queue = connection.vhost.queue(name);
  connection.vhost.assertAccess(queue, connection);
  return queue;
}

/** A name that nobody else has: 22 characters of base64url, as RabbitMQ's. */
export function generatedName(prefix: string): string {
  return prefix + Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
}
