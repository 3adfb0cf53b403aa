// A column of a table, and how the usual kinds of them are made. Counterparts: the views, which list them; table.ts.
// Invariant: numbers stand to the right, in a width that their texts never exceed.

import type { Paint } from '../palette.ts';
import { ageText, amountText, latencyText, rateText } from '../quantity-text.ts';
import { sizeText } from '../size-text.ts';
import { numberOf } from './moment.ts';
import type { Style } from './style.ts';

export interface Column<Row> extends Place {
  readonly title: string;
  /** Numbers stand to the right. */
  readonly right?: true;
  /** Numbers are sorted with the greatest first, unless this is set; text is sorted by the alphabet. */
  readonly ascending?: true;
  text(row: Row): string;
  sort(row: Row): number | string;
  paint?(row: Row, style: Style): Paint | undefined;
}

/** How a column fares where there is little room. */
interface Place {
  /** Terminal columns that it needs. */
  readonly least: number;
  /** Columns that it takes where there is room and its texts are that long; as many as `least` if left out. */
  readonly most?: number;
  /** Those of the highest rank are left out first. */
  readonly rank: number;
}

type Value<Row> = (row: Row) => number | undefined;

/** Columns of `99999`, `12.3k`, `3m 20s`, `12.5 ms`. */
const RATE = 5;
const AMOUNT = 6;
const AGE = 7;
const LATENCY = 7;

/** Text, sorted by the alphabet. */
export function textColumn<Row>(
  title: string,
  place: Place,
  text: (row: Row) => string,
  paint?: Column<Row>['paint'],
): Column<Row> {
  return { title, ...place, text, sort: text, ...(paint && { paint }) };
}

/** How many there are or were. */
export function countColumn<Row>(title: string, rank: number, count: Value<Row>): Column<Row> {
  return numberColumn(title, AMOUNT, rank, count, amountText);
}

/** Messages a second. */
export function rateColumn<Row>(
  title: string,
  rank: number,
  paint: 'publish' | 'deliver',
  perSecond: Value<Row>,
): Column<Row> {
  const column = numberColumn<Row>(title, RATE, rank, (row) => numberOf(perSecond(row)) ?? 0, rateText);
  return { ...column, paint: (row, style) => (numberOf(perSecond(row)) ? style[paint] : style.faint) };
}

/** Bytes a second. */
export function bytesColumn<Row>(title: string, rank: number, perSecond: (row: Row) => number): Column<Row> {
  return numberColumn(title, AMOUNT, rank, (row) => Math.round(perSecond(row)), sizeText);
}

/** Seconds. */
export function ageColumn<Row>(title: string, rank: number, seconds: Value<Row>): Column<Row> {
  return numberColumn(title, AGE, rank, seconds, ageText);
}

/** µs. */
export function latencyColumn<Row>(title: string, rank: number, micros: Value<Row>): Column<Row> {
  return numberColumn(title, LATENCY, rank, micros, latencyText);
}

/** What is not known, or no number, is left empty and sorted below 0; a 0 is not worth a look. */
function numberColumn<Row>(
  title: string,
  width: number,
  rank: number,
  value: Value<Row>,
  format: (value: number) => string,
): Column<Row> {
  return {
    title,
    least: Math.max(width, title.length),
    right: true,
    rank,
    text: (row) => {
      const known = numberOf(value(row));
      return known === undefined ? '' : format(known);
    },
    sort: (row) => numberOf(value(row)) ?? -1,
    paint: (row, style) => (value(row) === 0 ? style.faint : undefined),
  };
}
