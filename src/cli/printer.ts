// What prints records of the log, one way or another. Its implementations: pretty, JSON and tracer printers.
// Invariant: a printer never throws on any record, and keeps nothing that grows with the traffic.

import type { Cursor } from '../log/cursor.ts';

export interface Printer {
  /** Prints the record that the cursor shows. */
  record(cursor: Cursor): void;
  /** Says that records were lost before they could be printed. */
  missed(count: number): void;
}

/** Prints nothing. */
export const SILENT_PRINTER: Printer = { record() {}, missed() {} };
