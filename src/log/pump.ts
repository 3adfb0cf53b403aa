// Moves a reader of the log along without getting in the way of the traffic: in short slices that take a share of the
// time, a small one while the traffic is heavy, all of it when the traffic pauses. What it cannot keep up with waits in
// the ring.
// Invariant: a slice is short; between slices the traffic goes first, however many pumps there are.

import { performance } from 'node:perf_hooks';
import type { Cursor } from './cursor.ts';
import type { RecordStore } from './record-store.ts';

/** Longest slice in ms: what one chunk of traffic may have to wait for a reader. */
const SLICE_MS = 0.1;
/** Records, and bytes of them, between looks at the clock. */
const RECORDS_PER_LOOK = 8;
const BYTES_PER_LOOK = 16 << 10;
/** Share of the time that one pump may take while the traffic is heavy, and that all of them together may. */
const BUSY_SHARE = 0.005;
const ALL_BUSY_SHARE = 0.02;
/** Share for all of them together while it is light: more would slow the traffic down, and so make it look light. */
const LIGHT_SHARE = 0.1;
/** Part of its time that the program may spend on other things than pumps for the traffic to count as light. */
const LIGHT_BELOW = 0.04;
/** ms over which that is looked at. */
const LOOK_BACK_MS = 20;

/** Why reading stopped: the slice is over, the receiver is full, or there is nothing more yet. */
export type PumpState = 'more' | 'full' | 'end';

export interface PumpOptions {
  /** Read whole runs instead of records (Cursor.nextRun). */
  readonly runs?: true;
  /** Share of the time that this reader may take while there is traffic; by default a small one. */
  readonly busyShare?: number;
  /** ms to let records gather before reading: fewer, larger deliveries. */
  readonly gatherMs: number;
  /** Takes the cursor's current record; returns false when its receiver is full, then `resume` starts it again. */
  readonly read: (cursor: Cursor) => boolean;
  /** A slice is over: what was gathered can be sent. */
  readonly flush?: (state: PumpState) => void;
  /** Records were lost to the ring. */
  readonly missed: (count: number) => void;
}

export class Pump {
  /** Pumps of this process that have more to read than their last slice could take; they share one thread. */
  static #behind = 0;
  /** ms that pumps have taken so far. */
  static #pumpedMs = 0;

  readonly #log: RecordStore;
  readonly #cursor: Cursor;
  readonly #options: PumpOptions;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #state: PumpState = 'full';
  #stopped = false;
  #utilization = performance.eventLoopUtilization();
  #pumpedBefore = Pump.#pumpedMs;
  #light = true;
  #nextIdBefore = 0;
  /** While there is traffic: not to be run again before this moment, in ms. */
  #notBefore = 0;

  constructor(log: RecordStore, cursor: Cursor, options: PumpOptions) {
    this.#log = log;
    this.#cursor = cursor;
    this.#options = options;
    this.#schedule();
  }

  /** Reads on after `read` returned false. */
  resume(): void {
    if (this.#state === 'full' && !this.#timer && !this.#immediate) this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#enter('end');
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#log.forget(this.#onWritten);
  }

  /** Reads all there is and its receiver takes, now; for the end of the program. */
  drain(): void {
    let state: PumpState = 'more';
    while (!this.#stopped && state === 'more') state = this.#readSome();
    this.#options.flush?.(state);
  }

  #schedule(): void {
    if (this.#stopped) return;
    const pause = this.#notBefore - performance.now();
    if (pause > 0) this.#wait(pause);
    // Not unref'd: the event loop does not hurry for an immediate that is.
    else this.#immediate = setImmediate(this.#slice);
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(this.#slice, ms).unref();
  }

  readonly #slice = (): void => {
    this.#timer = undefined;
    this.#immediate = undefined;
    const begin = performance.now();
    let state: PumpState = 'more';
    while (state === 'more') {
      state = this.#readSome();
      if (performance.now() - begin >= SLICE_MS) break;
    }
    this.#options.flush?.(state);
    if (this.#stopped) return;
    this.#enter(state);
    const end = performance.now();
    Pump.#pumpedMs += end - begin;
    this.#notBefore = state === 'end' || this.#hasTrafficPaused() ? 0 : end + (end - begin) / this.#share();
    if (state === 'end') this.#log.wake(this.#onWritten);
    else if (state === 'more') this.#schedule();
  };

  #enter(state: PumpState): void {
    if (this.#state === 'more') Pump.#behind--;
    if (state === 'more') Pump.#behind++;
    this.#state = state;
  }

  readonly #onWritten = (): void => {
    if (!this.#stopped) this.#wait(this.#options.gatherMs);
  };

  #readSome(): PumpState {
    const cursor = this.#cursor;
    for (let records = 0, bytes = 0; records < RECORDS_PER_LOOK && bytes < BYTES_PER_LOOK; records++) {
      const found = this.#options.runs ? cursor.nextRun() : cursor.next();
      const missed = cursor.takeMissed();
      if (missed > 0) this.#options.missed(missed);
      if (!found) return 'end';
      bytes += cursor.end - cursor.start;
      if (!this.#options.read(cursor)) return 'full';
    }
    return 'more';
  }

  /** Whether nothing was written since the last slice. */
  #hasTrafficPaused(): boolean {
    const paused = this.#log.nextId === this.#nextIdBefore;
    this.#nextIdBefore = this.#log.nextId;
    return paused;
  }

  #share(): number {
    if (this.#options.busyShare !== undefined) return this.#options.busyShare;
    const behind = Math.max(1, Pump.#behind);
    return this.#isLight() ? LIGHT_SHARE / behind : Math.min(BUSY_SHARE, ALL_BUSY_SHARE / behind);
  }

  /** Whether the program has lately had little to do besides pumps. */
  #isLight(): boolean {
    const now = performance.eventLoopUtilization();
    const { active, idle } = performance.eventLoopUtilization(now, this.#utilization);
    if (active + idle < LOOK_BACK_MS) return this.#light;
    this.#light = (active - (Pump.#pumpedMs - this.#pumpedBefore)) / (active + idle) < LIGHT_BELOW;
    this.#utilization = now;
    this.#pumpedBefore = Pump.#pumpedMs;
    return this.#light;
  }
}
