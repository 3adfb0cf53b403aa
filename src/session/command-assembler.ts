// Joins a method, its content header and its bodies into one command, per connection, direction and channel (AMQP 0-9-1 §2.3.5.2).
// Fed from the cursor, record by record; counterpart of every view that shows commands instead of frames.
// Invariant: bounded, and never throws: what does not fit the grammar becomes a command that says what is wrong with it.
//
//   method without content ─────────────────────────────────▶ command
//   method with content ──▶ content header ──▶ body … body ──▶ command   (no body frames when body_size is 0)

import { reasonOf } from '../errors.ts';
import type { Cursor } from '../log/cursor.ts';
import { methodNameOf, noteOf } from '../log/frame-event.ts';
import type { NoteFields } from '../log/note.ts';
import { KIND_FRAMES, KIND_NOTE, type Origin } from '../log/runs.ts';
import { type ContentHeader, claimedBodySize, decodeContentHeader } from '../protocol/content-header.ts';
import {
  type Direction,
  type DirectionName,
  directionName,
  FRAME_BODY,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
} from '../protocol/frame.ts';
import { type DecodedMethod, decodeMethod } from '../protocol/method.ts';

/** Bytes of one body that are kept for the reader; the rest is counted. */
const DEFAULT_BODY_LIMIT = 256 << 10;
/** Bytes that all half-assembled commands may take together: their bodies, and their decoded content headers. */
const HELD_LIMIT = 64 << 20;
/** What a content header takes when it is decoded, in bytes a byte: a table of empty values is the worst. */
const DECODED_COST = 64;
/** Half-assembled commands: beyond it the oldest is given up. Two for each channel of many busy connections. */
const DEFAULT_PENDING_LIMIT = 10_000;

/** One method with its content, as far as it came. */
export interface Command {
  readonly connection: number;
  readonly direction: Direction;
  readonly channel: number;
  /** How the first frame came to pass. */
  readonly origin: Origin;
  /** Ids of the first and the last record that it is made of. */
  readonly firstId: number;
  readonly lastId: number;
  /** Of the first and the last frame, µs since the Unix epoch. */
  readonly startedAt: number;
  readonly time: number;
  /** Frames, and their bytes on the wire. */
  readonly frames: number;
  readonly size: number;
  /** `basic.publish`; `60.99` for ids that nobody knows; undefined for content whose method never came. */
  readonly name: string | undefined;
  /** Undefined if it is missing or does not decode. */
  readonly method: DecodedMethod | undefined;
  readonly header: ContentHeader | undefined;
  /** The first bytes of the body; all of them unless `bodySize` is larger. */
  readonly body: Uint8Array;
  /** Bytes of the body that came. */
  readonly bodySize: number;
  /** What is wrong with it. */
  readonly problem: string | undefined;
}

export interface CommandAssemblerOptions {
  /** Bytes kept of each body: 256 KiB by default. */
  readonly bodyLimit?: number;
  /** Most commands that wait for more: 10,000 by default. */
  readonly pendingLimit?: number;
}

/** A command in the making. */
class Draft implements Command {
  readonly connection: number;
  readonly direction: Direction;
  readonly channel: number;
  readonly origin: Origin;
  readonly firstId: number;
  readonly startedAt: number;
  lastId: number;
  time: number;
  frames = 0;
  size = 0;
  name: string | undefined;
  method: DecodedMethod | undefined;
  header: ContentHeader | undefined;
  body: Uint8Array = new Uint8Array(0);
  bodySize = 0;
  problem: string | undefined;
  /** Body frames are awaited until their bytes add up to this; NaN before the content header. */
  expected = Number.NaN;
  /** Bytes of `body` that are filled. */
  kept = 0;
  /** Its share of HELD_LIMIT. */
  held = 0;

  constructor(cursor: Cursor) {
    this.connection = cursor.connection;
    this.direction = cursor.direction;
    this.channel = cursor.channel;
    this.origin = cursor.origin;
    this.firstId = cursor.id;
    this.lastId = cursor.id;
    this.startedAt = cursor.time;
    this.time = cursor.time;
  }

  /** Counts one more frame. */
  take(cursor: Cursor): void {
    this.lastId = cursor.id;
    this.time = cursor.time;
    this.frames++;
    this.size += cursor.size;
  }

  /** Keeps a piece of the body, copied. One piece takes what it needs; with many, the place doubles. */
  keep(piece: Uint8Array): void {
    const size = this.kept + piece.length;
    if (this.kept === 0) {
      this.body = piece.slice();
    } else {
      if (size > this.body.length) {
        const grown = new Uint8Array(Math.max(size, 2 * this.body.length));
        grown.set(this.body);
        this.body = grown;
      }
      this.body.set(piece, this.kept);
    }
    this.kept = size;
  }

  finish(): Command {
    if (this.kept < this.body.length) this.body = this.body.subarray(0, this.kept);
    return this;
  }
}

export class CommandAssembler {
  readonly #onCommand: (command: Command) => void;
  readonly #bodyLimit: number;
  readonly #pendingLimit: number;
  readonly #pending = new Map<number, Draft>();
  #held = 0;

  constructor(onCommand: (command: Command) => void, options: CommandAssemblerOptions = {}) {
    this.#onCommand = onCommand;
    this.#bodyLimit = options.bodyLimit ?? DEFAULT_BODY_LIMIT;
    this.#pendingLimit = options.pendingLimit ?? DEFAULT_PENDING_LIMIT;
  }

