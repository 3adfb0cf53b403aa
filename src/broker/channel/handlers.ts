// Which function handles which method on a channel. basic.publish and basic.ack are not here: channel.ts takes their short
// way. Counterparts: basic-methods.ts, topology-methods.ts.

import type { ArgumentsOf, MethodName } from '../../protocol/method-table.ts';
import { REFUSED } from '../queue/queue.ts';
import { ReplyError } from '../reply-error.ts';
import * as basic from './basic-methods.ts';
import type { Channel } from './channel.ts';
import { Confirms } from './confirms.ts';
import * as topology from './topology-methods.ts';
import { Transaction } from './transaction.ts';

type Handlers = { readonly [M in MethodName]?: (channel: Channel, values: ArgumentsOf<M>) => void };
// biome-ignore lint/suspicious/noExplicitAny: a table of handlers of different arguments
type AnyHandlers = { readonly [M in MethodName]?: (channel: Channel, values: any) => void };

const handlers: Handlers = {
  'channel.open': () => {
    throw new ReplyError(504, "second 'channel.open' seen", 'connection');
  },
  'channel.close': (channel) => channel.closedByClient(),
  'channel.flow': (channel, { active }) => {
    if (!active) throw new ReplyError(540, 'active=false');
    channel.reply('channel.flow-ok', { active: true });
  },
  'access.request': (channel) => channel.reply('access.request-ok', { ticket: 1 }),
  'exchange.declare': topology.declareExchange,
  'exchange.delete': topology.deleteExchange,
  'exchange.bind': topology.bindExchange,
  'exchange.unbind': topology.unbindExchange,
  'queue.declare': topology.declareQueue,
  'queue.delete': topology.deleteQueue,
  'queue.purge': topology.purgeQueue,
  'queue.bind': topology.bindQueue,
  'queue.unbind': topology.unbindQueue,
  'basic.qos': basic.qos,
  'basic.consume': basic.consume,
  'basic.cancel': basic.cancel,
  'basic.get': basic.get,
  'basic.ack': (channel, { delivery_tag, multiple }) => channel.ack(tagOf(delivery_tag), multiple),
  'basic.nack': (channel, { delivery_tag, multiple, requeue }) =>
    channel.giveBack(tagOf(delivery_tag), multiple, requeue),
  'basic.reject': (channel, { delivery_tag, requeue }) => channel.giveBack(tagOf(delivery_tag), false, requeue),
  'basic.recover': (channel, { requeue }) => basic.recover(channel, requeue, true),
  'basic.recover-async': (channel, { requeue }) => basic.recover(channel, requeue, false),
  'confirm.select': (channel, { nowait }) => {
    if (channel.transaction) throw new ReplyError(406, 'cannot switch from tx to confirm mode');
    channel.confirms ??= new Confirms(channel);
    if (!nowait) channel.reply('confirm.select-ok', {});
  },
  'tx.select': (channel) => {
    if (channel.confirms) throw new ReplyError(406, 'cannot switch from confirm to tx mode');
    channel.transaction ??= new Transaction(channel.connection.broker.memory);
    channel.reply('tx.select-ok', {});
  },
  'tx.commit': (channel) => {
    if ((transactionOf(channel).commit() & REFUSED) !== 0) throw new ReplyError(406, 'partial tx completion');
    if (channel.prefetch !== 0) channel.wakeConsumers();
    channel.reply('tx.commit-ok', {}, true);
  },
  'tx.rollback': (channel) => {
    channel.deliveries.restore(transactionOf(channel).rollback());
    channel.reply('tx.rollback-ok', {});
  },
};

function transactionOf(channel: Channel): Transaction {
  if (!channel.transaction) throw new ReplyError(406, 'channel is not transactional');
  return channel.transaction;
}

/** No channel lives to see a delivery tag that a double cannot hold. */
function tagOf(tag: bigint): number {
  if (tag > BigInt(Number.MAX_SAFE_INTEGER)) throw new ReplyError(406, `unknown delivery tag ${tag}`);
  return Number(tag);
}

export const HANDLERS: AnyHandlers = handlers;
