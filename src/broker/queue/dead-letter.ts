// Dead letters: what becomes of a message that its queue gives up, and the x-death headers that tell of it.
// Counterpart: dead-letters.ts, which routes them. Headers and the rule against cycles are RabbitMQ's.

import { type FieldTable, type FieldValue, fieldOf } from '../../protocol/field-table.ts';
import { keepBlindCopies, keysOf } from '../message/copies.ts';
import { createMessage, setEntry, sortTable, withoutEntry } from '../message/edit.ts';
import type { Message } from '../message/message.ts';
import { integerOf } from '../term-text.ts';

export type DeathReason = 'rejected' | 'expired' | 'maxlen' | 'delivery_limit';

export interface Death {
  readonly reason: DeathReason;
  readonly queue: string;
  /** Where it goes: the dead letter exchange, and the routing key if not its own. */
  readonly exchange: string;
  readonly routingKey: string | undefined;
  /** ms since the epoch. */
  readonly time: number;
}

const text = (value: string): FieldValue => ({ type: 'S', value });

/** The message as it is published to the dead letter exchange. */
export function deadLetter(message: Message, death: Death): Message {
  const { expiration, ...properties } = message.properties;
  const headers = properties.headers ?? [];
  const info: FieldTable = [
    ['reason', text(death.reason)],
    ['queue', text(death.queue)],
    ['time', { type: 'T', value: BigInt(Math.floor(death.time / 1000)) }],
    ['exchange', text(message.exchange)],
    ['routing-keys', { type: 'A', value: [message.routingKey, ...keysOf(headers, 'CC')].map(text) }],
    ...(expiration === undefined ? [] : ([['original-expiration', text(expiration)]] as const)),
  ];
  const told = withDeath(headers, info, death, message.exchange);
  const { body } = message;
  if (death.routingKey !== undefined) {
    return createMessage(death.exchange, death.routingKey, { ...properties, headers: withoutEntry(told, 'CC') }, body);
  }
  return keepBlindCopies(
    message,
    createMessage(death.exchange, message.routingKey, { ...properties, headers: told }, body),
  );
}

function withDeath(headers: FieldTable, info: FieldTable, { reason, queue }: Death, exchange: string): FieldTable {
  const counted = (count: bigint): FieldValue => ({
    type: 'F',
    value: [['count', { type: 'l', value: count }], ...info],
  });
  const deaths = fieldOf(headers, 'x-death');
  if (!deaths) {
    let first = setEntry(headers, 'x-first-death-reason', text(reason));
    first = setEntry(first, 'x-first-death-queue', text(queue));
    first = setEntry(first, 'x-first-death-exchange', text(exchange));
    return setEntry(first, 'x-death', { type: 'A', value: [counted(1n)] });
  }
  if (deaths.type !== 'A') return setEntry(headers, 'x-death', { type: 'A', value: [counted(1n)] });
  const isSame = (entry: FieldValue): boolean =>
    entry.type === 'F' &&
    fieldOf(entry.value, 'queue')?.value === queue &&
    fieldOf(entry.value, 'reason')?.value === reason;
  const same = deaths.value.find(isSame);
  const others = deaths.value.filter((entry) => !isSame(entry));
  const latest: FieldValue = same?.type === 'F' ? { type: 'F', value: incremented(same.value) } : counted(1n);
  const sorted: FieldValue = { type: 'F', value: sortTable(latest.value as FieldTable) };
  return setEntry(headers, 'x-death', { type: 'A', value: [sorted, ...others] });
}

/** A client that republished the message may have written the count as a smaller integer. */
function incremented(death: FieldTable): FieldTable {
  const count = integerOf(fieldOf(death, 'count')) ?? 0;
  return setEntry(death, 'count', { type: 'l', value: BigInt.asIntN(64, BigInt(count) + 1n) });
}

/**
 * Whether a dead letter that comes to this queue has been there before, and was driven round by nobody's reject: such a
 * message is dropped.
 */
export function isCycle(message: Message, queue: string): boolean {
  const deaths = fieldOf(message.headers, 'x-death');
  if (deaths?.type !== 'A') return false;
  const at = deaths.value.findIndex((entry) => entry.type === 'F' && fieldOf(entry.value, 'queue')?.value === queue);
  if (at < 0) return false;
  return deaths.value
    .slice(0, at + 1)
    .every((entry) => entry.type === 'F' && fieldOf(entry.value, 'reason')?.value !== 'rejected');
}
