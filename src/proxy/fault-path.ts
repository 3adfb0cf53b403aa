// The path of one direction while faults are armed on it: units are judged one by one and leave through a queue.
// The only place that executes verdicts. Counterpart of faults/engine.ts, which gives them.
// Invariants: order is kept, the end of the stream included; the queue is bounded by pausing the source.

import { assertNever } from '../errors.ts';
import type { FaultEngine } from '../faults/engine.ts';
import { nowMicros } from '../log/clock.ts';
import type { FrameLog } from '../log/frame-log.ts';
import { ORIGINS } from '../log/runs.ts';
import type { Tape } from '../log/tape.ts';
import { reset } from '../net/reset.ts';
import type { WireSocket } from '../net/wire-socket.ts';
import { FrameSplitter, type UnitKind } from '../protocol/frame-splitter.ts';

/** Bytes that may wait before the source is paused: 100 ms of a gigabit link. */
const QUEUE_LIMIT = 16 << 20;
/** What a waiting unit costs beyond its bytes: small frames must not make the queue much larger than its limit. */
const UNIT_COST = 128;
const WIRE = ORIGINS.indexOf('wire');
const DELAYED = ORIGINS.indexOf('delayed');
const DROPPED = ORIGINS.indexOf('dropped');

/** Where the queue gets the time from. */
export interface FaultClock {
  /** µs since the Unix epoch. */
  now(): number;
  /** Calls back after `ms`; returns what calls it off. */
  after(ms: number, callback: () => void): () => void;
}

const SYSTEM_CLOCK: FaultClock = {
  now: nowMicros,
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** `due` in µs since the Unix epoch. */
interface Waiting {
  readonly what: Uint8Array | 'end' | 'loss';
  readonly due: number;
}

export class FaultPath {
  readonly #source: WireSocket;
  readonly #sink: WireSocket;
  readonly #log: FrameLog;
  readonly #tape: Tape;
  readonly #engine: FaultEngine;
  readonly #clock: FaultClock;
  readonly #splitter: FrameSplitter;
  #queue: Waiting[] = [];
  /** Of the queue's bytes and units. */
  #cost = 0;
  #lastDue = 0;
  #cancel: (() => void) | undefined;

  constructor(
    source: WireSocket,
    sink: WireSocket,
    log: FrameLog,
    tape: Tape,
    engine: FaultEngine,
    clock: FaultClock = SYSTEM_CLOCK,
  ) {
    this.#source = source;
    this.#sink = sink;
    this.#log = log;
    this.#tape = tape;
    this.#engine = engine;
    this.#clock = clock;
    this.#splitter = new FrameSplitter((kind, bytes) => this.#judge(kind, bytes));
  }

  /** Takes a chunk, valid during the call only; false if no more should come before the source is resumed. */
  push(chunk: Uint8Array): boolean {
    this.#splitter.push(chunk);
    if (!this.#cancel) this.#release();
    const more = this.#hasRoom;
    if (!more) this.#source.pause();
    return more;
  }

  /** The source sent its last byte; the sink ends after all that waits. */
  end(): void {
    this.#splitter.end();
    this.#finish('end');
  }

  /** The source is lost; the sink is reset after all that waits. */
  lose(): void {
    this.#finish('loss');
  }

  /** The sink has written all it was given. */
  drained(): void {
    if (this.#hasRoom) this.#source.resume();
  }

  /** Sends all that waits at once, and ends the sink. */
  close(): void {
    this.#splitter.end();
    this.#enqueue('end', 0);
    this.#release(Number.POSITIVE_INFINITY);
  }

  stop(): void {
    this.#cancel?.();
    this.#queue = [];
  }

  get #hasRoom(): boolean {
    return this.#cost <= QUEUE_LIMIT && !this.#sink.writableNeedDrain;
  }

  #judge(kind: UnitKind, bytes: Uint8Array): void {
    const now = this.#clock.now();
    const verdict = this.#engine.decide(kind, bytes);
    switch (verdict.kind) {
      case 'forward':
        this.#log.append(this.#tape, bytes, now, WIRE);
        return this.#enqueue(new Uint8Array(bytes), now);
      case 'delay':
        this.#log.append(this.#tape, bytes, now, DELAYED);
        return this.#enqueue(new Uint8Array(bytes), now + verdict.ms * 1000);
      case 'drop':
        return this.#log.appendFrame(this.#tape, bytes, now, DROPPED);
      default:
        assertNever(verdict);
    }
  }

  #finish(how: 'end' | 'loss'): void {
    this.#enqueue(how, this.#clock.now());
    if (!this.#cancel) this.#release();
  }

  /** Never before what was enqueued before it. */
  #enqueue(what: Waiting['what'], due: number): void {
    this.#lastDue = Math.max(this.#lastDue, due);
    this.#queue.push({ what, due: this.#lastDue });
    this.#cost += cost(what);
  }

  /** Sends what is due and sleeps until the next is. */
  #release(now = this.#clock.now()): void {
    let sent = 0;
    this.#sink.cork();
    for (; sent < this.#queue.length && this.#queue[sent]!.due <= now; sent++) this.#send(this.#queue[sent]!.what);
    this.#sink.uncork();
    this.#queue.splice(0, sent);
    this.#cancel?.();
    this.#cancel = undefined;
    const next = this.#queue[0];
    if (next) this.#cancel = this.#clock.after(Math.max(1, Math.ceil((next.due - now) / 1000)), this.#wake);
    if (sent > 0) this.drained();
  }

  readonly #wake = (): void => this.#release();

  #send(what: Waiting['what']): void {
    this.#cost -= cost(what);
    if (what === 'end') this.#sink.end();
    else if (what === 'loss') this.#reset();
    else this.#sink.write(what);
  }

  #reset(): void {
    this.#sink.uncork();
    reset(this.#sink);
  }
}

function cost(what: Waiting['what']): number {
  return UNIT_COST + (typeof what === 'string' ? 0 : what.length);
}
