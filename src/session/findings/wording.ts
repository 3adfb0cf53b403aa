// Words that findings share: what connections are called, how long things took, where records are.
// Invariant: what a client chose is put in as it is, only cut: making it visible is the reader's business.

import type { FieldTable, FieldValue } from '../../protocol/field-table.ts';
import type { Channel } from '../channel.ts';
import type { Connection } from '../connection-table.ts';
import type { SessionTables } from '../tables.ts';
import type { TrackedConnection } from '../tracked-connection.ts';

/** Characters of a name that a sentence can bear; a reply text is no longer than 255 bytes. */
const LONGEST_NAME = 100;
const LONGEST_REPLY = 300;
const LONGEST_VALUE = 100;

/** A text that a client or server chose, no longer than a sentence bears. */
export function cut(text: string, longest = LONGEST_NAME): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** `'orders'` */
export function quoted(name: string): string {
  return `'${cut(name)}'`;
}

/** A reply text, or a reason, as the other side gave it. */
export function said(text: string): string {
  return cut(text, LONGEST_REPLY);
}

/** What the client of a connection is called: `'invoices' (pika)`, or `connection 3 (pika)`. */
export function clientName({ facts }: Pick<TrackedConnection, 'facts'>): string {
  return nameOf(facts);
}

/** The same by number, whether the connection is still open or not. */
export function clientNameById(tables: SessionTables, id: number): string {
  const facts = tables.factsOf(id);
  return facts ? nameOf(facts) : `connection ${id}`;
}

function nameOf({ id, name, clientProduct }: Connection): string {
  const called = name ? quoted(name) : `connection ${id}`;
  return clientProduct ? `${called} (${cut(clientProduct)})` : called;
}

/** For subjects of reports: the same for a client that connects again. */
export function clientKey({ facts }: Pick<TrackedConnection, 'facts'>): string {
  const { name, clientProduct, user } = facts;
  return [name, clientProduct, user].map((part) => cut(part ?? '')).join('/');
}

/** `RabbitMQ`, or whatever the server calls itself; `the server` while it has not. */
export function serverName({ facts }: Pick<TrackedConnection, 'facts'>): string {
  if (facts.serverProduct === undefined) return 'the server';
  // The broker within is none that one knows by its name.
  return facts.serverProduct === 'amqp-spy' ? 'the broker' : cut(facts.serverProduct);
}

/** The text with a capital at its beginning. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `channel 1 of 'invoices' (pika)` */
export function channelName(channel: Channel): string {
  return `channel ${channel.number} of ${clientName(channel.connection)}`;
}

/** `(record 17)`, or nothing if it was not seen. With a space before. */
export function at(record: number): string {
  return record > 0 ? ` (record ${record})` : '';
}

/** A length of time in µs: `350 µs`, `12 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min`. */
export function span(micros: number): string {
  const whole = Math.max(0, Math.round(micros));
  if (whole < 1000) return `${whole} µs`;
  if (whole < 1_000_000) return `${Math.round(whole / 1000)} ms`;
  const seconds = whole / 1_000_000;
  if (seconds < 60) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 3600) return twoUnits(Math.round(seconds), 60, 'min', 's');
  return twoUnits(Math.round(seconds / 60), 60, 'h', 'min');
}

function twoUnits(count: number, size: number, large: string, small: string): string {
  const rest = count % size;
  const first = `${Math.floor(count / size)} ${large}`;
  return rest === 0 ? first : `${first} ${rest} ${small}`;
}

/** `exchange 'orders' with routing key 'eu'`; the default exchange has no name. */
export function placeName(exchange: string | undefined, routingKey: string): string {
  const where = exchange ? `exchange ${quoted(exchange)}` : 'the default exchange';
  return `${where} with routing key ${quoted(routingKey)}`;
}

/** `a`, `a and b`, `a, b and c` */
export function listed(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** An argument's value: `'quorum'`, `10`, `true`. */
export function valueText(field: FieldValue | undefined): string {
  if (field === undefined) return 'none';
  if (field.type === 'S') return quoted(field.value);
  return cut(plainText(field), LONGEST_VALUE);
}

function plainText(field: FieldValue): string {
  switch (field.type) {
    case 'x':
      return `${field.value.length} bytes`;
    case 'A':
      return `[${field.value.slice(0, 10).map(valueText).join(', ')}]`;
    case 'F':
      return tableText(field.value);
    case 'D':
      return String(field.value / 10 ** field.scale);
    default:
      return String(field.value);
  }
}

function tableText(table: FieldTable): string {
  const entries = table.slice(0, 10).map(([name, value]) => `${cut(name)}: ${valueText(value)}`);
  return `{${entries.join(', ')}}`;
}
