// The error classes that users and library callers meet. Each carries a stable `code`; the command line turns
// any AmqpSpyError into one line on stderr. Everything else that is thrown is a defect of this program.

/** The root of all errors that this project raises on purpose. */
export class AmqpSpyError extends Error {
  /** Stable, machine-readable: `ERR_…`. Matched by callers; never reworded. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A wrong option, URL or configuration value: the user's to mend, exit code 2. */
export class ConfigError extends AmqpSpyError {
  /** The option (`--listen`) or the path in a file (`rules[2].delay`) that is at fault. */
  readonly path: string;

  constructor(path: string, message: string, options?: ErrorOptions) {
    super('ERR_CONFIG', `${path}: ${message}`, options);
    this.path = path;
  }
}

/** The scope that a protocol error closes (AMQP 0-9-1 §4.2.2: a channel or the whole connection). */
export type ErrorScope = 'channel' | 'connection';

/** Bytes that are not what AMQP 0-9-1 allows. Decoders throw it; the relay never does. */
export class ProtocolError extends AmqpSpyError {
  /** AMQP 0-9-1 reply code (501 frame-error, 502 syntax-error, …). */
  readonly replyCode: number;
  readonly scope: ErrorScope;
  /** Offset of the offending byte in the bytes being decoded. */
  readonly offset: number;

  constructor(replyCode: number, message: string, details: { offset: number; scope?: ErrorScope; cause?: unknown }) {
    super('ERR_PROTOCOL', message, { cause: details.cause });
    this.replyCode = replyCode;
    this.scope = details.scope ?? 'connection';
    this.offset = details.offset;
  }
}

/** Why bytes did not decode; anything but a ProtocolError is a defect, and thrown on. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof ProtocolError)) throw error;
  return error.message;
}

/** Characters of a filter that are shown around what is wrong with it. */
const FILTER_SHOWN = 100;

/** A filter that cannot be read: the user's to mend, exit code 2. The message shows the place in two lines of its own. */
export class FilterSyntaxError extends AmqpSpyError {
  /** The part of the text that is at fault: `[start, end)`, in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
  /** What is wrong and where, in one line. */
  readonly reason: string;

  constructor(text: string, reason: string, start: number, end: number) {
    const line = `${reason} (at character ${start + 1})`;
    super('ERR_FILTER', `${line}\n${caretLines(text, start, end)}`);
    this.start = start;
    this.end = end;
    this.reason = line;
  }
}

/** The text, cut where it is long, and carets below `[start, end)`; control characters are blank. */
function caretLines(text: string, start: number, end: number): string {
  const from = Math.max(0, Math.min(start - FILTER_SHOWN / 2, text.length - FILTER_SHOWN));
  const shown = text.slice(from, from + FILTER_SHOWN).replace(/[\p{C}\p{Z}]/gu, (found) => ' '.repeat(found.length));
  const carets = Math.max(1, Math.min(end, from + FILTER_SHOWN) - start);
  return `  ${shown}\n  ${' '.repeat(start - from)}${'^'.repeat(carets)}`;
}

/** A capture file that cannot be read on from here. What was read before it stays valid. */
export class CaptureFormatError extends AmqpSpyError {
  /** Offset in the file, in bytes. */
  readonly offset: number;

  constructor(message: string, offset: number, options?: ErrorOptions) {
    super('ERR_CAPTURE_FORMAT', `${message} (at byte ${offset})`, options);
    this.offset = offset;
  }
}

/** Marks code that the types say cannot be reached. */
export function assertNever(value: never): never {
  throw new AmqpSpyError('ERR_INTERNAL', `unexpected value: ${String(value)}`);
}
