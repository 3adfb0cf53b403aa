// Acks, nacks and rejects: from a client they settle deliveries, from the server publishes. `multiple` is expanded.
// One of the tracker's handlers; counterpart of message-flow.ts.

import type { Cursor } from '../log/cursor.ts';
import { CLIENT_TO_SERVER } from '../protocol/frame.ts';
import type { Channel, Holder, PendingSettlement } from './channel.ts';
import type { Deliveries } from './deliveries.ts';
import type { SettlementEvent } from './listener.ts';
import { readTag } from './message-flow.ts';
import { CONFIRMED, NACKED, type Settlement } from './message-row.ts';
import type { SettleResult } from './outstanding.ts';
import type { SessionTables } from './tables.ts';
import type { Queue } from './topology.ts';

/** Class and method id. */
const IDS = 4;
/** Settlements that are kept until their commit, of all transactions together. */
const MOST_PENDING = 100_000;

type SettlingMethod = SettlementEvent['method'];

/** basic.ack, basic.nack or basic.reject; what is too short is passed over. */
export function settle(tables: SessionTables, channel: Channel, cursor: Cursor, method: SettlingMethod): void {
  const { bytes, payloadStart, payloadEnd } = cursor;
  const bitsAt = payloadStart + IDS + 8;
  if (bitsAt >= payloadEnd) return;
  const tag = readTag(bytes, payloadStart + IDS);
  const bits = bytes[bitsAt]!;
  const multiple = method !== 'basic.reject' && (bits & 1) === 1;
  const requeue = method === 'basic.reject' ? (bits & 1) === 1 : method === 'basic.nack' && (bits & 2) === 2;
  const { id: record, time } = cursor;
  if (cursor.direction === CLIENT_TO_SERVER) {
    const settlement = method === 'basic.ack' ? 'ack' : requeue ? 'requeue' : 'reject';
    if (channel.mode === 'tx') {
      channel.uncommitted++;
      if (tables.pendingSettlements < MOST_PENDING) {
        tables.pendingSettlements++;
        channel.pendingSettlements.push({ tag, multiple, settlement, record, time });
      }
      return;
    }
    settleDeliveries(tables, channel, { tag, multiple, settlement, record, time }, method, requeue);
  } else {
    const before = channel.unconfirmed.size;
    const result = settlePublishes(tables, channel, tag, multiple, method === 'basic.ack', record, time);
    const count = before - channel.unconfirmed.size;
    const event = { channel, method, tag, multiple, requeue: false, result, count, record, time };
    for (const listener of tables.listeners.confirmed) listener(event);
  }
}

/** tx.commit-ok: what waited for it happens. */
export function commit(tables: SessionTables, channel: Channel): void {
  for (const pending of channel.pendingSettlements) {
    const method = pending.settlement === 'ack' ? 'basic.ack' : 'basic.nack';
    settleDeliveries(tables, channel, pending, method, pending.settlement === 'requeue');
  }
  rollBack(tables, channel);
}

/** tx.rollback-ok: it never happened. */
export function rollBack(tables: SessionTables, channel: Channel): void {
  dropPending(tables, channel);
  channel.uncommitted = 0;
}

/** What waited for a commit will not come to pass. */
export function dropPending(tables: SessionTables, channel: Channel): void {
  tables.pendingSettlements -= channel.pendingSettlements.length;
  channel.pendingSettlements.length = 0;
}

/** All deliveries that the channel holds go back to their queues: `closed` with the channel, or `requeue`d by basic.recover. */
export function giveBackAll(
  { messages: { deliveries } }: SessionTables,
  channel: Channel,
  settlement: 'closed' | 'requeue',
  record: number,
  time: number,
): void {
  channel.unacked.clear((_tag, delivery, _time, holder) => {
    release(holder, queueOf(deliveries, holder, delivery));
    deliveries.settle(delivery, settlement, record, time);
    if (settlement === 'requeue') channel.requeued++;
  });
}

function settleDeliveries(
  tables: SessionTables,
  channel: Channel,
  { tag, multiple, settlement, record, time }: PendingSettlement,
  method: SettlingMethod,
  requeue: boolean,
): void {
  const { unacked } = channel;
  const before = unacked.size;
  current.tables = tables;
  current.settlement = settlement;
  current.record = record;
  current.time = time;
  const result = multiple ? unacked.settleUpTo(tag, onDeliverySettled) : unacked.settle(tag, onDeliverySettled);
  const count = before - unacked.size;
  if (settlement === 'ack') channel.acked += count;
  else if (method === 'basic.reject') channel.rejected += count;
  else channel.nacked += count;
  if (settlement === 'requeue') channel.requeued += count;
  const { settledOddly } = tables.listeners;
  if ((!multiple && result === 'settled') || settledOddly.length === 0) return;
  const event = { channel, method, tag, multiple, requeue, result, count, record, time };
  for (const listener of settledOddly) listener(event);
}

/** The settlement that is being expanded: kept here, for a closure a message would be garbage a message. */
const current: {
  tables: SessionTables;
  settlement: Settlement;
  outcome: number;
  record: number;
  time: number;
} = {
  tables: undefined as unknown as SessionTables,
  settlement: 'ack',
  outcome: 0,
  record: 0,
  time: 0,
};

function onDeliverySettled(_tag: number, delivery: number, deliveredAt: number, holder: Holder): void {
  const { tables, settlement, record, time } = current;
  const { messages, links } = tables;
  const latency = time - deliveredAt;
  const queue = queueOf(messages.deliveries, holder, delivery);
  release(holder, queue);
  messages.deliveries.settle(delivery, settlement, record, time);
  links.add(messages.deliveries.recordOf(delivery), record, latency);
  links.setQueue(record, queue);
  if (queue) {
    if (settlement === 'ack') queue.acked++;
    else if (settlement === 'requeue') queue.requeued++;
    queue.deliverAck.record(latency);
  }
  if (!holder) return;
  if (settlement === 'ack') holder.acked++;
  holder.deliverAck.record(latency);
}

/** The queue of a delivery: its consumer's, which is known for longer than the delivery is. */
function queueOf(deliveries: Deliveries, holder: Holder, delivery: number): Queue | undefined {
  return holder ? holder.queue : deliveries.queueOf(delivery);
}

function release(holder: Holder, queue: Queue | undefined): void {
  if (holder) holder.unacked--;
  if (queue) queue.unacked--;
}

function settlePublishes(
  tables: SessionTables,
  channel: Channel,
  tag: number,
  multiple: boolean,
  isAck: boolean,
  record: number,
  time: number,
): SettleResult {
  const { unconfirmed } = channel;
  const before = unconfirmed.size;
  current.tables = tables;
  current.outcome = isAck ? CONFIRMED : NACKED;
  current.record = record;
  current.time = time;
  const result = multiple ? unconfirmed.settleUpTo(tag, onConfirmed) : unconfirmed.settle(tag, onConfirmed);
  const count = before - unconfirmed.size;
  if (isAck) channel.confirmed += count;
  else channel.nackedPublishes += count;
  return result;
}

function onConfirmed(_tag: number, message: number, publishedAt: number): void {
  const { tables, outcome, record, time } = current;
  const { messages, links } = tables;
  messages.setOutcome(message, outcome, record, time);
  messages.exchangeOf(message)?.publishConfirm.record(time - publishedAt);
  links.add(messages.recordOf(message), record, time - publishedAt);
}
