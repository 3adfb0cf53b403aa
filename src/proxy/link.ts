// One direction of one proxied connection: what the source sends goes to the sink at once, and then into the log.
// With a fault armed, the bytes take the other path: through a splitter, the faults' verdicts, and a queue.
// Invariants: bytes keep their order; the source is paused while the sink is full; a half-close is passed on as one.

import type { Socket } from 'node:net';
import type { FaultEngine } from '../faults/engine.ts';
import { nowMicros } from '../log/clock.ts';
import type { FrameLog } from '../log/frame-log.ts';
import type { Tape } from '../log/tape.ts';
import { FaultPath } from './fault-path.ts';

export class Link {
  readonly tape: Tape;
  /** The source has ended and all that it sent has been handed to the sink. */
  ended = false;
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #log: FrameLog;
  readonly #faults: FaultPath | undefined;

  constructor(source: Socket, sink: Socket, log: FrameLog, tape: Tape, engine?: FaultEngine) {
    this.#source = source;
    this.#sink = sink;
    this.#log = log;
    this.tape = tape;
    this.#faults = engine && new FaultPath(source, sink, log, tape, engine);
  }

  /** Lets the bytes flow. */
  start(): void {
    const source = this.#source;
    source.on('data', this.#faults ? this.#pushFaulted : this.#forward);
    source.on('end', this.#end);
    this.#sink.on('drain', () => source.resume());
    source.resume();
  }

  /** No more will come: what is unfinished in the log is given up. */
  stop(): void {
    this.#faults?.stop();
    this.#log.end(this.tape, nowMicros());
  }

  readonly #forward = (chunk: Buffer): void => {
    if (!this.#sink.write(chunk)) this.#source.pause();
    this.#log.append(this.tape, chunk, nowMicros());
  };

  readonly #pushFaulted = (chunk: Buffer): void => {
    this.#faults!.push(chunk);
  };

  readonly #end = (): void => {
    this.ended = true;
    if (this.#faults) this.#faults.end();
    else this.#sink.end();
  };
}
