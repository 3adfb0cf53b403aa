// A track: the runs of one level of one queue, by position. Finds where a message is stored, mostly at the first look,
// since queues are emptied in order.
// Invariant: runs do not overlap, and ascend; those with no message left are swept out before they become the half.

import { AmqpSpyError } from '../../errors.ts';
import type { Batch } from './batch.ts';
import { RUN_SPAN, Run } from './run.ts';

/** Fewer dead runs than this are not worth a sweep. */
const FEW = 32;

export class Track {
  readonly queue: number;
  readonly level: number;
  #runs: Run[] = [];
  #dead = 0;
  /** Where the last find ended. */
  #hint = 0;
  /** The deletion that the next one may extend; the journal's. */
  openDeletion: Deletion | undefined;

  constructor(queue: number, level: number) {
    this.queue = queue;
    this.level = level;
  }

  get runs(): readonly Run[] {
    return this.#runs;
  }

  add(position: number, batch: Batch): void {
    const runs = this.#runs;
    const last = runs[runs.length - 1];
    if (last !== undefined) {
      if (position <= last.last) throw positionShrank(this, position, last.last);
      if (last.batch === batch && position - last.first < RUN_SPAN) {
        if (last.live === 0) this.#dead--;
        last.add(position);
        return;
      }
    }
    runs.push(new Run(batch, position));
  }

  /** The run that holds this living message. */
  find(position: number): Run | undefined {
    const runs = this.#runs;
    let run = runs[this.#hint];
    if (run?.has(position)) return run;
    run = runs[this.#hint + 1];
    if (run?.has(position)) {
      this.#hint++;
      return run;
    }
    let low = 0;
    let high = runs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (runs[middle]!.first <= position) low = middle;
      else high = middle - 1;
    }
    this.#hint = low;
    run = runs[low];
    return run?.has(position) ? run : undefined;
  }

  /** Takes a message out of its run. */
  delete(run: Run, position: number): void {
    run.delete(position);
    if (run.live > 0) return;
    this.#dead++;
    if (this.#dead < FEW || this.#dead * 2 < this.#runs.length) return;
    this.#runs = this.#runs.filter((other) => other.live > 0);
    this.#dead = 0;
    this.#hint = 0;
  }

  /** Makes neighbours that now stand in one batch one run, so that a quiet queue has few. */
  join(): void {
    const joined: Run[] = [];
    let previous: Run | undefined;
    for (const run of this.#runs) {
      if (run.live === 0) continue;
      if (previous?.batch === run.batch && run.last - previous.first < RUN_SPAN) {
        for (let position = run.first; position <= run.last; position++) {
          if (run.has(position)) previous.add(position);
        }
      } else {
        joined.push(run);
        previous = run;
      }
    }
    this.#runs = joined;
    this.#dead = 0;
    this.#hint = 0;
  }
}

/** Messages that were deleted since the last commit: all of a track in `[first, last]`, which were stored in `target`. */
export class Deletion {
  readonly track: Track;
  readonly target: Batch;
  readonly first: number;
  last: number;

  constructor(track: Track, target: Batch, first: number, last: number) {
    this.track = track;
    this.target = target;
    this.first = first;
    this.last = last;
  }
}

function positionShrank(track: Track, position: number, last: number): AmqpSpyError {
  return new AmqpSpyError(
    'ERR_INTERNAL',
    `queue ${track.queue} level ${track.level}: position ${position} after ${last}; positions only grow`,
  );
}
