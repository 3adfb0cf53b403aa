// Where records lie: bytes in the arena, rows in the runs, and readers that wait for more. Knows nothing of frames.
// frame-log.ts writes, cursor.ts reads; the rest of the program sees neither arena nor rows.

import { Arena } from './arena.ts';
import type { NoteFields } from './note.ts';
import { KIND_NOTE, packFlags, ROW_BYTES, Runs } from './runs.ts';

/** The default bound of the log, in bytes, index included. */
export const DEFAULT_LOG_SIZE = 256 << 20;
/** One typed array holds no more on Node 20. */
export const LARGEST_LOG_SIZE = 4 * 2 ** 30;
/** A smaller log could not hold one frame of RabbitMQ's default frame-max with room to spare. */
export const SMALLEST_LOG_SIZE = 1 << 20;
/** One row for this many bytes of the bound: enough for a lone acknowledgement in every chunk. */
const BYTES_PER_ROW = 256;

const encoder = new TextEncoder();

export class RecordStore {
  readonly arena: Arena;
  readonly runs: Runs;
  /** Id of the next record; the first is 1. */
  nextId = 1;
  /** Called after each write, once the records stand: for the one reader that must not miss any. May write notes. */
  onWritten: (() => void) | undefined;
  #oldestRun = 0;
  #sleepers: (() => void)[] = [];

  constructor(size: number) {
    const rows = Math.ceil(size / BYTES_PER_ROW);
    this.runs = new Runs(rows);
    this.arena = new Arena(size - rows * ROW_BYTES);
  }

  /** Number of the oldest run that may still be whole. */
  get oldestRun(): number {
    const { arena, runs } = this;
    let oldest = Math.max(this.#oldestRun, runs.next - runs.capacity);
    while (oldest < runs.next && !arena.isLive(runs.position[oldest % runs.capacity]!)) oldest++;
    this.#oldestRun = oldest;
    return oldest;
  }

  /** Id of the oldest record that can be read; `nextId` if there is none. */
  get firstId(): number {
    const oldest = this.oldestRun;
    return oldest === this.runs.next ? this.nextId : this.runs.firstId[oldest % this.runs.capacity]!;
  }

  /** Calls back once, when there is something new. */
  wake(sleeper: () => void): void {
    this.#sleepers.push(sleeper);
  }

  /** Takes back what `wake` was given, so that a log where nothing happens does not gather those who went away. */
  forget(sleeper: () => void): void {
    const at = this.#sleepers.indexOf(sleeper);
    if (at >= 0) this.#sleepers.splice(at, 1);
  }

  /** Writes an event about the traffic. `connection` 0: none in particular; `time` in µs since the Unix epoch. */
  note(connection: number, fields: NoteFields, time: number): void {
    const bytes = encoder.encode(JSON.stringify(fields));
    this.arena.put(bytes);
    this.push(connection, packFlags(0, KIND_NOTE, 0, false, false), 1, bytes.length, time);
    this.wakeAll();
  }

  /** Files the `size` bytes at the head of the arena as a run of `count` records, and moves the head behind them. */
  push(connection: number, flags: number, count: number, size: number, time: number): void {
    this.pushAt(this.arena.head, connection, flags, count, size, time);
    this.arena.advance(size);
  }

  /** Files bytes that were written before. */
  pushAt(position: number, connection: number, flags: number, count: number, size: number, time: number): void {
    const { runs } = this;
    const row = runs.next % runs.capacity;
    runs.firstId[row] = this.nextId;
    runs.position[row] = position;
    runs.time[row] = time;
    runs.size[row] = size;
    runs.count[row] = count;
    runs.connection[row] = connection;
    runs.flags[row] = flags;
    runs.next++;
    this.nextId += count;
  }

  /** Wakes all who wait; to be called after each write. */
  wakeAll(): void {
    this.onWritten?.();
    if (this.#sleepers.length === 0) return;
    const sleepers = this.#sleepers;
    this.#sleepers = [];
    for (const sleeper of sleepers) sleeper();
  }
}
