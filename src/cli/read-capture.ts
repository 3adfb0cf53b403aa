// Reads a capture from its first byte to its last, through the frame log and the session into a printer or a report.
// Counterpart of read.ts, which has the options. Here nothing is missed: the output sets the pace.
// Invariant: whatever is wrong with the capture, all that stands before it is printed first.

import type { Readable, Writable } from 'node:stream';
import { AmqpSpyError } from '../errors.ts';
import { CaptureReader } from '../log/capture/capture-reader.ts';
import type { CaptureSummary } from '../log/capture/capture-summary.ts';
import { Cursor } from '../log/cursor.ts';
import { FrameLog } from '../log/frame-log.ts';
import { countText } from '../log/quantity.ts';
import { ConnectionTable } from '../session/connection-table.ts';
import { Session } from '../session/session.ts';
import { CaptureLog } from './capture-log.ts';
import { type CaptureSource, openSource } from './capture-source.ts';
import { ErrorTally } from './error-tally.ts';
import { Output } from './output.ts';
import { loadPalette, wantsColor } from './palette.ts';
import type { Printer } from './printer.ts';
import { Progress } from './progress.ts';
import { createReport, type Report, type ReportChoice } from './report/report.ts';
import { trackingStopped } from './tracking-failure.ts';
import { createPrinter, type ViewOptions } from './view-options.ts';

/** No message has the id that was asked for. */
const NOT_FOUND = 1;
/** A shell's habit: 128 + SIGINT. */
const INTERRUPTED = 130;
/**
 * Messages to remember, a power of two: what becomes of one later than so many others is not told. As many as the
 * capture may hold, if that is not too many; from a pipe, which may go on for ever, fewer.
 */
const MOST_MESSAGES = 1 << 20;
const LEAST_MESSAGES = 1 << 16;
const PIPE_MESSAGES = 1 << 18;
/** Bytes that a message takes of a capture at the very least: its publish, or its delivery. */
const SMALLEST_MESSAGE = 100;

export interface ReadOptions {
  readonly view: ViewOptions;
  /** What is told instead of the frames. */
  readonly report?: ReportChoice | undefined;
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
  const source = await openSource(file, streams.stdin);
  const pass = await startPass(options, streams.stdout, source.size);
  const { output, sink } = pass;
  const reader = new CaptureReader(sink, options.ports && { ports: options.ports });
  const reading = new Reading(source, reader, pass);
  const failure = await reading.run(progressOf(source, streams)).then(
    () => undefined,
    (error: unknown) => error,
  );
  pass.printer.flush();
  if (!output.closed) await pass.end();
  await output.finish();
  if (pass.session.failure !== undefined) streams.stderr.write(trackingStopped(pass.session.failure));
  if (output.failure) throw output.failure;
  if (output.closed) return 0;
  if (failure !== undefined) throw failure;
  if (reading.interrupted) return INTERRUPTED;
  judge(source.name, reader.summary, streams.stderr);
  return pass.report?.found === false ? NOT_FOUND : 0;
}

/** What one pass over a capture goes through, and what is told at its end. */
interface Pass {
  readonly session: Session;
  readonly output: Output;
  readonly printer: Printer;
  readonly report: Report | undefined;
  readonly sink: CaptureLog;
  /** All packets were read; connections that the capture leaves open are not closed yet. */
  lastPacket(): void;
  end(): Promise<void>;
}

async function startPass(
  { view, report: choice, logSize: size, showSecrets }: ReadOptions,
  stdout: Writable,
  captureSize: number | undefined,
): Promise<Pass> {
  const log = new FrameLog({ size, showSecrets });
  const connections = new ConnectionTable();
  const session = new Session(log, connections, { messages: messagesIn(captureSize) });
  const output = new Output(stdout);
  const quiet = choice !== undefined;
  const printer = await createPrinter({ ...view, quiet }, output, { log, connections, showSecrets, session });
  const color = wantsColor(output.stream, view.color);
  const tally = new ErrorTally(log, session);
  let report: Report | undefined;
  if (choice && choice.kind !== 'summary') {
    report = await createReport(choice, {
      session,
      output,
      palette: await loadPalette(color),
      json: view.format === 'json',
    });
  }
  const follow = choice ? () => tally.check() : printAll(log, printer);
  const sink = new CaptureLog(log, connections, follow);
  /** What only shows when nothing more comes. */
  const tick = (): void => {
    session.tick(sink.lastTime);
    follow();
  };
  return {
    session,
    output,
    printer,
    report,
    sink,
    lastPacket: () => {
      tick();
      report?.atLastPacket?.(sink.lastTime);
    },
    end: async () => {
      tick();
      printer.flush();
      report?.end();
      if (choice?.kind !== 'summary') return;
      const { summaryText } = await import('./summary.ts');
      const { columns } = output.stream;
      output.text(
        await summaryText({ connections, session, traffic: log.traffic, errors: tally, missed: 0, color, columns }),
      );
    },
  };
}

/** `captureSize` in bytes; undefined where it comes from a pipe. */
function messagesIn(captureSize: number | undefined): number {
  if (captureSize === undefined) return PIPE_MESSAGES;
  const wanted = 2 ** Math.ceil(Math.log2(Math.max(1, captureSize / SMALLEST_MESSAGE)));
  return Math.min(MOST_MESSAGES, Math.max(LEAST_MESSAGES, wanted));
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
  readonly #pass: Pass;
  readonly #interrupt = (): void => this.#stop();

  constructor(source: CaptureSource, reader: CaptureReader<unknown>, pass: Pass) {
    this.#source = source;
    this.#reader = reader;
    this.#pass = pass;
  }

  /** Rejects with AmqpSpyError if the source or the capture breaks off. */
  async run(progress: Progress | undefined): Promise<void> {
    process.on('SIGINT', this.#interrupt);
    process.on('SIGTERM', this.#interrupt);
    const { output } = this.#pass;
    output.onClosed = () => this.#source.stop();
    try {
      await this.#readAll(progress);
    } finally {
      progress?.end();
      process.off('SIGINT', this.#interrupt);
      process.off('SIGTERM', this.#interrupt);
    }
    if (output.closed) return;
    this.#pass.lastPacket();
    this.#reader.end();
  }

  async #readAll(progress: Progress | undefined): Promise<void> {
    const { output, printer } = this.#pass;
    let done = 0;
    for await (const block of this.#source.blocks) {
      this.#reader.write(block);
      printer.flush();
      done += block.length;
      progress?.update(done);
      if (output.full) await output.drained();
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
