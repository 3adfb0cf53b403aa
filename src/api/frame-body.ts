// The body that a frame is part of: its message's method, content header and body frames, gathered from the log.
// Counterpart: content/decode-body.ts, which says what the bytes mean.
// Invariant: bounded in records looked at and in bytes kept; what of the message is gone is said, never guessed.
//
//   … method ◀── method, header or body asked for      method ──▶ header ──▶ body ──▶ body …

import { Cursor } from '../log/cursor.ts';
import type { FrameLog } from '../log/frame-log.ts';
import { KIND_FRAMES } from '../log/runs.ts';
import { type ContentHeader, decodeContentHeader } from '../protocol/content-header.ts';
import { FRAME_BODY, FRAME_HEADER, FRAME_METHOD } from '../protocol/frame.ts';
import { type DecodedMethod, decodeMethod } from '../protocol/method.ts';

/** Records looked at on the way back, and as many on the way on: a few ms, while the traffic waits. */
const MOST_RECORDS = 1 << 16;
/** How far back is looked at first; then four times as far, and so on. */
const FIRST_STRIDE = 256;
/** Bytes of the body that are kept. */
const LARGEST_BODY = 1 << 20;

export interface FrameBody {
  /** Id of the method's record. */
  readonly id: number;
  readonly method: DecodedMethod;
  readonly header: ContentHeader;
  /** What is kept of the body. */
  readonly bytes: Uint8Array;
  /** All of the body is in `bytes`. */
  readonly isWhole: boolean;
}

/** Whose frames belong together: those of one channel in one direction, apart from what a fault dropped. */
class Course {
  readonly #connection: number;
  readonly #direction: number;
  readonly #channel: number;
  readonly #dropped: boolean;

  constructor(cursor: Cursor) {
    this.#connection = cursor.connection;
    this.#direction = cursor.direction;
    this.#channel = cursor.channel;
    this.#dropped = cursor.origin === 'dropped';
  }

  has(cursor: Cursor): boolean {
    return (
      cursor.kind === KIND_FRAMES &&
      cursor.connection === this.#connection &&
      cursor.direction === this.#direction &&
      cursor.channel === this.#channel &&
      (cursor.origin === 'dropped') === this.#dropped
    );
  }
}

/** Undefined for a record that is no part of a message, or whose method or content header is gone or does not decode. */
export function frameBody(log: FrameLog, id: number): FrameBody | undefined {
  const cursor = new Cursor(log, id);
  if (!cursor.next() || cursor.id !== id || cursor.kind !== KIND_FRAMES) return undefined;
  const { frameType } = cursor;
  const course = new Course(cursor);
  if (frameType === FRAME_METHOD) return cursor.method?.spec.content ? gather(log, course, id) : undefined;
  if (frameType !== FRAME_HEADER && frameType !== FRAME_BODY) return undefined;
  const method = findMethod(log, course, id);
  return method === undefined ? undefined : gather(log, course, method);
}

/** Id of the last method before the record in its course, if it has content. */
function findMethod(log: FrameLog, course: Course, id: number): number | undefined {
  for (let end = id, stride = FIRST_STRIDE; ; stride *= 4) {
    const start = Math.max(log.firstId, id - Math.min(stride, MOST_RECORDS));
    const found = lastMethod(log, course, start, end);
    if (found) return found.hasContent ? found.id : undefined;
    if (start === log.firstId || stride >= MOST_RECORDS) return undefined;
    end = start;
  }
}

function lastMethod(
  log: FrameLog,
  course: Course,
  start: number,
  end: number,
): { readonly id: number; readonly hasContent: boolean } | undefined {
  const cursor = new Cursor(log, start);
  let found: { readonly id: number; readonly hasContent: boolean } | undefined;
  while (cursor.next() && cursor.id < end) {
    if (!course.has(cursor) || cursor.frameType !== FRAME_METHOD) continue;
    found = { id: cursor.id, hasContent: cursor.method?.spec.content ?? false };
  }
  return found;
}

/** The message whose method is the record `id`. */
function gather(log: FrameLog, course: Course, id: number): FrameBody | undefined {
  const cursor = new Cursor(log, id);
  cursor.next();
  const method = attempt(() => decodeMethod(cursor.bytes, cursor.payloadStart, cursor.payloadEnd));
  if (!method || nextOf(cursor, course) !== FRAME_HEADER) return undefined;
  const header = attempt(() => decodeContentHeader(cursor.bytes, cursor.payloadStart, cursor.payloadEnd));
  if (!header) return undefined;
  const size = Number(header.bodySize);
  const pieces: Uint8Array[] = [];
  let kept = 0;
  let isUnbroken = true;
  while (kept < Math.min(size, LARGEST_BODY) && isUnbroken) {
    if (nextOf(cursor, course) !== FRAME_BODY) break;
    const { payloadStart: start, payloadEnd } = cursor;
    const end = Math.min(payloadEnd, start + LARGEST_BODY - kept);
    pieces.push(cursor.bytes.subarray(start, end));
    kept += end - start;
    isUnbroken = !cursor.cut;
  }
  return { id, method, header, bytes: joined(pieces, kept), isWhole: isUnbroken && kept === size };
}

/** Moves to the next frame of the course and gives its type; undefined if there is none near. */
function nextOf(cursor: Cursor, course: Course): number | undefined {
  const last = cursor.id + MOST_RECORDS;
  while (cursor.id < last && cursor.next()) if (course.has(cursor)) return cursor.frameType;
  return undefined;
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function attempt<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    // The frame event says what is wrong with it.
    return undefined;
  }
}
