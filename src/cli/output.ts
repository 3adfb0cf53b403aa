// Where a face writes to: gathers lines and bytes, hands them to the stream in large pieces, and says when that is full.
// Invariant: what waits in memory is bounded by those who ask `full` before they write on; a reader that goes away
// (EPIPE, as with `| head`) is no error: what is written then goes nowhere.

import type { Writable } from 'node:stream';
import { AmqpSpyError } from '../errors.ts';

/** Pieces handed to the stream; a pipe takes 64 KiB at once. */
const PIECE = 64 << 10;

/** The part of Node's own handle that decides whether writing to a terminal waits for it. */
interface BlockingHandle {
  setBlocking?(blocking: boolean): void;
}

export class Output {
  readonly stream: Writable & { readonly isTTY?: boolean; readonly columns?: number | undefined };
  /** Called when the stream takes more again. */
  onDrain: (() => void) | undefined;
  /** Called once when nobody reads any more, or the stream broke. */
  onClosed: (() => void) | undefined;
  #text = '';
  #full = false;
  #closed = false;
  #failure: AmqpSpyError | undefined;
  #waiting: (() => void)[] = [];

  constructor(stream: Writable) {
    this.stream = stream;
    // Node writes to terminals synchronously: a terminal that was stopped (Ctrl-S) would stop the whole program.
    (stream as { _handle?: BlockingHandle })._handle?.setBlocking?.(false);
    stream.on('drain', () => this.#drained());
    stream.on('error', (error: NodeJS.ErrnoException) => this.#close(error));
  }

  /** The stream has enough for now; `onDrain` or `drained()` tell when it takes more. */
  get full(): boolean {
    return this.#full;
  }

  /** Nobody reads what is written. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Why writing failed, other than that the reader went away. */
  get failure(): AmqpSpyError | undefined {
    return this.#failure;
  }

  /** Columns that lines may take; Infinity where it is no terminal. */
  get columns(): number {
    const { isTTY, columns } = this.stream;
    return isTTY && columns ? columns : Number.POSITIVE_INFINITY;
  }

  /** Writes text as one line. */
  line(text: string): void {
    this.text(`${text}\n`);
  }

  /** Writes text that has its line breaks. */
  text(text: string): void {
    this.#text += text;
    if (this.#text.length >= PIECE) this.flush();
  }

  /** Writes bytes; they are the stream's from now on. */
  bytes(bytes: Uint8Array): void {
    this.flush();
    this.#write(bytes);
  }

  /** Hands over what was gathered. */
  flush(): void {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.#write(text);
  }

  /** Resolves when the stream takes more, or is gone. */
  drained(): Promise<void> {
    if (!this.#full) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Hands over everything and resolves when the stream has passed it on, or is gone. */
  async finish(): Promise<void> {
    this.flush();
    if (this.#closed) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      this.stream.write('', () => this.#drained());
    });
  }

  #write(piece: string | Uint8Array): void {
    if (this.#closed) return;
    if (!this.stream.write(piece)) this.#full = true;
  }

  #drained(): void {
    this.#full = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
    this.onDrain?.();
  }

  #close(error: NodeJS.ErrnoException): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#text = '';
    if (!isBrokenPipe(error)) {
      this.#failure = new AmqpSpyError('ERR_OUTPUT', `cannot write the output: ${error.message}`, { cause: error });
    }
    this.#drained();
    this.onClosed?.();
  }
}

/** The errors of writing to a pipe whose reader has gone. */
function isBrokenPipe(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE' || error.code === 'ECONNRESET';
}
