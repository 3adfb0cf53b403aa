// Stands between a reader of the log and whoever takes its records: lets through what a filter lets pass. Records of a
// command that had to wait for its content come late, together, read anew from the log.
// Invariants: of the records that pass each is handed on once, those of a command in order; one that the log has lost
// meanwhile is told as missed.
//
// What becomes of records that are no part of a command: heartbeats, protocol headers, bytes and notes are judged by
// what they are. `finding` passes findings and the frames that show them, `connection.closed` those notes, `!heartbeat` all
// but heartbeats, `client.product matches "pika"` the notes of such connections too.

import { Cursor } from '../log/cursor.ts';
import type { RecordStore } from '../log/record-store.ts';
import { CommandGate } from './command-gate.ts';
import type { FilterContext } from './context.ts';
import type { Filter } from './filter.ts';

/** Walking over this many records costs no more than looking one up. */
const NEAR = 1000;

export interface RecordReader {
  /** Takes the record that the cursor shows. */
  record(cursor: Cursor): void;
  /** Records were lost. */
  missed(count: number): void;
}

export class FilteredReader implements RecordReader {
  readonly #gate: CommandGate;
  readonly #reader: RecordReader;
  /** Reads again what was held back. */
  readonly #again: Cursor;

  constructor(log: RecordStore, filter: Filter, context: FilterContext, reader: RecordReader) {
    this.#gate = new CommandGate(filter, context, (ids) => this.#handOver(ids));
    this.#reader = reader;
    this.#again = new Cursor(log);
  }

  /** Id of the oldest record that waits for its command to be judged. */
  get oldestHeld(): number | undefined {
    return this.#gate.oldestHeld;
  }

  record(cursor: Cursor): void {
    if (this.#gate.judge(cursor) === 'pass') this.#reader.record(cursor);
  }

  missed(count: number): void {
    this.#gate.missed();
    this.#reader.missed(count);
  }

  /** Nothing more is to come: judges what waits by what came of it. */
  end(): void {
    this.#gate.settle();
  }

  #handOver(ids: readonly number[]): void {
    const cursor = this.#again;
    let lost = 0;
    for (const id of ids) {
      if (cursor.id >= id || cursor.id + NEAR < id) cursor.seek(id);
      while (cursor.id < id && cursor.next());
      if (cursor.id === id) this.#reader.record(cursor);
      else lost++;
    }
    if (lost > 0) this.#reader.missed(lost);
  }
}
