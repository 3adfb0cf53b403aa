// What prints records of the log, one way or another. Its implementations: pretty, JSON and tracer printers.
// Invariant: a printer never throws on any record, and keeps nothing that grows with the traffic.

import type { Cursor } from '../log/cursor.ts';
import { noteOf } from '../log/frame-event.ts';
import { KIND_FRAMES, KIND_NOTE } from '../log/runs.ts';
import { FRAME_HEARTBEAT } from '../protocol/frame.ts';

export interface Printer {
  /** Prints the record that the cursor shows. */
  record(cursor: Cursor): void;
  /** Says that records were lost before they could be printed. */
  missed(count: number): void;
  /** Hands what was gathered to the output, and the output's to its stream. */
  flush(): void;
}

/** Prints nothing. */
export const SILENT_PRINTER: Printer = { record() {}, missed() {}, flush() {} };

/** The same printer, blind to everything but findings. */
export function onlyFindings(printer: Printer): Printer {
  return {
    record(cursor) {
      if (cursor.kind === KIND_NOTE && noteOf(cursor).type === 'finding') printer.record(cursor);
    },
    missed: (count) => printer.missed(count),
    flush: () => printer.flush(),
  };
}

/** The same printer, blind to heartbeats. */
export function withoutHeartbeats(printer: Printer): Printer {
  return {
    record(cursor) {
      if (cursor.kind !== KIND_FRAMES || cursor.frameType !== FRAME_HEARTBEAT) printer.record(cursor);
    },
    missed: (count) => printer.missed(count),
    flush: () => printer.flush(),
  };
}
