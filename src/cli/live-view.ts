// The live command's window on the traffic: a printer that follows the log at the pace of whoever reads its output.
// Counterpart of read.ts, which waits for its output instead.
// Invariant: a slow, stopped or vanished reader of the output costs frames on the screen (and is told), never traffic or memory.

import type { Writable } from 'node:stream';
import type { AmqpSpyError } from '../errors.ts';
import { Cursor } from '../log/cursor.ts';
import type { FrameLog } from '../log/frame-log.ts';
import { Pump } from '../log/pump.ts';
import type { ConnectionTable } from '../session/connection-table.ts';
import type { Session } from '../session/session.ts';
import { ErrorTally } from './error-tally.ts';
import { Output } from './output.ts';
import { wantsColor } from './palette.ts';
import type { Printer } from './printer.ts';
import { createPrinter, type ViewOptions } from './view-options.ts';

/** Records gather this long before they are shown: fewer, larger writes, and no delay that an eye could see. */
const GATHER_MS = 15;
/** How often errors are looked for; a look costs nothing when there are none. */
const TALLY_MS = 250;
/** At the end, a reader that does not read gets this long. */
const LAST_WAIT_MS = 2000;

export interface LiveViewSources {
  readonly log: FrameLog;
  readonly connections: ConnectionTable;
  /** What the traffic means. */
  readonly session?: Session;
  /** Where frames go: standard output. */
  readonly stream: Writable;
}

export class LiveView {
  /** Called when whoever read the output went away. */
  onClosed: (() => void) | undefined;
  readonly #options: ViewOptions;
  readonly #sources: LiveViewSources;
  readonly #output: Output;
  readonly #printer: Printer;
  readonly #cursor: Cursor;
  readonly #pump: Pump | undefined;
  readonly #tally: ErrorTally;
  readonly #tallying: NodeJS.Timeout;
  #missed = 0;

  private constructor(options: ViewOptions, sources: LiveViewSources, output: Output, printer: Printer) {
    this.#options = options;
    this.#sources = sources;
    this.#output = output;
    this.#printer = printer;
    this.#tally = new ErrorTally(sources.log, sources.session);
    this.#tallying = setInterval(() => this.#tally.check(), TALLY_MS).unref();
    this.#cursor = new Cursor(sources.log, 1);
    if (!options.quiet) this.#pump = this.#startPump();
    output.onDrain = () => this.#pump?.resume();
    output.onClosed = () => this.onClosed?.();
  }

  /** Shows what is in the log and all that comes. */
  static async open(options: ViewOptions, sources: LiveViewSources): Promise<LiveView> {
    const { log, stream } = sources;
    const output = new Output(stream);
    const printer = await createPrinter(options, output, { ...sources, showSecrets: log.showSecrets });
    return new LiveView(options, sources, output, printer);
  }

  #startPump(): Pump {
    return new Pump(this.#sources.log, this.#cursor, {
      gatherMs: GATHER_MS,
      read: (cursor) => {
        this.#printer.record(cursor);
        return !this.#output.full;
      },
      flush: () => this.#printer.flush(),
      missed: (count) => {
        this.#missed += count;
        this.#printer.missed(count);
      },
    });
  }

  /** Why the output could not be written, other than that its reader went away. */
  get failure(): AmqpSpyError | undefined {
    return this.#output.failure;
  }

  /** Prints what is left, for as long as somebody reads it. */
  async close(): Promise<void> {
    clearInterval(this.#tallying);
    this.#tally.check();
    await withinLastWait(this.#printRest());
    this.#pump?.stop();
  }

  async #printRest(): Promise<void> {
    do {
      this.#pump?.drain();
      await this.#output.finish();
    } while (this.#pump && this.#cursor.lag > 0 && !this.#output.closed);
  }

  /** The tables of what has passed so far. */
  async summary(): Promise<string> {
    this.#tally.check();
    const { summaryText } = await import('./summary.ts');
    const { log, connections, session } = this.#sources;
    return summaryText({
      connections,
      ...(session && { session }),
      traffic: log.traffic,
      errors: this.#tally,
      missed: this.#missed,
      color: wantsColor(this.#summaryStream, this.#options.color),
      columns: this.#summaryStream.columns,
    });
  }

  /** Writes the summary: among the lines that people read, or to standard error beside those that programs read. */
  async printSummary(): Promise<void> {
    const text = await this.summary();
    const stream = this.#summaryStream;
    if (stream === this.#sources.stream && this.#output.closed) return;
    this.#printer.flush();
    await withinLastWait(new Promise<void>((resolve) => stream.write(text, () => resolve())));
  }

  get #summaryStream(): Writable & { readonly isTTY?: boolean; readonly columns?: number | undefined } {
    return this.#options.format === 'pretty' ? this.#sources.stream : process.stderr;
  }
}

/** Resolves with the promise, or when the last wait is over. */
async function withinLastWait(promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LAST_WAIT_MS);
  });
  await Promise.race([promise, over]);
  clearTimeout(timer);
}
