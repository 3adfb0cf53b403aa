// The subject made from the log's records, in place: a command as its frames come, or a single record.
// What it shows is valid as long as the cursor stands there, but for what `keepMethod`, `keepHeader` and `body` copied.

import type { Cursor } from '../log/cursor.ts';
import { noteOf } from '../log/frame-event.ts';
import type { NoteFields } from '../log/note.ts';
import { KIND_FRAMES, KIND_NOTE, KIND_PROTOCOL_HEADER, type Origin } from '../log/runs.ts';
import {
  CLIENT_TO_SERVER,
  type Direction,
  FRAME_BODY,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  SERVER_TO_CLIENT,
} from '../protocol/frame.ts';
import type { Method } from '../protocol/method-table.ts';
import type { FilterContext } from './context.ts';
import type { Payload, RecordKind, Subject } from './subject.ts';

/** A payload that can be put elsewhere. */
class MovablePayload implements Payload {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;

  at(bytes: Uint8Array, start: number, end: number): this {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    return this;
  }

  /** Takes the bytes out of the log, which will overwrite them; returns how many. */
  keep(): number {
    this.at(this.bytes.slice(this.start, this.end), 0, this.end - this.start);
    return this.end;
  }
}

export class RecordSubject implements Subject {
  readonly context: FilterContext;
  kind: RecordKind = 'method';
  id = 0;
  time = 0;
  connection = 0;
  direction: Direction | undefined;
  channel: number | undefined;
  origin: Origin | undefined;
  frames = 0;
  size = 0;
  largestFrame = 0;
  method: Method | undefined;
  methodPayload: Payload | undefined;
  headerPayload: Payload | undefined;
  bodySize = 0;
  body: Uint8Array | undefined;
  note: NoteFields | undefined;
  readonly #method = new MovablePayload();
  readonly #header = new MovablePayload();

  constructor(context: FilterContext) {
    this.context = context;
  }

  /** Becomes the record that the cursor shows, and nothing else. */
  show(cursor: Cursor): void {
    this.id = cursor.id;
    this.time = cursor.time;
    this.connection = cursor.connection;
    this.method = undefined;
    this.methodPayload = undefined;
    this.headerPayload = undefined;
    this.bodySize = 0;
    this.body = undefined;
    this.note = undefined;
    if (cursor.kind === KIND_NOTE) return this.#showNote(cursor);
    this.size = cursor.size;
    this.direction = cursor.direction;
    this.origin = cursor.origin;
    this.channel = undefined;
    this.frames = 0;
    this.largestFrame = 0;
    if (cursor.kind === KIND_FRAMES) this.#showFrame(cursor);
    else this.kind = cursor.kind === KIND_PROTOCOL_HEADER ? 'protocol-header' : 'bytes';
  }

  #showFrame(cursor: Cursor): void {
    this.channel = cursor.channel;
    this.frames = 1;
    this.largestFrame = this.size;
    switch (cursor.frameType) {
      case FRAME_HEADER:
        this.kind = 'header';
        this.headerPayload = this.#header.at(cursor.bytes, cursor.payloadStart, cursor.payloadEnd);
        return;
      case FRAME_BODY:
        this.kind = 'body';
        this.bodySize = cursor.payloadSize;
        return;
      case FRAME_HEARTBEAT:
        this.kind = 'heartbeat';
        return;
      default:
        this.kind = 'method';
        this.method = cursor.method;
        this.methodPayload = this.#method.at(cursor.bytes, cursor.payloadStart, cursor.payloadEnd);
    }
  }

  #showNote(cursor: Cursor): void {
    const note = noteOf(cursor);
    this.note = note;
    this.kind = note.type;
    this.size = 0;
    this.frames = 0;
    this.largestFrame = 0;
    this.origin = undefined;
    this.channel = note.type === 'finding' ? note.channel : undefined;
    const direction = 'direction' in note ? note.direction : undefined;
    this.direction = direction && (direction === 'client-to-server' ? CLIENT_TO_SERVER : SERVER_TO_CLIENT);
  }

  /** One more frame of the command. */
  count(cursor: Cursor): void {
    const { size } = cursor;
    this.frames++;
    this.size += size;
    if (size > this.largestFrame) this.largestFrame = size;
  }

  /** The content header of the command. */
  showHeader(cursor: Cursor): void {
    this.headerPayload = this.#header.at(cursor.bytes, cursor.payloadStart, cursor.payloadEnd);
  }

  /** Makes the method payload its own; returns its size. */
  keepMethod(): number {
    return this.methodPayload ? this.#method.keep() : 0;
  }

  /** Makes the content header's payload its own; returns its size. */
  keepHeader(): number {
    return this.headerPayload ? this.#header.keep() : 0;
  }
}
