// Counts what went wrong: channels and connections closed with an error, bytes that are no AMQP, frames that never ended.
// A reader of the log that looks only when the counts of traffic say that there is something to find.
// Invariant: bounded; a look at traffic without errors costs a handful of additions.

import { ProtocolError } from '../errors.ts';
import { Cursor } from '../log/cursor.ts';
import { noteOf } from '../log/frame-event.ts';
import type { FrameLog } from '../log/frame-log.ts';
import { KIND_FRAMES, KIND_NOTE } from '../log/runs.ts';
import { SLOTS, trafficSlot } from '../log/traffic.ts';
import { decodeMethod } from '../protocol/method.ts';
import { methodByName } from '../protocol/method-table.ts';
import type { Session } from '../session/session.ts';
import { isErrorClose } from './method-paint.ts';
import { noteText } from './note-text.ts';

/** Distinct errors that are told apart; the rest is counted together. */
const MOST_ERRORS = 200;
/** Of each kind, the records that findings are asked about. */
const MOST_RECORDS = 16;
const OTHERS = 'other errors';

/** One kind of error. */
export interface TalliedError {
  readonly text: string;
  count: number;
  /** A finding tells of it in more words. */
  readonly explained?: true;
  /** The connection that had it last. */
  connection: number;
}

/** Where traffic counts the methods that close. */
const CLOSES = (['channel.close', 'connection.close'] as const).map((name) => {
  const { classId, methodId } = methodByName(name);
  return trafficSlot((classId << 16) | methodId);
});

export class ErrorTally {
  readonly #log: FrameLog;
  readonly #findings: Pick<Session, 'hasFinding'> | undefined;
  readonly #cursor: Cursor;
  readonly #errors = new Map<string, { readonly error: TalliedError; readonly records: number[] }>();
  #from = 1;
  #signs = 0;

  /** `findings`: knows which records findings tell of. */
  constructor(log: FrameLog, findings?: Pick<Session, 'hasFinding'>) {
    this.#log = log;
    this.#findings = findings;
    this.#cursor = new Cursor(log);
  }

  /** All kinds, most frequent first. */
  list(): TalliedError[] {
    return [...this.#errors.values()]
      .map(({ error, records }) => (this.#isExplained(records) ? { ...error, explained: true as const } : error))
      .sort((a, b) => b.count - a.count);
  }

  /** Looks at what was written since the last time, if it can hold errors. */
  check(): void {
    const signs = this.#countSigns();
    if (signs !== this.#signs) {
      this.#signs = signs;
      this.#cursor.seek(this.#from);
      while (this.#cursor.next()) this.#look();
    }
    this.#from = this.#log.nextId;
  }

  #isExplained(records: readonly number[]): boolean {
    return records.some((record) => this.#findings?.hasFinding(record));
  }

  /** Grows with everything that may be an error. */
  #countSigns(): number {
    const { frames, opaqueBytes } = this.#log.traffic;
    let signs = opaqueBytes[0]! + opaqueBytes[1]!;
    for (const slot of CLOSES) signs += frames[slot]! + frames[SLOTS + slot]!;
    return signs;
  }

  #look(): void {
    const cursor = this.#cursor;
    if (cursor.kind === KIND_NOTE) {
      const note = noteOf(cursor);
      if (note.type === 'opaque' || note.type === 'unfinished') this.#add(noteText(note).text);
    } else if (cursor.kind === KIND_FRAMES) {
      const name = cursor.method?.name;
      if (name === 'channel.close' || name === 'connection.close') this.#close();
    }
  }

  #close(): void {
    const { bytes, payloadStart, payloadEnd } = this.#cursor;
    try {
      const decoded = decodeMethod(bytes, payloadStart, payloadEnd);
      if (!isErrorClose(decoded)) return;
      const { reply_code, reply_text } = decoded.arguments;
      this.#add(`${decoded.method.name} ${reply_code} ${reply_text}`);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#add(`a close that does not decode: ${error.message}`);
    }
  }

  #add(text: string): void {
    const key = this.#errors.has(text) || this.#errors.size < MOST_ERRORS ? text : OTHERS;
    const tallied = this.#errors.get(key) ?? { error: { text: key, count: 0, connection: 0 }, records: [] };
    const { error, records } = tallied;
    error.count++;
    error.connection = this.#cursor.connection;
    if (this.#findings && records.length < MOST_RECORDS) records.push(this.#cursor.id);
    this.#errors.set(key, tallied);
  }
}
