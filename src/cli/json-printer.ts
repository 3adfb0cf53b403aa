// One JSON object a record, a line each (NDJSON), in exactly the shape of the frame event. Counterpart of log/event-writer.ts.

import type { Cursor } from '../log/cursor.ts';
import { EventWriter } from '../log/event-writer.ts';
import type { Output } from './output.ts';
import type { Printer } from './printer.ts';

/** Bytes gathered before they are handed over. */
const PIECE = 64 << 10;
const NEWLINE = 0x0a;

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
    this.#output.bytes(this.#writer.take());
  }
}
