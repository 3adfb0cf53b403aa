// The columns that every pretty line begins with: time, connection, direction, channel, method, size.
// Counterpart of pretty-printer.ts, which fills in what follows.
// Invariant: the columns stand where they stood on the line before, unless the terminal's width changed.

import { type Direction, SERVER_TO_CLIENT } from '../protocol/frame.ts';
import type { Connection } from '../session/connection-table.ts';
import { Line } from './line.ts';
import { LocalTime } from './local-time.ts';
import type { Paint, Palette } from './palette.ts';
import { sizeText } from './size-text.ts';

const SIZE = 6;
/** Columns of `12.5 ms`. */
const LATENCY = 7;
/** A longer name takes from the size's columns. */
const METHOD_WIDE = 16;
const METHOD_NARROW = 13;
/** From this width on, lines have room for the longer form of everything. */
export const WIDE = 100;
/** A label where lines are not cut. */
const UNCUT_LABEL = 20;

/** What a line is about. */
export interface Subject {
  readonly time: number;
  readonly connection: number;
}

export class Layout {
  readonly #palette: Palette;
  readonly #connectionOf: (id: number) => Connection | undefined;
  #connectionDigits = 1;
  #channelDigits = 1;
  readonly #clock = new LocalTime();

  constructor(palette: Palette, connectionOf: (id: number) => Connection | undefined) {
    this.#palette = palette;
    this.#connectionOf = connectionOf;
  }

  /** The day of a line, which stands on a line of its own where it begins. */
  dateOf(time: number): string {
    return this.#clock.dateOf(time);
  }

  /** A line that begins with time and connection. */
  line(subject: Subject, columns: number): Line {
    const palette = this.#palette;
    const line = new Line(columns);
    // Narrow terminals do without the microseconds.
    const time = columns < WIDE ? this.#clock.shortTimeOf(subject.time) : this.#clock.timeOf(subject.time);
    line.add(time, palette.faint).add(' ');
    const digits = String(subject.connection);
    this.#connectionDigits = Math.max(this.#connectionDigits, digits.length);
    const paint = palette.connections[(subject.connection - 1) % palette.connections.length];
    return line
      .cell(subject.connection === 0 ? '' : `#${digits}`, this.#connectionDigits + 1, paint)
      .add(' ')
      .cell(this.#labelOf(subject.connection), labelColumns(columns), paint)
      .add(' ');
  }

  /** Adds direction, channel, method and size. */
  addFrame(line: Line, direction: Direction, channel: number, name: string, size: number, paint: Paint): void {
    const digits = String(channel);
    this.#channelDigits = Math.max(this.#channelDigits, digits.length);
    line
      .add(direction === SERVER_TO_CLIENT ? '←' : '→', paint)
      .add(' ')
      .cell(`ch${digits}`, this.#channelDigits + 2, channel === 0 ? this.#palette.faint : undefined)
      .add(' ');
    const columns = line.columns < WIDE ? METHOD_NARROW : METHOD_WIDE;
    const sizeColumns = Math.max(1, columns + SIZE - name.length);
    line.add(name, paint).add(' ').right(sizeText(size), sizeColumns, this.#palette.faint);
  }

  /** Adds the time since what the line answers: a column of its own where there is room for one. */
  addLatency(line: Line, latency: string, paint: Paint): void {
    if (line.columns < WIDE) line.add(latency === '' ? '' : ` ${latency}`, paint);
    else if (latency === '') line.skip(1 + LATENCY);
    else line.add(' ').right(latency, LATENCY, paint);
  }

  #labelOf(id: number): string {
    const connection = this.#connectionOf(id);
    return connection ? connectionLabel(connection) : '';
  }
}

/** The client's name for the connection; until it is known, the client's port. */
export function connectionLabel({ name, client }: Connection): string {
  return name ?? `:${client.port}`;
}

function labelColumns(columns: number): number {
  if (columns === Number.POSITIVE_INFINITY) return UNCUT_LABEL;
  if (columns < WIDE) return 8;
  return Math.min(24, Math.floor(columns / 8));
}
