// The handlers of the classes exchange and queue: permissions first, then the virtual host's rules.
// Texts and order of checks are RabbitMQ's.

import { type FieldTable, fieldOf } from '../../protocol/field-table.ts';
import type { ArgumentsOf } from '../../protocol/method-table.ts';
import type { Destination } from '../exchange/binding.ts';
import { exchangeType } from '../exchange/registry.ts';
import { setEntry } from '../message/edit.ts';
import { queueTypeOf } from '../queue/queue-arguments.ts';
import { checkQueueDeletion } from '../queue/queue-properties.ts';
import { ReplyError } from '../reply-error.ts';
import { resourceText, TYPE_NAMES } from '../term-text.ts';
import type { VirtualHost } from '../virtual-host.ts';
import { generatedName, queueName } from './basic-methods.ts';
import type { Channel } from './channel.ts';
import { REPLY_QUEUE } from './reply-to.ts';

export function declareExchange(channel: Channel, values: ArgumentsOf<'exchange.declare'>): void {
  const { vhost, permits } = channel.connection;
  const name = withoutLineBreaks(values.exchange);
  if (values.passive) {
    refuseDefaultExchange(name);
    vhost.exchange(name);
  } else {
    const type = exchangeType(values.type);
    refuseDefaultExchange(name);
    permits.check('configure', 'exchange', name);
    if (!vhost.exchanges.has(name)) {
      refuseReservedName('exchange', name);
      checkTarget(channel, 'exchange', name, values.arguments, 'alternate-exchange');
    }
    vhost.declareExchange({
      name,
      type,
      durable: values.durable,
      autoDelete: values.auto_delete,
      internal: values.internal,
      arguments: values.arguments,
    });
  }
  if (!values.nowait) channel.reply('exchange.declare-ok', {}, values.durable && !values.passive);
}

export function deleteExchange(channel: Channel, values: ArgumentsOf<'exchange.delete'>): void {
  const { vhost, permits } = channel.connection;
  const name = withoutLineBreaks(values.exchange);
  refuseDefaultExchange(name);
  if (name.startsWith('amq.')) {
    throw new ReplyError(403, `deletion of system ${resourceText('exchange', name, vhost.name)} not allowed`);
  }
  permits.check('configure', 'exchange', name);
  const exchange = vhost.exchanges.get(name);
  if (exchange) vhost.deleteExchange(exchange, values.if_unused);
  if (!values.nowait) channel.reply('exchange.delete-ok', {}, exchange?.durable);
}

export function bindExchange(channel: Channel, values: ArgumentsOf<'exchange.bind'>): void {
  const { source, destination, routing_key, arguments: table } = values;
  const stored = changeBinding(channel, 'bind', source, 'exchange', destination, routing_key, table);
  if (!values.nowait) channel.reply('exchange.bind-ok', {}, stored);
}

export function unbindExchange(channel: Channel, values: ArgumentsOf<'exchange.unbind'>): void {
  const { source, destination, routing_key, arguments: table } = values;
  const stored = changeBinding(channel, 'unbind', source, 'exchange', destination, routing_key, table);
  if (!values.nowait) channel.reply('exchange.unbind-ok', {}, stored);
}

export function bindQueue(channel: Channel, values: ArgumentsOf<'queue.bind'>): void {
  const name = queueName(channel, values.queue);
  const key = bindingKeyOf(channel, values.queue, values.routing_key);
  const stored = changeBinding(channel, 'bind', values.exchange, 'queue', name, key, values.arguments);
  if (!values.nowait) channel.reply('queue.bind-ok', {}, stored);
}

export function unbindQueue(channel: Channel, values: ArgumentsOf<'queue.unbind'>): void {
  const name = queueName(channel, values.queue);
  const key = bindingKeyOf(channel, values.queue, values.routing_key);
  const stored = changeBinding(channel, 'unbind', values.exchange, 'queue', name, key, values.arguments);
  channel.reply('queue.unbind-ok', {}, stored);
}

export function declareQueue(channel: Channel, values: ArgumentsOf<'queue.declare'>): void {
  const { connection } = channel;
  const { vhost } = connection;
  const name = withoutLineBreaks(values.queue);
  if (name.startsWith(REPLY_QUEUE)) return declareReplyQueue(channel, name, values.nowait);
  if (!values.passive) return createQueue(channel, name, values);
  const queue = vhost.queue(name);
  vhost.assertAccess(queue, connection);
  queueDeclared(channel, queue.name, values.nowait, false);
}

function createQueue(channel: Channel, given: string, values: ArgumentsOf<'queue.declare'>): void {
  const { connection } = channel;
  const { vhost, permits, broker } = connection;
  const table = withDefaultType(vhost, values);
  const type = queueTypeOf(vhost.queueText(given), table);
  if (given === '' && type !== 'classic') {
    throw new ReplyError(406, `Cannot declare a server-named queue for type rabbit_${type}_queue`);
  }
  if (given !== '' && !vhost.queues.has(given)) refuseReservedName('queue', given);
  const name = given || generatedName('amq.gen-');
  permits.check('configure', 'queue', name);
  if (!vhost.queues.has(name)) {
    broker.checkQueueLimit(vhost, name);
    checkTarget(channel, 'queue', name, table, 'x-dead-letter-exchange');
  }
  const durable = values.durable && !values.exclusive;
  const owner = values.exclusive ? connection : undefined;
  vhost.declareQueue({ name, type, durable, autoDelete: values.auto_delete, owner, arguments: table });
  queueDeclared(channel, name, values.nowait, durable);
}

