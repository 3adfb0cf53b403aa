// What a reader of the log sees, copied record by record, and streams to feed it with.

import { Cursor } from '../../src/log/cursor.ts';
import { eventOf, type LogEvent, noteOf } from '../../src/log/frame-event.ts';
import type { FrameLog } from '../../src/log/frame-log.ts';
import {
  KIND_FRAMES,
  KIND_NOTE,
  KIND_OPAQUE,
  KIND_PROTOCOL_HEADER,
  type Kind,
  type Origin,
} from '../../src/log/runs.ts';
import type { Direction } from '../../src/protocol/frame.ts';
import { toHex } from '../protocol/wire.ts';

export interface SeenRecord {
  readonly id: number;
  readonly time: number;
  readonly connection: number;
  readonly direction: Direction;
  readonly kind: Kind;
  readonly origin: Origin;
  readonly size: number;
  readonly cut: boolean;
  readonly withheld: boolean;
  readonly bytes: Uint8Array;
}

export function recordAt(cursor: Cursor): SeenRecord {
  const { id, time, connection, direction, kind, origin, size, cut, withheld } = cursor;
  const bytes = cursor.bytes.slice(cursor.start, cursor.end);
  return { id, time, connection, direction, kind, origin, size, cut, withheld, bytes };
}

/** All records from `from` on that the log still holds. */
export function recordsOf(log: FrameLog, from = 0): SeenRecord[] {
  const records: SeenRecord[] = [];
  for (const cursor = new Cursor(log, from); cursor.next(); ) records.push(recordAt(cursor));
  return records;
}

/** All events from `from` on that the log still holds. */
export function eventsOf(log: FrameLog, from = 0, showSecrets = log.showSecrets): LogEvent[] {
  const events: LogEvent[] = [];
  for (const cursor = new Cursor(log, from); cursor.next(); ) events.push(eventOf(cursor, showSecrets));
  return events;
}

const KINDS = {
  [KIND_FRAMES]: 'frame',
  [KIND_PROTOCOL_HEADER]: 'protocol-header',
  [KIND_OPAQUE]: 'bytes',
  [KIND_NOTE]: 'note',
};

/** One line a record: kind and bytes; for a note, what it says. */
export function transcriptOf(log: FrameLog, from = 0): string[] {
  const lines: string[] = [];
  for (const cursor = new Cursor(log, from); cursor.next(); ) {
    const bytes = toHex(cursor.bytes.subarray(cursor.start, cursor.end));
    const flags = (cursor.cut ? ' cut' : '') + (cursor.withheld ? ' withheld' : '');
    const shown = cursor.kind === KIND_NOTE ? JSON.stringify(noteOf(cursor)) : bytes;
    lines.push(`${KINDS[cursor.kind]}${flags} ${shown}`);
  }
  return lines;
}

/** `bytes` in chunks of the given sizes, over and over. */
export function* chunksOf(bytes: Uint8Array, ...sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = Math.max(1, sizes[i % sizes.length] ?? bytes.length);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
