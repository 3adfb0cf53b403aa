// A reader of the frame log, moving at its own pace from record to record. Counterpart of frame-log.ts.
// It shows one record at a time, in place: what it shows is valid until the log is written to again.
// Invariant: a reader that the ring has overrun is told exactly how many records it missed.

import { type Direction, FRAME_METHOD, FRAME_OVERHEAD, FRAME_PREFIX_SIZE } from '../protocol/frame.ts';
import { frameSize } from '../protocol/frame-splitter.ts';
import { type Method, methodById } from '../protocol/method-table.ts';
import type { RecordStore } from './record-store.ts';
import {
  directionOf,
  isCut,
  isWithheld,
  KIND_FRAMES,
  type Kind,
  kindOf,
  ORIGINS,
  type Origin,
  originOf,
} from './runs.ts';

export class Cursor {
  /** Id of the current record. */
  id: number;
  /** µs since the Unix epoch. */
  time = 0;
  connection = 0;
  kind: Kind = KIND_FRAMES;
  /** The record's bytes are `bytes[start, end)`. */
  readonly bytes: Uint8Array;
  start = 0;
  end = 0;

  readonly #log: RecordStore;
  #flags = 0;
  #missed = 0;
  /** The run being read, and how many of its records are left after the current one. */
  #run: number;
  #left = 0;
  #runEnd = 0;

  /** Starts before the record `from`; by default, before the next that will be written. */
  constructor(log: RecordStore, from: number = log.nextId) {
    this.#log = log;
    this.bytes = log.arena.bytes;
    this.id = log.nextId - 1;
    this.#run = log.runs.next;
    if (from < log.nextId) this.seek(from);
  }

  /** Moves before the record `from`, or before the oldest, if that one is gone. */
  seek(from: number): void {
    const log = this.#log;
    const { runs } = log;
    let low = log.oldestRun;
    let high = runs.next;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const row = middle % runs.capacity;
      if (runs.firstId[row]! + runs.count[row]! <= from) low = middle + 1;
      else high = middle;
    }
    this.#run = low;
    this.#left = 0;
    this.#missed = 0;
    this.id = low === runs.next ? log.nextId - 1 : runs.firstId[low % runs.capacity]! - 1;
    while (this.id < from - 1 && this.next());
    this.#missed = 0;
  }

  /** Records written but not read yet. */
  get lag(): number {
    return this.#log.nextId - 1 - this.id;
  }

  /** Bytes of the ring that lie between this reader and the newest record. */
  get lagBytes(): number {
    const { arena, runs } = this.#log;
    const run = this.#left > 0 ? this.#run - 1 : this.#run;
    return run >= runs.next ? 0 : arena.head - runs.position[run % runs.capacity]!;
  }

  /** How many records were missed since last asked. */
  takeMissed(): number {
    const missed = this.#missed;
    this.#missed = 0;
    return missed;
  }

  /** Moves to the next record; false if there is none yet. */
  next(): boolean {
    if (this.#left > 0 && this.#isCurrentRunLive()) {
      this.#left--;
      this.id++;
      this.start = this.end;
      this.end += frameSize(this.bytes, this.start);
      return true;
    }
    return this.#enterRun(false);
  }

  /**
   * Moves to the next run as one piece: `bytes[start, end)` are all its records' bytes, side by side, `id` is that of the
   * last. For readers of bytes, not of frames; not to be mixed with `next`.
   */
  nextRun(): boolean {
    return this.#enterRun(true);
  }

  #isCurrentRunLive(): boolean {
    const { arena, runs } = this.#log;
    const run = this.#run - 1;
    return run >= runs.next - runs.capacity && arena.isLive(runs.position[run % runs.capacity]!);
  }

  #enterRun(whole: boolean): boolean {
    const log = this.#log;
    const { arena, runs } = log;
    if (this.#run < log.oldestRun) this.#run = log.oldestRun;
    while (this.#run < runs.next && !arena.isLive(runs.position[this.#run % runs.capacity]!)) this.#run++;
    const found = this.#run < runs.next;
    const row = this.#run % runs.capacity;
    const firstId = found ? runs.firstId[row]! : log.nextId;
    this.#missed += firstId - 1 - this.id;
    this.id = firstId - 1;
    this.#left = 0;
    if (!found) return false;
    this.#run++;
    this.time = runs.time[row]!;
    this.connection = runs.connection[row]!;
    this.#flags = runs.flags[row]!;
    this.kind = kindOf(this.#flags);
    this.start = arena.memoryAt(runs.position[row]!);
    this.#runEnd = this.start + runs.size[row]!;
    const count = runs.count[row]!;
    if (whole || count === 1) {
      this.id += count;
      this.end = this.#runEnd;
    } else {
      this.id++;
      this.#left = count - 1;
      this.end = this.start + frameSize(this.bytes, this.start);
    }
    return true;
  }

  get direction(): Direction {
    return directionOf(this.#flags);
  }

  get origin(): Origin {
    return ORIGINS[originOf(this.#flags)]!;
  }

  /** Only the record's first bytes were kept. */
  get cut(): boolean {
    return isCut(this.#flags);
  }

  /** The bytes may have held secrets and were blanked out. */
  get withheld(): boolean {
    return isWithheld(this.#flags);
  }

  /** Bytes of the record on the wire. */
  get size(): number {
    return this.cut && this.kind === KIND_FRAMES ? frameSize(this.bytes, this.start) : this.end - this.start;
  }

  // What follows is for frames.

  get frameType(): number {
    return this.bytes[this.start]!;
  }

  get channel(): number {
    return (this.bytes[this.start + 1]! << 8) | this.bytes[this.start + 2]!;
  }

  get payloadStart(): number {
    return this.start + FRAME_PREFIX_SIZE;
  }

  /** End of the payload, as far as it was kept. */
  get payloadEnd(): number {
    return this.cut ? this.end : this.end - 1;
  }

  /** Bytes of the payload on the wire: more than were kept if the frame is cut. */
  get payloadSize(): number {
    return this.size - FRAME_OVERHEAD;
  }

  /** The method of a method frame, if it is a known one. */
  get method(): Method | undefined {
    if (this.frameType !== FRAME_METHOD || this.payloadEnd - this.payloadStart < 4) return undefined;
    const at = this.payloadStart;
    const { bytes } = this;
    return methodById((bytes[at]! << 8) | bytes[at + 1]!, (bytes[at + 2]! << 8) | bytes[at + 3]!);
  }
}
