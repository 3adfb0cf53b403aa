// The path of one direction while faults are armed on it: units are judged one by one and leave through a queue.
// The only place that executes verdicts. Counterpart of faults/engine.ts, which gives them.
// Invariants: order is kept, the end of the stream included; the queue is bounded by pausing the source.

import type { Socket } from 'node:net';
import { assertNever } from '../errors.ts';
import type { FaultEngine } from '../faults/engine.ts';
import { nowMicros } from '../log/clock.ts';
import type { FrameLog } from '../log/frame-log.ts';
import { ORIGINS } from '../log/runs.ts';
import type { Tape } from '../log/tape.ts';
import { FrameSplitter, type UnitKind } from '../protocol/frame-splitter.ts';

/** Bytes that may wait before the source is paused: 100 ms of a gigabit link. */
const QUEUE_LIMIT = 16 << 20;
const WIRE = ORIGINS.indexOf('wire');
const DELAYED = ORIGINS.indexOf('delayed');
const DROPPED = ORIGINS.indexOf('dropped');

/** `bytes` undefined: the end of the stream. `due` in µs since the Unix epoch. */
interface Waiting {
  readonly bytes: Uint8Array | undefined;
  readonly due: number;
}

export class FaultPath {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #log: FrameLog;
  readonly #tape: Tape;
  readonly #engine: FaultEngine;
  readonly #splitter: FrameSplitter;
  #queue: Waiting[] = [];
  #queuedBytes = 0;
  #lastDue = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(source: Socket, sink: Socket, log: FrameLog, tape: Tape, engine: FaultEngine) {
    this.#source = source;
    this.#sink = sink;
    this.#log = log;
    this.#tape = tape;
    this.#engine = engine;
    this.#splitter = new FrameSplitter((kind, bytes) => this.#judge(kind, bytes));
  }

  /** Takes a chunk, valid during the call only; false if no more should come before the source is resumed. */
  push(chunk: Uint8Array): boolean {
    this.#splitter.push(chunk);
    const more = this.#queuedBytes <= QUEUE_LIMIT && !this.#sink.writableNeedDrain;
    if (!more) this.#source.pause();
    return more;
  }

  /** The source sent its last byte; the sink ends after all that waits. */
  end(): void {
    this.#splitter.end();
    this.#enqueue(undefined, Math.max(nowMicros(), this.#lastDue));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#queue = [];
  }

  #judge(kind: UnitKind, bytes: Uint8Array): void {
    const now = nowMicros();
    const verdict = this.#engine.decide(kind, bytes);
    switch (verdict.kind) {
      case 'forward':
        this.#log.append(this.#tape, bytes, now, WIRE);
        return this.#enqueue(bytes, now);
      case 'delay':
        this.#log.append(this.#tape, bytes, now, DELAYED);
        return this.#enqueue(bytes, now + verdict.ms * 1000);
      case 'drop':
        return this.#log.appendFrame(this.#tape, bytes, now, DROPPED);
      default:
        assertNever(verdict);
    }
  }

  #enqueue(bytes: Uint8Array | undefined, due: number): void {
    this.#lastDue = Math.max(this.#lastDue, due);
    this.#queue.push({ bytes: bytes && new Uint8Array(bytes), due: this.#lastDue });
    this.#queuedBytes += bytes?.length ?? 0;
    if (!this.#timer) this.#release();
  }

  /** Sends what is due and sleeps until the next is. */
  readonly #release = (): void => {
    this.#timer = undefined;
    const now = nowMicros();
    let sent = 0;
    this.#sink.cork();
    for (; sent < this.#queue.length && this.#queue[sent]!.due <= now; sent++) this.#send(this.#queue[sent]!);
    this.#sink.uncork();
    this.#queue.splice(0, sent);
    const next = this.#queue[0];
    if (next) this.#timer = setTimeout(this.#release, Math.max(1, Math.ceil((next.due - now) / 1000)));
    if (this.#queuedBytes <= QUEUE_LIMIT && !this.#sink.writableNeedDrain) this.#source.resume();
  };

  #send({ bytes }: Waiting): void {
    if (bytes === undefined) {
      this.#sink.end();
      return;
    }
    this.#queuedBytes -= bytes.length;
    this.#sink.write(bytes);
  }
}
