// Reads a capture from its first byte to its last, through the frame log into a printer or the summary.
// Counterpart of read.ts, which has the options. Here nothing is missed: the output sets the pace.
// Invariant: whatever is wrong with the capture, all that stands before it is printed first.

import type { Readable, Writable } from 'node:stream';
import { AmqpSpyError } from '../errors.ts';
import { CaptureReader } from '../log/capture/capture-reader.ts';
import type { CaptureSummary } from '../log/capture/capture-summary.ts';
import { Cursor } from '../log/cursor.ts';
import { FrameLog } from '../log/frame-log.ts';
import { ConnectionTable } from '../session/connection-table.ts';
import { CaptureLog } from './capture-log.ts';
import { type CaptureSource, openSource } from './capture-source.ts';
import { ErrorTally } from './error-tally.ts';
import { Output } from './output.ts';
import { wantsColor } from './palette.ts';
import type { Printer } from './printer.ts';
import { Progress } from './progress.ts';
import { countText } from './size-text.ts';
import { createPrinter, type ViewOptions } from './view-options.ts';

/** A shell's habit: 128 + SIGINT. */
const INTERRUPTED = 130;

export interface ReadOptions {
  /** `quiet`: only the summary. */
  readonly view: ViewOptions;
  /** Server ports that are AMQP whatever the bytes; undefined: 5672 and 5673. */
  readonly ports: readonly number[] | undefined;
  readonly logSize: number;
  readonly showSecrets: boolean;
}

/** The streams of the process, or a test's. */
export interface ReadStreams {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number | undefined };
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

/**
 * Prints a capture (`-`: standard input). Resolves to the exit code; rejects with AmqpSpyError, after all that could be
 * read is printed, if the capture cannot be opened, is broken, or ends inside a packet, or if the output cannot be written.
 */
export async function readCapture(file: string, options: ReadOptions, streams: ReadStreams): Promise<number> {
  const { logSize: size, showSecrets } = options;
  const source = await openSource(file, streams.stdin);
  const log = new FrameLog({ size, showSecrets });
  const connections = new ConnectionTable();
  const output = new Output(streams.stdout);
  const printer = await createPrinter(options.view, output, { connections, showSecrets });
  const tally = new ErrorTally(log);
  const onWritten = options.view.quiet ? () => tally.check() : printAll(log, printer);
  const sink = new CaptureLog(log, connections, onWritten);
  const reader = new CaptureReader(sink, options.ports && { ports: options.ports });
  const reading = new Reading(source, reader, printer, output);
  const failure = await reading.run(progressOf(source, streams)).then(
    () => undefined,
    (error: unknown) => error,
  );
  printer.flush();
  if (options.view.quiet && !output.closed) {
    const { summaryText } = await import('./summary.ts');
    const color = wantsColor(streams.stdout, options.view.color);
    const { columns } = streams.stdout;
    output.text(await summaryText({ connections, traffic: log.traffic, errors: tally, missed: 0, color, columns }));
  }
  await output.finish();
  if (output.failure) throw output.failure;
  if (output.closed) return 0;
  if (failure !== undefined) throw failure;
  if (reading.interrupted) return INTERRUPTED;
  judge(source.name, reader.summary, streams.stderr);
  return 0;
}

/** Prints each record as soon as it is in the log. */
function printAll(log: FrameLog, printer: Printer): () => void {
  const cursor = new Cursor(log);
  return () => {
    while (cursor.next()) printer.record(cursor);
  };
}

/** One pass over the source. */
class Reading {
  interrupted = false;
  readonly #source: CaptureSource;
  readonly #reader: CaptureReader<unknown>;
  readonly #printer: Printer;
  readonly #output: Output;
  readonly #interrupt = (): void => this.#stop();

  constructor(source: CaptureSource, reader: CaptureReader<unknown>, printer: Printer, output: Output) {
    this.#source = source;
    this.#reader = reader;
    this.#printer = printer;
    this.#output = output;
  }

  /** Rejects with AmqpSpyError if the source or the capture breaks off. */
  async run(progress: Progress | undefined): Promise<void> {
    process.on('SIGINT', this.#interrupt);
    process.on('SIGTERM', this.#interrupt);
    this.#output.onClosed = () => this.#source.stop();
    try {
      await this.#readAll(progress);
    } finally {
      progress?.end();
      process.off('SIGINT', this.#interrupt);
      process.off('SIGTERM', this.#interrupt);
    }
    if (!this.#output.closed) this.#reader.end();
  }

  async #readAll(progress: Progress | undefined): Promise<void> {
    let done = 0;
    for await (const block of this.#source.blocks) {
      this.#reader.write(block);
      this.#printer.flush();
      done += block.length;
      progress?.update(done);
      if (this.#output.full) await this.#output.drained();
    }
  }

  /** The first Ctrl-C also reaches the program at the other end of a pipe, which then sends what it has and ends. */
  #stop(): void {
    const isPatient = this.#source.size === undefined && !this.interrupted;
    this.interrupted = true;
    if (!isPatient) this.#source.stop();
  }
}

/** Where lines run over the same terminal, a bar would only be in their way. */
function progressOf({ size }: CaptureSource, { stdout, stderr }: ReadStreams): Progress | undefined {
  return size !== undefined && stderr.isTTY && !stdout.isTTY ? new Progress(stderr, size) : undefined;
}

/** Says what about the capture the lines do not. Throws AmqpSpyError if it is cut. */
function judge(name: string, summary: CaptureSummary, stderr: Writable): void {
  if (summary.truncated) {
    const { offset, missing } = summary.truncated;
    throw new AmqpSpyError(
      'ERR_CAPTURE_CUT',
      `${name} is cut: its last packet, at byte ${offset}, lacks ${missing} bytes; all before it was read`,
    );
  }
  if (summary.connections > 0) return;
  const ignored = `${countText(summary.ignoredConnections)} TCP connections are not AMQP`;
  const advice = summary.ignoredConnections > 0 ? `; if some are, say so with --port` : '';
  stderr.write(`amqp-spy: no AMQP in ${countText(summary.packets)} packets of ${name}: ${ignored}${advice}\n`);
}