/** Where the client names no type, the virtual host's default one is added, unless such a queue cannot be of that type. */
function withDefaultType(vhost: VirtualHost, values: ArgumentsOf<'queue.declare'>): FieldTable {
  const { defaultQueueType: type } = vhost.description;
  const { durable, exclusive, auto_delete, arguments: table } = values;
  if (type === undefined || fieldOf(table, 'x-queue-type')) return table;
  if (type !== 'classic' && (!durable || exclusive || auto_delete)) return table;
  return setEntry(table, 'x-queue-type', { type: 'S', value: type });
}

function queueDeclared(channel: Channel, name: string, noWait: boolean, stored: boolean): void {
  channel.lastQueue = name;
  const queue = channel.connection.vhost.queues.get(name)!;
  queue.usedAt = queue.vhost.clock.now();
  if (noWait) return;
  const { readyCount, consumers, type } = queue;
  channel.reply(
    'queue.declare-ok',
    { queue: name, message_count: readyCount, consumer_count: type === 'stream' ? 0 : consumers.size },
    stored,
  );
}

/** Effectively passive: such a queue exists if somebody consumes replies under that address. */
function declareReplyQueue(channel: Channel, name: string, noWait: boolean): void {
  const { broker, vhost } = channel.connection;
  if (name !== REPLY_QUEUE && !broker.replies.has(name)) throw new ReplyError(404, `no ${vhost.queueText(name)}`);
  if (!noWait) channel.reply('queue.declare-ok', { queue: name, message_count: 0, consumer_count: 1 });
}

export function deleteQueue(channel: Channel, values: ArgumentsOf<'queue.delete'>): void {
  const { connection } = channel;
  const name = queueName(channel, withoutLineBreaks(values.queue));
  connection.permits.check('configure', 'queue', name);
  const queue = connection.vhost.queues.get(name);
  let count = 0;
  if (queue) {
    connection.vhost.assertAccess(queue, connection);
    checkQueueDeletion(connection.vhost.queueText(name), queue.type, values.if_unused, values.if_empty);
    count = connection.vhost.deleteQueue(queue, { ifUnused: values.if_unused, ifEmpty: values.if_empty });
  }
  if (!values.nowait) channel.reply('queue.delete-ok', { message_count: count }, queue?.durable);
}

export function purgeQueue(channel: Channel, values: ArgumentsOf<'queue.purge'>): void {
  const { connection } = channel;
  const name = queueName(channel, values.queue);
  connection.permits.check('read', 'queue', name);
  const queue = connection.vhost.queue(name);
  connection.vhost.assertAccess(queue, connection);
  const count = queue.purge();
  if (!values.nowait) channel.reply('queue.purge-ok', { message_count: count }, queue.durable);
}

/** Binds or unbinds; returns whether that is kept in the store. */
function changeBinding(
  channel: Channel,
  action: 'bind' | 'unbind',
  givenSource: string,
  kind: Destination['kind'],
  givenDestination: string,
  routingKey: string,
  table: FieldTable,
): boolean {
  const { connection } = channel;
  const { vhost, permits } = connection;
  const sourceName = withoutLineBreaks(givenSource);
  const destinationName = withoutLineBreaks(givenDestination);
  permits.check('write', kind, destinationName);
  if (kind === 'exchange') refuseDefaultExchange(destinationName);
  refuseDefaultExchange(sourceName);
  permits.check('read', 'exchange', sourceName);
  if (vhost.exchanges.get(sourceName)?.type.name === 'topic') permits.checkTopic('read', sourceName, routingKey);
  // To unbind what is not there, or not bound, is no error.
  if (action === 'unbind' && !vhost.isBound(sourceName, kind, destinationName, routingKey, table)) return false;
  const source = vhost.exchange(sourceName);
  const destination = kind === 'queue' ? vhost.queue(destinationName) : vhost.exchange(destinationName);
  if (destination.kind === 'queue') vhost.assertAccess(destination, connection);
  vhost[action](source, destination, routingKey, table);
  return source.durable && destination.durable;
}

/** Both names empty: the queue declared last stands for the key too. */
function bindingKeyOf(channel: Channel, queue: string, routingKey: string): string {
  return queue === '' && routingKey === '' ? queueName(channel, '') : routingKey;
}

/** An argument that names an exchange: it must be a string, and the user must be allowed to publish there. */
function checkTarget(
  channel: Channel,
  kind: 'exchange' | 'queue',
  name: string,
  table: FieldTable,
  argument: string,
): void {
  const value = fieldOf(table, argument);
  if (!value) return;
  const { vhost, permits } = channel.connection;
  if (value.type !== 'S') {
    const resource = resourceText(kind, name, vhost.name);
    throw new ReplyError(406, `invalid type '${TYPE_NAMES[value.type]}' for arg '${argument}' in ${resource}`);
  }
  permits.check('read', kind, name);
  permits.check('write', 'exchange', value.value);
}

function refuseDefaultExchange(name: string): void {
  if (name === '') throw new ReplyError(403, 'operation not permitted on the default exchange');
}

function refuseReservedName(kind: 'exchange' | 'queue', name: string): void {
  if (name.startsWith('amq.')) throw new ReplyError(403, `${kind} name '${name}' contains reserved prefix 'amq.*'`);
}

function withoutLineBreaks(name: string): string {
  return /[\r\n]/.test(name) ? name.replaceAll(/[\r\n]/g, '') : name;
}
