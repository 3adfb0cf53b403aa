// A command that waits for its content before it can be judged: what is needed of it, copied out of the log, and the ids of
// its records. Part of command-gate.ts. Invariant: of a body no more than BODY_LIMIT is kept; the rest is counted.

import type { Cursor } from '../log/cursor.ts';
import { claimedBodySize } from '../protocol/content-header.ts';
import type { FilterContext } from './context.ts';
import { RecordSubject } from './record-subject.ts';

/** A filter that looks for something in bodies sees this many bytes of each. */
const BODY_LIMIT = 256 << 10;
/** What waits is let through in one go: a command larger than this, in bytes or records, is judged before its end. */
const LARGEST_HELD = 16 << 20;
const MOST_RECORDS = 10_000;

export class HeldCommand {
  readonly subject: RecordSubject;
  readonly ids: number[];
  /** Bytes of the log that it keeps. */
  bytes: number;
  hasHeader = false;
  readonly #needsBody: boolean;
  #expected = Number.NaN;
  #body: Uint8Array = new Uint8Array(0);
  #kept = 0;

  /** Begins with the frame that the cursor shows: a method, or a content header that has none. */
  constructor(context: FilterContext, cursor: Cursor, needsBody: boolean) {
    this.subject = new RecordSubject(context);
    this.subject.show(cursor);
    this.ids = [cursor.id];
    this.#needsBody = needsBody;
    this.bytes = this.subject.keepMethod();
    if (this.subject.headerPayload) this.keepHeader(cursor);
  }

  /** It is to wait no longer. */
  get isTooLarge(): boolean {
    return this.subject.size > LARGEST_HELD || this.ids.length > MOST_RECORDS;
  }

  /** Counts what is still to come of the body as if it had come, but for what frames take around it. */
  foreseeSize(): void {
    this.subject.size += Math.max(0, this.#expected - this.subject.bodySize);
  }

  get isWhole(): boolean {
    return this.subject.bodySize >= this.#expected;
  }

  /** Keeps the content header that the subject shows; returns its size. */
  keepHeader(cursor: Cursor): number {
    this.hasHeader = true;
    this.#expected = claimedBodySize(cursor.bytes, cursor.payloadStart, cursor.payloadEnd);
    const size = this.subject.keepHeader();
    this.bytes += size;
    return size;
  }

  /** Takes the body frame at the cursor, and keeps as much of it as is needed and has room; returns how much. */
  keepBody(cursor: Cursor, room: number): number {
    const { subject } = this;
    const isGapless = this.#kept === subject.bodySize;
    subject.bodySize += cursor.payloadSize;
    if (!this.#needsBody) return 0;
    const start = cursor.payloadStart;
    const size = Math.min(cursor.payloadEnd - start, BODY_LIMIT - this.#kept, room);
    if (isGapless && size > 0) this.#append(cursor.bytes.subarray(start, start + size));
    subject.body = this.#body.subarray(0, this.#kept);
    const kept = isGapless ? Math.max(0, size) : 0;
    this.bytes += kept;
    return kept;
  }

  /** One piece takes what it needs; with many, the place doubles. */
  #append(piece: Uint8Array): void {
    const size = this.#kept + piece.length;
    if (size > this.#body.length) {
      const grown = new Uint8Array(this.#kept === 0 ? size : Math.max(size, 2 * this.#body.length));
      grown.set(this.#body.subarray(0, this.#kept));
      this.#body = grown;
    }
    this.#body.set(piece, this.#kept);
    this.#kept = size;
  }
}
