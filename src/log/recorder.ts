// Records what passes as pcapng: a reader of the log that takes whole runs, or, through a filter, records, and hands them
// to the writer.
// What the log blanked out is blank in the recording; frames that were dropped did not pass and are left out.
// Counterpart of CaptureReader, which reads the file back.

import type { CaptureEndpoint } from './capture/capture-sink.ts';
import type { PcapngWriter } from './capture/pcapng-writer.ts';
import { Cursor } from './cursor.ts';
import { noteOf } from './frame-event.ts';
import { Pump } from './pump.ts';
import type { RecordStore } from './record-store.ts';
import { KIND_NOTE } from './runs.ts';

/** Recording is why the program runs, so it may take half the time; what it reads, it copies by the run. */
const BUSY_SHARE = 0.5;
/** ms to let records gather: a file is not looked at live. */
const GATHER_MS = 20;
const UNKNOWN: CaptureEndpoint = { address: '0.0.0.0', port: 0 };

/** Takes records one by one; a filter's reader, for one. */
export interface RecordReader {
  record(cursor: Cursor): void;
  missed(count: number): void;
  /** Nothing more is to come. */
  end?(): void;
}

export class Recorder {
  /** Records that the ring overran before they were written. */
  missed = 0;
  readonly #writer: PcapngWriter;
  readonly #pump: Pump;
  readonly #reader: RecordReader;
  readonly #open = new Set<number>();
  #time = 0;

  /** `select` stands between the log and the recording, and hands on what is to be recorded. */
  constructor(log: RecordStore, writer: PcapngWriter, select?: (reader: RecordReader) => RecordReader) {
    this.#writer = writer;
    const reader: RecordReader = {
      record: (cursor) => this.#read(cursor),
      missed: (count) => {
        this.missed += count;
      },
    };
    this.#reader = select?.(reader) ?? reader;
    this.#pump = new Pump(log, new Cursor(log, log.firstId), {
      ...(!select && { runs: true }),
      busyShare: BUSY_SHARE,
      gatherMs: GATHER_MS,
      read: (cursor) => {
        this.#reader.record(cursor);
        return true;
      },
      flush: () => writer.flush(),
      missed: (count) => this.#reader.missed(count),
    });
  }

  /** Writes all that is left. */
  close(): void {
    this.#pump.drain();
    this.#pump.stop();
    this.#reader.end?.();
    for (const connection of this.#open) this.#writer.close(connection, 'capture-ended', this.#time);
    this.#open.clear();
    this.#writer.flush();
  }

  #read(cursor: Cursor): void {
    this.#time = Math.max(this.#time, cursor.time);
    if (cursor.kind === KIND_NOTE) this.#note(cursor);
    else if (cursor.origin !== 'dropped') this.#data(cursor);
  }

  #data(cursor: Cursor): void {
    const { connection, direction, time, bytes, start, end } = cursor;
    if (!this.#open.has(connection)) this.#begin(connection, UNKNOWN, UNKNOWN, time);
    this.#writer.data(connection, direction, bytes.subarray(start, end), time);
    if (cursor.cut) this.#writer.gap(connection, direction, cursor.size - (end - start));
  }

  #note(cursor: Cursor): void {
    const note = noteOf(cursor);
    if (note.type === 'connection.opened') this.#begin(cursor.connection, note.client, note.server, cursor.time);
    if (note.type !== 'connection.closed' || !this.#open.delete(cursor.connection)) return;
    this.#writer.close(cursor.connection, note.how === 'closed' ? 'closed' : 'reset', cursor.time);
  }

  #begin(connection: number, client: CaptureEndpoint, server: CaptureEndpoint, time: number): void {
    this.#open.add(connection);
    this.#writer.open(connection, client, server, time);
  }
}
