// One JSON object a record, a line each (NDJSON), in exactly the shape of the frame event. Counterpart of log/event-writer.ts.
// Invariant: no control character but the line breaks, C1 included, for some terminals act upon U+009B as upon ESC [.

import type { Cursor } from '../log/cursor.ts';
import { EventWriter } from '../log/event-writer.ts';
import { escapeC1 } from './json-line.ts';
import type { Output } from './output.ts';
import type { Printer } from './printer.ts';

/** Bytes gathered before they are handed over. */
const PIECE = 64 << 10;
const NEWLINE = 0x0a;
/** The first byte of U+0080 to U+00BF in UTF-8. */
const C1_LEAD = 0xc2;

export class JsonPrinter implements Printer {
  readonly #output: Output;
  readonly #writer: EventWriter;

  constructor(output: Output, showSecrets: boolean) {
    this.#output = output;
    this.#writer = new EventWriter(showSecrets);
  }

  record(cursor: Cursor): void {
    this.#writer.event(cursor);
    this.#writer.byte(NEWLINE);
    if (this.#writer.size >= PIECE) this.#handOver();
  }

  missed(count: number): void {
    this.#writer.missed(count);
    this.#writer.byte(NEWLINE);
  }

  flush(): void {
    if (this.#writer.size > 0) this.#handOver();
    this.#output.flush();
  }

  #handOver(): void {
    this.#output.bytes(withoutC1(this.#writer.take()));
  }
}

/** JSON in UTF-8 with its C1 control characters, which JSON lets stand, escaped: `\u009b`. */
function withoutC1(json: Uint8Array): Uint8Array {
  if (!json.includes(C1_LEAD)) return json;
  return Buffer.from(escapeC1(Buffer.from(json.buffer, json.byteOffset, json.length).toString()));
}
