// New messages out of old ones: other properties, the same body. Counterpart of message.ts, whose messages never change.

import { encodeContentHeader } from '../../protocol/content-header.ts';
import type { FieldTable, FieldValue } from '../../protocol/field-table.ts';
import type { BasicProperties } from '../../protocol/method-table.ts';
import { Message } from './message.ts';
import { peek, peeked } from './peek.ts';

/** A message with this content. Throws ReplyError 406 for properties that cannot be published. */
export function createMessage(
  exchange: string,
  routingKey: string,
  properties: BasicProperties,
  body: Uint8Array,
): Message {
  const header = encodeContentHeader(BigInt(body.length), properties);
  const bytes = new Uint8Array(header.length + body.length);
  bytes.set(header);
  bytes.set(body, header.length);
  peek(bytes, 0, header.length);
  const { persistent, priority, expiration, fault } = peeked;
  if (fault) throw fault;
  return new Message(exchange, routingKey, {
    bytes,
    start: 0,
    bodyStart: header.length,
    end: bytes.length,
    persistent,
    priority,
    expiration,
  });
}

/** The message with these headers instead of its own. */
export function withHeaders(message: Message, headers: FieldTable): Message {
  const { exchange, routingKey, properties, body } = message;
  return createMessage(exchange, routingKey, { ...properties, headers }, body);
}

/** The table with this entry, sorted by name, as RabbitMQ leaves every table in which it sets something. */
export function setEntry(table: FieldTable, name: string, value: FieldValue): FieldTable {
  return sortTable([...withoutEntry(table, name), [name, value]]);
}

export function sortTable(table: FieldTable): FieldTable {
  return [...table].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** The table without entries of that name. */
export function withoutEntry(table: FieldTable, name: string): FieldTable {
  return table.filter(([key]) => key !== name);
}
