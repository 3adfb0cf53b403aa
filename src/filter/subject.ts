// What a filter judges: a command (a method with its content, as far as it came), or a record that belongs to none.
// Implementation: RecordSubject, made from the log's records in place.
// Invariant: reading never throws; what is not there or does not decode is a missing field.

import type { NoteFields } from '../log/note.ts';
import type { Origin } from '../log/runs.ts';
import type { Direction } from '../protocol/frame.ts';
import type { Method } from '../protocol/method-table.ts';
import type { FilterContext } from './context.ts';

/** How much of a command has come. What comes later cannot be asked about yet. */
export const AT_METHOD = 0;
export const AT_HEADER = 1;
export const AT_END = 2;
export type Stage = typeof AT_METHOD | typeof AT_HEADER | typeof AT_END;

/** Kinds of records that are no notes; a command is a `method`, or without one, whatever of its content came. */
export const RECORD_KINDS = ['method', 'header', 'body', 'heartbeat', 'protocol-header', 'bytes'] as const;
/** Kinds of notes. */
export const NOTE_KINDS = [
  'connection.opened',
  'connection.closed',
  'finding',
  'opaque',
  'unfinished',
  'resync',
  'gap',
] as const satisfies readonly NoteFields['type'][];
/** All names of kinds that a filter knows; `note`: any record that is no frame and no bytes. */
export const KIND_NAMES: readonly string[] = [...RECORD_KINDS, 'note', ...NOTE_KINDS];
export type RecordKind = (typeof RECORD_KINDS)[number] | NoteFields['type'];

const NOTES: ReadonlySet<string> = new Set(NOTE_KINDS);

/** Whether records of this kind are notes. */
export function isNoteKind(kind: RecordKind): boolean {
  return NOTES.has(kind);
}

/** Where a payload stands: `bytes[start, end)`. */
export interface Payload {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

export interface Subject {
  readonly context: FilterContext;
  readonly kind: RecordKind;
  /** Of its first record. */
  readonly id: number;
  /** µs since the Unix epoch. */
  readonly time: number;
  readonly connection: number;
  readonly direction: Direction | undefined;
  readonly channel: number | undefined;
  readonly origin: Origin | undefined;
  /** Frames, their bytes on the wire, and those of the largest. */
  readonly frames: number;
  readonly size: number;
  readonly largestFrame: number;
  readonly method: Method | undefined;
  /** The payload of the method frame: class id, method id, arguments. */
  readonly methodPayload: Payload | undefined;
  /** The payload of the content header. */
  readonly headerPayload: Payload | undefined;
  /** Bytes of the body that came. */
  readonly bodySize: number;
  /** The body, as far as it was kept. */
  readonly body: Uint8Array | undefined;
  readonly note: NoteFields | undefined;
}
