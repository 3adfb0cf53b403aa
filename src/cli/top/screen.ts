// The terminal as a whole screen: alternate buffer, no cursor, keys one by one. Counterpart: keys.ts, which names them.
// Invariants: on every way out that a program can take (end, signals, uncaught exceptions, suspension) the terminal is
// as it was before; a terminal that takes nothing more stops nobody: what it misses is drawn when it takes again.

import type { EventEmitter } from 'node:events';
import { writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { type Key, KeyDecoder } from './keys.ts';

/** Alternate buffer with the cursor saved (1049), no cursor (25), no wrapping at the right edge (7). */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[0m\x1b[2J';
/** Cleared first, for terminals without an alternate buffer. */
const LEAVE = '\x1b[0m\x1b[2J\x1b[H\x1b[?7h\x1b[?25h\x1b[?1049l';
/** Ends an escape sequence that was cut off. */
const CANCEL = '\x18';
/** ms within which the rest of an escape sequence comes, even over slow lines. */
const ESCAPE_MS = 60;
/** A terminal that does not tell its size. */
const COLUMNS = 80;
const ROWS = 24;

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
export type EndingSignal = (typeof ENDING)[number];

interface BlockingHandle {
  setBlocking?(blocking: boolean): void;
}

/** What is used of Node's process. */
export type Host = EventEmitter & Pick<NodeJS.Process, 'stdin' | 'stdout' | 'pid' | 'platform' | 'kill'>;

export interface ScreenEvents {
  keys(keys: readonly Key[]): void;
  /** The size changed, or what is on the screen was lost. */
  redraw(): void;
  /** A signal to end; SIGHUP also when the terminal went away without one. */
  end(signal: EndingSignal): void;
}

export class Screen {
  readonly #host: Host;
  readonly #events: ScreenEvents;
  readonly #decoder = new KeyDecoder();
  readonly #utf8 = new StringDecoder('utf8');
  #listeners: (() => void)[] = [];
  #escapeTimer: NodeJS.Timeout | undefined;
  #entered = false;
  /** The lines as they are on the screen. */
  #drawn: readonly string[] = [];

  constructor(host: Host, events: ScreenEvents) {
    this.#host = host;
    this.#events = events;
  }

  get columns(): number {
    return this.#host.stdout.columns || COLUMNS;
  }

  get rows(): number {
    return this.#host.stdout.rows || ROWS;
  }

  /** Takes the terminal. */
  open(): void {
    const { stdin, stdout, platform } = this.#host;
    // Node writes to terminals synchronously: one that stands still would stop the whole program.
    (stdout as { _handle?: BlockingHandle })._handle?.setBlocking?.(false);
    for (const signal of ENDING) this.#listen(this.#host, signal, () => this.#events.end(signal));
    this.#listen(this.#host, 'exit', () => this.#leave());
    this.#listen(this.#host, 'uncaughtExceptionMonitor', () => this.#leave());
    if (platform !== 'win32') {
      this.#listen(this.#host, 'SIGTSTP', this.#stopped);
      this.#listen(this.#host, 'SIGCONT', () => this.#resume());
    }
    this.#listen(stdin, 'data', (bytes: Buffer) => this.#read(this.#utf8.write(bytes)));
    for (const event of ['end', 'close', 'error']) this.#listen(stdin, event, () => this.#events.end('SIGHUP'));
    for (const event of ['close', 'error']) this.#listen(stdout, event, () => this.#events.end('SIGHUP'));
    this.#listen(stdout, 'resize', () => this.#invalidate());
    this.#listen(stdout, 'drain', () => this.#events.redraw());
    this.#enter();
    stdin.resume();
  }

  /** Gives the terminal back. */
  close(): void {
    clearTimeout(this.#escapeTimer);
    this.#leave();
    for (const stop of this.#listeners) stop();
    this.#listeners = [];
    this.#host.stdin.pause();
  }

  /** Shows these lines, each no wider than the screen, in one write of what has changed. */
  draw(lines: readonly string[]): void {
    const { stdout } = this.#host;
    if (!this.#entered || stdout.writableNeedDrain) return;
    let changes = '';
    for (let row = 0; row < this.rows; row++) {
      const line = lines[row] ?? '';
      if (line !== (this.#drawn[row] ?? '')) changes += `\x1b[${row + 1};1H${line}\x1b[0m\x1b[K`;
    }
    this.#drawn = lines.slice(0, this.rows);
    if (changes !== '') stdout.write(changes);
  }

  /** Clears the screen and has everything drawn anew. */
  refresh(): void {
    this.#invalidate();
  }

  /** Gives the terminal back and stops, with all of the shell's job; comes back with SIGCONT. */
  suspend(): void {
    if (this.#host.platform !== 'win32') this.#stop(0);
  }

  readonly #stopped = (): void => this.#stop(this.#host.pid);

  #stop(pid: number): void {
    this.#leave();
    // Without a listener the signal does what it does by default. Nothing happens where no shell could bring it back.
    this.#host.off('SIGTSTP', this.#stopped);
    this.#host.kill(pid, 'SIGTSTP');
    this.#host.on('SIGTSTP', this.#stopped);
    this.#resume();
  }

  /** Takes the terminal again, whatever the shell did to it meanwhile. */
  #resume(): void {
    this.#host.stdin.setRawMode(false);
    this.#enter();
    this.#invalidate();
  }

  #enter(): void {
    this.#entered = true;
    this.#host.stdin.setRawMode(true);
    this.#host.stdout.write(ENTER);
    this.#drawn = [];
  }

  #leave(): void {
    if (!this.#entered) return;
    this.#entered = false;
    const { stdin, stdout } = this.#host;
    if (!stdout.writableLength) stdout.write(LEAVE);
    else writeNow(stdout.fd, CANCEL + LEAVE);
    stdin.setRawMode(false);
  }

  #invalidate(): void {
    if (!this.#entered) return;
    this.#host.stdout.write('\x1b[2J');
    this.#drawn = [];
    this.#events.redraw();
  }

  #read(text: string): void {
    clearTimeout(this.#escapeTimer);
    this.#press(this.#decoder.decode(text));
    if (this.#decoder.waiting) this.#escapeTimer = setTimeout(() => this.#press(this.#decoder.timeout()), ESCAPE_MS);
  }

  #press(keys: readonly Key[]): void {
    if (keys.length > 0) this.#events.keys(keys);
  }

  #listen(source: EventEmitter, event: string, listener: Parameters<EventEmitter['on']>[1]): void {
    source.on(event, listener);
    this.#listeners.push(() => source.off(event, listener));
  }
}

/** Past what the stream still holds back: the program ends, or stops, before that could be written. */
function writeNow(fd: number, text: string): void {
  try {
    writeSync(fd, text);
  } catch {
    // The terminal takes nothing, or is gone.
  }
}
