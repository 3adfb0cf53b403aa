// Moves a reader of the log along without getting in the way of the traffic: in short slices, on its own time when the
// program is idle, on a small share of it when it is busy. What it cannot keep up with waits in the ring.
// Invariant: a slice is short; between slices the traffic goes first.

import { performance } from 'node:perf_hooks';
import type { Cursor } from './cursor.ts';
import type { RecordStore } from './record-store.ts';

/** Longest slice in ms: what one chunk of traffic may have to wait for a reader. */
const SLICE_MS = 0.25;
/** Records between looks at the clock. */
const RECORDS_PER_LOOK = 8;
/** Share of the time that one reader may take while the program is busy. */
const BUSY_SHARE = 0.02;
/** Part of its time that the program may spend on traffic and still count as idle. */
const IDLE_BELOW = 0.5;

export interface PumpOptions {
  /** ms to let records gather before reading: fewer, larger deliveries. */
  readonly gatherMs: number;
  /** Takes the cursor's current record; returns false when its receiver is full, then `resume` starts it again. */
  readonly read: (cursor: Cursor) => boolean;
  /** A slice is over: what was gathered can be sent. */
  readonly flush?: () => void;
  /** Records were lost to the ring. */
  readonly missed: (count: number) => void;
}

export class Pump {
  readonly #log: RecordStore;
  readonly #cursor: Cursor;
  readonly #options: PumpOptions;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #waiting = false;
  #utilization = performance.eventLoopUtilization();
  #ownMs = 0;

  constructor(log: RecordStore, cursor: Cursor, options: PumpOptions) {
    this.#log = log;
    this.#cursor = cursor;
    this.#options = options;
    this.#schedule(0);
  }

  /** Reads on after `read` returned false. */
  resume(): void {
    if (!this.#timer && !this.#waiting) this.#schedule(0);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Reads all there is, now; for the end of the program. */
  drain(): void {
    while (!this.#stopped && this.#readSome(RECORDS_PER_LOOK) === 'more');
    this.#options.flush?.();
  }

  #schedule(ms: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#slice();
    }, ms);
    this.#timer.unref();
  }

  #sleep(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#log.wake(() => {
      this.#waiting = false;
      this.#schedule(this.#options.gatherMs);
    });
  }

  #slice(): void {
    const begin = performance.now();
    let state: 'more' | 'full' | 'end' = 'more';
    let now = begin;
    while (state === 'more' && now - begin < SLICE_MS) {
      state = this.#readSome(RECORDS_PER_LOOK);
      now = performance.now();
    }
    this.#options.flush?.();
    const took = performance.now() - begin;
    if (state === 'end') this.#sleep();
    else if (state === 'more') this.#schedule(this.#isBusy(took) ? took / BUSY_SHARE : 0);
  }

  #readSome(count: number): 'more' | 'full' | 'end' {
    const cursor = this.#cursor;
    for (let i = 0; i < count; i++) {
      const found = cursor.next();
      const missed = cursor.takeMissed();
      if (missed > 0) this.#options.missed(missed);
      if (!found) return 'end';
      if (!this.#options.read(cursor)) return 'full';
    }
    return 'more';
  }

  /** Whether the program has been busy with other things than this reader since the last time this was asked. */
  #isBusy(took: number): boolean {
    this.#ownMs += took;
    const now = performance.eventLoopUtilization();
    const { active, idle } = performance.eventLoopUtilization(now, this.#utilization);
    if (active + idle < 1) return true;
    const busy = (active - this.#ownMs) / (active + idle);
    this.#utilization = now;
    this.#ownMs = 0;
    return busy > IDLE_BELOW;
  }
}
