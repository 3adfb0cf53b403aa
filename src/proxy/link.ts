// One direction of one proxied connection: what the source sends goes to the sink at once, and then into the log.
// With a fault armed, the bytes take the other path: through a splitter, the faults' verdicts, and a queue.
// Invariants: bytes keep their order; the source is paused while the sink is full; a half-close is passed on as one.

import type { FaultEngine } from '../faults/engine.ts';
import { nowMicros } from '../log/clock.ts';
import type { FrameLog } from '../log/frame-log.ts';
import type { Tape } from '../log/tape.ts';
import type { Intake } from '../net/intake.ts';
import { reset } from '../net/reset.ts';
import type { WireSocket } from '../net/wire-socket.ts';
import { FaultPath } from './fault-path.ts';
import { Slab } from './slab.ts';

/** Shared by all links: each leaves it as it found it, or moves it on. */
const slab = new Slab();

/** A socket, and how it is read: through an intake, or as a stream (TLS). */
export interface Leg {
  readonly socket: WireSocket;
  readonly intake?: Intake;
}

export class Link {
  readonly tape: Tape;
  /** The source has ended in order, or is expected to. */
  ended = false;
  /** Called when it does. */
  onEnd: (() => void) | undefined;
  readonly #source: Leg;
  readonly #sink: WireSocket;
  readonly #log: FrameLog;
  readonly #faults: FaultPath | undefined;

  constructor(source: Leg, sink: WireSocket, log: FrameLog, tape: Tape, engine?: FaultEngine) {
    this.#source = source;
    this.#sink = sink;
    this.#log = log;
    this.tape = tape;
    this.#faults = engine && new FaultPath(source.socket, sink, log, tape, engine);
  }

  /** Lets the bytes flow. */
  start(): void {
    const { socket, intake } = this.#source;
    if (intake) intake.open(this.#faults ? this.#takeFaulted : this.#take);
    else socket.on('data', this.#faults ? (chunk) => this.#faults!.push(chunk) : this.#forward);
    // A TLS client may have said all it had to say, nothing, before there was a link.
    if (socket.readableEnded) this.#end();
    else socket.once('end', this.#end);
    this.#sink.on('drain', this.#faults ? () => this.#faults!.drained() : () => socket.resume());
    socket.resume();
  }

  /** The source is lost: the sink's peer sees a reset, after all that still waits. */
  lose(): void {
    if (this.#faults) this.#faults.lose();
    else reset(this.#sink);
  }

  /** The spy goes: what was taken is sent, then the sink ends; what still comes goes nowhere. */
  close(): void {
    const { socket, intake } = this.#source;
    if (intake) intake.open(() => true);
    else socket.removeAllListeners('data').on('data', () => {});
    socket.off('end', this.#end).resume();
    this.ended = true;
    if (this.#faults) this.#faults.close();
    else this.#sink.end();
  }

  /** No more will come: what is unfinished in the log is given up. */
  stop(): void {
    this.#faults?.stop();
    this.#log.end(this.tape, nowMicros());
  }

  readonly #take = (buffer: Buffer, size: number): boolean => {
    const chunk = slab.copy(buffer, size);
    const more = this.#sink.write(chunk);
    if (this.#sink.writableLength > 0) slab.keep(size);
    this.#log.append(this.tape, chunk, nowMicros());
    return more;
  };

  readonly #takeFaulted = (buffer: Buffer, size: number): boolean => {
    return this.#faults!.push(buffer.subarray(0, size));
  };

  readonly #forward = (chunk: Buffer): void => {
    if (!this.#sink.write(chunk)) this.#source.socket.pause();
    this.#log.append(this.tape, chunk, nowMicros());
  };

  readonly #end = (): void => {
    this.ended = true;
    this.onEnd?.();
    if (this.#faults) this.#faults.end();
    else this.#sink.end();
  };
}
