// Short connections of one program, one after the other: how many of a kind ended lately. Connections that a program has at
// the same time, as a pool has them, count as one.
// For the findings about connections that are opened too often. Invariant: bounded.

import type { TrackedConnection } from '../tracked-connection.ts';
import { clientKey, clientName, cut } from './wording.ts';

/** Programs that are watched. */
const MOST = 1000;

interface Row {
  /** When each was opened (µs), and the record of its beginning. */
  readonly opened: { readonly time: number; readonly record: number }[];
  /** When the last of them was closed, in µs. */
  closed: number;
}

export class RecentConnections {
  readonly #rows = new Map<string, Row>();
  readonly #many: number;

  /** Remembers the last `many` of each program. */
  constructor(many: number) {
    this.#many = many;
  }

  /**
   * Adds one that has ended at `time` (µs); the last `many` ones of that program, each opened after the one before was
   * closed, once there are so many, oldest first.
   */
  add(program: string, { openedAt, record, closing }: TrackedConnection, time: number) {
    const row = this.#rows.get(program) ?? { opened: [], closed: 0 };
    if (openedAt < row.closed) return undefined;
    if (this.#rows.size >= MOST) this.#rows.clear();
    this.#rows.set(program, row);
    row.closed = closing?.time ?? time;
    row.opened.push({ time: openedAt, record });
    if (row.opened.length > this.#many) row.opened.shift();
    return row.opened.length === this.#many ? row.opened : undefined;
  }
}

/** One program on one host, as far as its connections tell. */
export function programOf(connection: TrackedConnection): string {
  return `${clientKey(connection)} ${connection.facts.client.address}`;
}

/** What that program is called: `'invoices' (pika)`, or `A program without a name on 10.0.0.7 (pika)`. */
export function programName(connection: TrackedConnection): string {
  const { name, client, clientProduct } = connection.facts;
  if (name) return clientName(connection);
  return `A program without a name on ${client.address}${clientProduct ? ` (${cut(clientProduct)})` : ''}`;
}
