// Filters tried on records of a log: what passes, as lines; and what a wrong filter is told.

import { FilterSyntaxError } from '../../src/errors.ts';
import { type FilterContext, NO_CONTEXT } from '../../src/filter/context.ts';
import { parseFilter } from '../../src/filter/filter.ts';
import { FilteredReader } from '../../src/filter/filtered-reader.ts';
import { Cursor } from '../../src/log/cursor.ts';
import { methodNameOf, noteOf } from '../../src/log/frame-event.ts';
import type { FrameLog } from '../../src/log/frame-log.ts';
import { KIND_FRAMES, KIND_NOTE, KIND_PROTOCOL_HEADER } from '../../src/log/runs.ts';
import { FRAME_METHOD, frameTypeName } from '../../src/protocol/frame.ts';

/** The error that reading a wrong filter ends in. */
export function filterError(read: () => unknown): FilterSyntaxError {
  try {
    read();
  } catch (error) {
    if (error instanceof FilterSyntaxError) return error;
    throw error;
  }
  throw new Error('expected a FilterSyntaxError, found none');
}

/** What a record is, in a word: `basic.publish`, `header`, `connection.closed`. */
export function wordFor(cursor: Cursor): string {
  if (cursor.kind === KIND_NOTE) return noteOf(cursor).type;
  if (cursor.kind === KIND_PROTOCOL_HEADER) return 'protocol-header';
  if (cursor.kind !== KIND_FRAMES) return 'bytes';
  return cursor.frameType === FRAME_METHOD ? methodNameOf(cursor) : (frameTypeName(cursor.frameType) ?? '?');
}

/** The records that pass, in the order in which they are let through, as `<id> <word>`. */
export function passing(log: FrameLog, text: string, context: FilterContext = NO_CONTEXT): string[] {
  const lines: string[] = [];
  const reader = new FilteredReader(log, parseFilter(text), context, {
    record: (cursor) => lines.push(`${cursor.id} ${wordFor(cursor)}`),
    missed: (count) => lines.push(`${count} missed`),
  });
  const cursor = new Cursor(log, log.firstId);
  while (cursor.next()) reader.record(cursor);
  reader.end();
  return lines;
}

/** Whether any record passes. */
export function passes(log: FrameLog, text: string, context: FilterContext = NO_CONTEXT): boolean {
  return passing(log, text, context).length > 0;
}
