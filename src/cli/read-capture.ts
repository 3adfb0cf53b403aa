// Reads a capture from its first byte to its last, through the frame log into a printer or the summary.
// Counterpart of read.ts, which has the options. Here nothing is missed: the output sets the pace.
// Invariant: whatever is wrong with the capture, all that stands before it is printed first.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { AmqpSpyError, ConfigError } from '../errors.ts';
import { CaptureReader } from '../log/capture/capture-reader.ts';
import type { CaptureSummary } from '../log/capture/capture-summary.ts';
import { Cursor } from '../log/cursor.ts';
import { FrameLog } from '../log/frame-log.ts';
import { ConnectionTable } from '../session/connection-table.ts';
import { CaptureLog } from './capture-log.ts';
import { ErrorTally } from './error-tally.ts';
import { Output } from './output.ts';
import { wantsColor } from './palette.ts';
import type { Printer } from './printer.ts';
import { Progress } from './progress.ts';
import { countText } from './size-text.ts';
import { createPrinter, type ViewOptions } from './view-options.ts';

/** Bytes read at a time. */
const BLOCK = 1 << 20;
const STANDARD_INPUT = '-';
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
 * read is printed, if the capture cannot be opened, is broken, or ends inside a packet.
 */
export async function readCapture(file: string, options: ReadOptions, streams: ReadStreams): Promise<number> {
  const { size, showSecrets } = { size: options.logSize, showSecrets: options.showSecrets };
  const source = await openSource(file, streams);
  const log = new FrameLog({ size, showSecrets });
  const connections = new ConnectionTable();
  const output = new Output(streams.stdout);
  const printer = await createPrinter(options.view, output, { connections, showSecrets });
  const tally = new ErrorTally(log);
  const onWritten = options.view.quiet ? () => tally.check() : printAll(log, printer);
  const sink = new CaptureLog(log, connections, onWritten);
  const reader = new CaptureReader(sink, options.ports && { ports: options.ports });
  const reading = new Reading(source, reader, printer, output);
  const failure = await reading.run().then(
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
  if (output.closed) return 0;
  if (failure !== undefined) throw failure;
  judge(source.name, reader.summary, streams.stderr);
  return reading.interrupted ? INTERRUPTED : 0;
}

/** Prints each record as soon as it is in the log. */
function printAll(log: FrameLog, printer: Printer): () => void {
  const cursor = new Cursor(log);
  return () => {
    while (cursor.next()) printer.record(cursor);
  };
}

interface Source {
  readonly name: string;
  readonly stream: Readable;
  readonly progress: Progress | undefined;
  /** Ends by itself when the user interrupts the pipeline. */
  readonly isPipe: boolean;
}

async function openSource(file: string, { stdin, stdout, stderr }: ReadStreams): Promise<Source> {
  if (file === STANDARD_INPUT) {
    if (stdin.isTTY) throw new ConfigError('read -', 'expected a capture on standard input, found a terminal');
    return { name: 'standard input', stream: stdin, progress: undefined, isPipe: true };
  }
  try {
    const stats = await stat(file);
    if (stats.isDirectory()) throw new AmqpSpyError('ERR_CAPTURE_READ', `cannot read ${file}: it is a directory`);
    // Where lines run over the same terminal, a bar would only be in their way.
    const isSeen = stderr.isTTY === true && stdout.isTTY !== true && stats.isFile();
    const progress = isSeen ? new Progress(stderr, stats.size) : undefined;
    const stream = createReadStream(file, { highWaterMark: BLOCK });
    return { name: file, stream, progress, isPipe: !stats.isFile() };
  } catch (error) {
    throw readError(file, error);
  }
}

function readError(name: string, error: unknown): AmqpSpyError {
  if (error instanceof AmqpSpyError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = code === 'ENOENT' ? 'no such file' : code === 'EACCES' ? 'permission denied' : message;
  return new AmqpSpyError('ERR_CAPTURE_READ', `cannot read ${name}: ${reason}`, { cause: error });
}

/** One pass over the source. */
class Reading {
  interrupted = false;
  readonly #source: Source;
  readonly #reader: CaptureReader<unknown>;
  readonly #printer: Printer;
  readonly #output: Output;
  readonly #interrupt = (): void => this.#stop();

  constructor(source: Source, reader: CaptureReader<unknown>, printer: Printer, output: Output) {
    this.#source = source;
    this.#reader = reader;
    this.#printer = printer;
    this.#output = output;
  }

  /** Rejects with AmqpSpyError if the source or the capture breaks off. */
  async run(): Promise<void> {
    const { name, stream, progress } = this.#source;
    process.on('SIGINT', this.#interrupt);
    process.on('SIGTERM', this.#interrupt);
    this.#output.onClosed = () => stream.destroy();
    try {
      await this.#readAll(stream, progress);
    } catch (error) {
      if (!stream.destroyed || error instanceof AmqpSpyError || stream.errored) throw readError(name, error);
    } finally {
      progress?.end();
      process.off('SIGINT', this.#interrupt);
      process.off('SIGTERM', this.#interrupt);
    }
    if (!this.#output.closed) this.#reader.end();
  }

  async #readAll(stream: Readable, progress: Progress | undefined): Promise<void> {
    let done = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      this.#reader.write(chunk);
      this.#printer.flush();
      done += chunk.length;
      progress?.update(done);
      if (this.#output.full) await this.#output.drained();
    }
  }

  /** The first Ctrl-C also reaches the program at the other end of the pipe, which then sends what it has and ends. */
  #stop(): void {
    const patient = this.#source.isPipe && !this.interrupted;
    this.interrupted = true;
    if (!patient) this.#source.stream.destroy();
  }
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
