// Short connections of one program, one after the other: how many of a kind ended lately.
// For the findings about connections that are opened too often. Invariant: bounded.

import type { TrackedConnection } from '../tracked-connection.ts';
import { clientKey } from './wording.ts';

/** Programs that are watched. */
const MOST = 1000;

export class RecentConnections {
  /** When those of a program were opened (µs), and the records of their beginnings. */
  readonly #opened = new Map<string, { readonly time: number; readonly record: number }[]>();
  readonly #many: number;

  /** Remembers the last `many` of each program. */
  constructor(many: number) {
    this.#many = many;
  }

  /** Adds one that has ended; the last `many` ones of that program, once there are so many, oldest first. */
  add(program: string, { openedAt: time, record }: TrackedConnection) {
    const list = this.#opened.get(program) ?? [];
    if (this.#opened.size >= MOST) this.#opened.clear();
    this.#opened.set(program, list);
    list.push({ time, record });
    if (list.length > this.#many) list.shift();
    return list.length === this.#many ? list : undefined;
  }
}

/** One program on one host, as far as its connections tell. */
export function programOf(connection: TrackedConnection): string {
  return `${clientKey(connection)} ${connection.facts.client.address}`;
}