  /** Half-assembled commands. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Takes the record that the cursor shows. Heartbeats and protocol headers belong to no command. */
  record(cursor: Cursor): void {
    if (cursor.kind === KIND_NOTE) return this.#note(cursor.connection, noteOf(cursor));
    if (cursor.kind !== KIND_FRAMES) return;
    switch (cursor.frameType) {
      case FRAME_METHOD:
        return this.#method(cursor);
      case FRAME_HEADER:
        return this.#header(cursor);
      case FRAME_BODY:
        return this.#body(cursor);
      case FRAME_HEARTBEAT:
        return;
    }
  }

  /** Records were missed: what is half assembled will never be whole. */
  missed(): void {
    for (const key of this.#pending.keys()) this.#giveUp(key, 'the rest was missed');
  }

  /** What is half assembled ends with its connection, or with the bytes that it needs. */
  #note(connection: number, note: NoteFields): void {
    switch (note.type) {
      case 'connection.closed':
        return this.#interrupt(connection, undefined, 'the connection closed');
      case 'gap':
        return this.#interrupt(connection, note.direction, 'bytes are missing from the capture');
      case 'opaque':
        return this.#interrupt(connection, note.direction, 'what follows is no AMQP 0-9-1');
    }
  }

  #interrupt(connection: number, direction: DirectionName | undefined, why: string): void {
    for (const [key, draft] of this.#pending) {
      if (draft.connection !== connection) continue;
      if (direction === undefined || direction === directionName(draft.direction)) this.#giveUp(key, why);
    }
  }

  #method(cursor: Cursor): void {
    const key = keyOf(cursor);
    const { method } = cursor;
    if (this.#pending.size > 0) this.#giveUp(key, `interrupted by ${methodNameOf(cursor)}`);
    const draft = new Draft(cursor);
    draft.take(cursor);
    draft.name = methodNameOf(cursor);
    try {
      draft.method = decodeMethod(cursor.bytes, cursor.payloadStart, cursor.payloadEnd);
    } catch (error) {
      draft.problem = reasonOf(error);
    }
    if (method?.spec.content) this.#wait(key, draft);
    else this.#onCommand(draft.finish());
  }

  #header(cursor: Cursor): void {
    const key = keyOf(cursor);
    if (!Number.isNaN(this.#pending.get(key)?.expected ?? Number.NaN)) {
      this.#giveUp(key, 'interrupted by another content header');
    }
    const draft = this.#pending.get(key) ?? new Draft(cursor);
    if (draft.name === undefined) draft.problem = 'a content header without its method';
    draft.take(cursor);
    try {
      draft.header = decodeContentHeader(cursor.bytes, cursor.payloadStart, cursor.payloadEnd);
      draft.expected = Number(draft.header.bodySize);
    } catch (error) {
      draft.problem = reasonOf(error);
      draft.expected = claimedBodySize(cursor.bytes, cursor.payloadStart, cursor.payloadEnd);
    }
    if (draft.header) this.#hold(draft, DECODED_COST * cursor.size);
    if (draft.expected > 0) this.#wait(key, draft);
    else this.#emit(key, draft);
  }

  #body(cursor: Cursor): void {
    const key = keyOf(cursor);
    const waiting = this.#pending.get(key);
    if (waiting && Number.isNaN(waiting.expected)) this.#giveUp(key, 'a body without its content header');
    const draft = this.#pending.get(key) ?? new Draft(cursor);
    const orphan = Number.isNaN(draft.expected);
    if (orphan) draft.problem = 'a body without its content header';
    draft.take(cursor);
    this.#keepBody(draft, cursor);
    if (orphan || draft.bodySize >= draft.expected) {
      if (draft.bodySize > draft.expected)
        draft.problem = `body_size says ${draft.expected} bytes, ${draft.bodySize} came`;
      this.#emit(key, draft);
    }
  }

  #keepBody(draft: Draft, cursor: Cursor): void {
    const start = cursor.payloadStart;
    const whole = draft.kept === draft.bodySize;
    draft.bodySize += cursor.size - (start - cursor.start) - 1;
    const room = Math.min(this.#bodyLimit - draft.kept, HELD_LIMIT - this.#held);
    const kept = Math.min(cursor.payloadEnd - start, room);
    if (!whole || kept <= 0) return;
    draft.keep(cursor.bytes.subarray(start, start + kept));
    this.#hold(draft, kept);
  }

  #hold(draft: Draft, size: number): void {
    draft.held += size;
    this.#held += size;
  }

  #wait(key: number, draft: Draft): void {
    this.#pending.set(key, draft);
    while (this.#pending.size > this.#pendingLimit || (this.#held > HELD_LIMIT && this.#pending.size > 1)) {
      const [oldest] = this.#pending.keys();
      this.#giveUp(oldest!, 'too much is half assembled');
    }
  }

  #giveUp(key: number, why: string): void {
    const draft = this.#pending.get(key);
    if (!draft) return;
    const got = draft.header ? `${draft.bodySize} of ${draft.header.bodySize} bytes of body` : 'no content header';
    draft.problem = `incomplete, ${got}: ${why}`;
    this.#emit(key, draft);
  }

  #emit(key: number, draft: Draft): void {
    this.#pending.delete(key);
    this.#held -= draft.held;
    this.#onCommand(draft.finish());
  }
}

/** Unique while connection numbers stay below 2^36. */
function keyOf(cursor: Cursor): number {
  return (cursor.connection * 2 + cursor.direction) * 0x10000 + cursor.channel;
}
