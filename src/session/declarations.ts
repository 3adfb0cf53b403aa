// What the cold methods change: topology, consumers, prefetch and modes. A request takes effect with its reply, or at once
// when it asks for none. One of the tracker's handlers.

import type { FieldTable } from '../protocol/field-table.ts';
import type { DecodedMethod } from '../protocol/method.ts';
import type { Channel } from './channel.ts';
import { Consumer } from './consumer.ts';
import type { PendingRequest } from './requests.ts';
import { commit, giveBackAll, rollBack } from './settlements.ts';
import type { SessionTables } from './tables.ts';
import type { Declared } from './topology.ts';

/** Any method's arguments, by name; which ones there are is the spec table's business. */
interface Values {
  readonly [name: string]: never;
}

/** The request has succeeded. `reply` is undefined where none was asked for. */
export function applyRequest(
  tables: SessionTables,
  channel: Channel,
  request: PendingRequest,
  reply: DecodedMethod | undefined,
): void {
  const values = request.decoded.arguments as unknown as Values;
  const answer = (reply?.arguments ?? {}) as unknown as Values;
  switch (request.decoded.method.name) {
    case 'exchange.declare':
      return declareExchange(tables, channel, request, values);
    case 'queue.declare':
      return declareQueue(tables, channel, request, values, answer);
    case 'exchange.bind':
    case 'queue.bind':
    case 'exchange.unbind':
    case 'queue.unbind':
      return bindOrUnbind(tables, channel, request, values);
    case 'exchange.delete':
    case 'queue.delete':
      return remove(tables, channel, request, values);
    case 'basic.consume':
      return consume(tables, channel, request, values, answer);
    case 'basic.cancel':
      return cancel(channel, answer['consumer_tag'] ?? values['consumer_tag']!);
    case 'basic.qos':
      if (values['global']) channel.globalPrefetch = values['prefetch_count']!;
      else channel.prefetch = values['prefetch_count']!;
      return;
    case 'confirm.select':
      channel.mode = 'confirm';
      return;
    case 'tx.select':
      channel.mode = 'tx';
      return;
    case 'tx.commit':
      return commit(tables, channel);
    case 'basic.recover':
      return giveBackAll(tables, channel, 'requeue', request.record, request.time);
    case 'tx.rollback':
      return rollBack(tables, channel);
    case 'channel.flow':
      channel.flowActive = values['active']!;
  }
}

/** The consumer is gone, whoever cancelled it. */
export function cancel(channel: Channel, tag: string): void {
  const consumer = channel.consumers.get(tag);
  if (consumer) consumer.cancelled = true;
}

function declaredBy(channel: Channel, { record, time }: PendingRequest, values: Values): Declared {
  const table: FieldTable = values['arguments']!;
  return {
    connection: channel.connection.id,
    channel: channel.number,
    record,
    time,
    durable: values['durable']!,
    autoDelete: values['auto_delete']!,
    arguments: table,
    ...(values['exclusive'] !== undefined && { exclusive: values['exclusive'] }),
    ...(values['type'] !== undefined && { type: values['type'] }),
    ...(values['internal'] !== undefined && { internal: values['internal'] }),
  };
}

function declareExchange({ topology }: SessionTables, channel: Channel, request: PendingRequest, values: Values): void {
  const exchange = topology.exchange(channel.connection.vhost, values['exchange']!);
  exchange.deleted = false;
  if (!values['passive']) exchange.declared ??= declaredBy(channel, request, values);
}

function declareQueue(
  { topology }: SessionTables,
  channel: Channel,
  request: PendingRequest,
  values: Values,
  answer: Values,
): void {
  const name: string = answer['queue'] ?? values['queue']!;
  const queue = topology.queue(channel.connection.vhost, name);
  queue.deleted = false;
  channel.lastQueue = name;
  if (answer['message_count'] !== undefined) queue.messageCount = answer['message_count'];
  if (!values['passive']) queue.declared ??= declaredBy(channel, request, values);
}

function bindOrUnbind({ topology }: SessionTables, channel: Channel, request: PendingRequest, values: Values): void {
  const { name } = request.decoded.method;
  const ofQueue = name.startsWith('queue.');
  const binding = {
    vhost: channel.connection.vhost,
    source: ofQueue ? values['exchange']! : values['source']!,
    destination: ofQueue ? values['queue'] || channel.lastQueue : values['destination']!,
    destinationType: ofQueue ? 'queue' : 'exchange',
    routingKey: values['routing_key']!,
    arguments: values['arguments']!,
    record: request.record,
  } as const;
  if (name.endsWith('.bind')) topology.bind(binding);
  else topology.unbind(binding);
}

function remove({ topology }: SessionTables, channel: Channel, request: PendingRequest, values: Values): void {
  const { vhost, id } = channel.connection;
  const deletion = { connection: id, channel: channel.number, record: request.record, time: request.time };
  const isExchange = request.decoded.method.name === 'exchange.delete';
  const entity = isExchange
    ? topology.exchange(vhost, values['exchange']!)
    : topology.queue(vhost, values['queue'] || channel.lastQueue);
  topology.delete(entity, deletion);
}

function consume(
  { topology }: SessionTables,
  channel: Channel,
  { record, time }: PendingRequest,
  values: Values,
  answer: Values,
): void {
  const queue = topology.queue(channel.connection.vhost, values['queue'] || channel.lastQueue);
  queue.use(channel.connection.id);
  channel.addConsumer(
    new Consumer({
      tag: answer['consumer_tag'] ?? values['consumer_tag']!,
      queue,
      noAck: values['no_ack']!,
      exclusive: values['exclusive']!,
      arguments: values['arguments']!,
      prefetch: channel.prefetch,
      record,
      since: time,
    }),
  );
}
