// One line of the terminal in the making: pieces of text, each with its colour, cut at the width with `…`.
// Invariant: whatever text goes in, what comes out is one line of at most `columns` columns unless it is left uncut, without
// control characters other than the colours'.

import { columnsOf, cutToColumns } from './columns.ts';
import type { Paint } from './palette.ts';
import { isPlain, visibleText } from './visible-text.ts';

const ELLIPSIS = '…';

export class Line {
  /** Columns that the terminal has; Infinity: the line is not cut. */
  readonly columns: number;
  /** Where it is cut. */
  #limit: number;
  #taken = 0;
  /** Columns left blank before what is added next. */
  #skipped = 0;
  #cut = false;
  readonly #texts: string[] = [];
  readonly #paints: (Paint | undefined)[] = [];

  constructor(columns: number) {
    this.columns = columns;
    this.#limit = columns;
  }

  /** Columns that are free. */
  get left(): number {
    return this.#limit - this.#taken - this.#skipped;
  }

  /** Columns that are taken, or left blank. */
  get taken(): number {
    return this.#taken + this.#skipped;
  }

  /** Adds text, made visible; what does not fit is cut off. */
  add(text: string, paint?: Paint): this {
    if (this.#cut || text === '') return this;
    if (this.#skipped > 0) this.#fillSkipped();
    const plain = isPlain(text);
    let visible = plain ? text : visibleText(text);
    let columns = plain ? text.length : columnsOf(visible);
    if (columns > this.left) {
      this.#cut = true;
      visible = cutToColumns(visible, this.left);
      columns = columnsOf(visible);
    }
    this.#push(visible, columns, paint);
    return this;
  }

  /** Adds text that is cut, or filled up with blanks, to exactly this many columns. */
  cell(text: string, columns: number, paint?: Paint): this {
    const fitted = shortenTo(visibleText(text), columns);
    return this.add(fitted, paint).add(' '.repeat(columns - columnsOf(fitted)));
  }

  /** Adds text that is filled up with blanks on its left to at least this many columns. */
  right(text: string, columns: number, paint?: Paint): this {
    return this.add(text.padStart(columns), paint);
  }

  /** Leaves columns blank, if anything follows. */
  skip(columns: number): this {
    this.#skipped += columns;
    return this;
  }

  /** What is added from here on is not cut: the terminal wraps it. */
  uncut(): this {
    this.#limit = Number.POSITIVE_INFINITY;
    return this;
  }

  /** Adds a part that was cut on its own. */
  addLine(part: Line): this {
    if (part.#cut) part.#endWithEllipsis();
    for (let i = 0; i < part.#texts.length; i++) this.add(part.#texts[i]!, part.#paints[i]);
    return this;
  }

  toString(): string {
    if (this.#cut) this.#endWithEllipsis();
    let line = '';
    for (let i = 0; i < this.#texts.length; i++) {
      const paint = this.#paints[i];
      const text = this.#texts[i]!;
      line += paint ? paint(text) : text;
    }
    return line;
  }

  #push(text: string, columns: number, paint: Paint | undefined): void {
    this.#taken += columns;
    this.#texts.push(text);
    this.#paints.push(paint);
  }

  #fillSkipped(): void {
    const columns = Math.max(0, Math.min(this.#skipped, this.#limit - this.#taken));
    this.#skipped = 0;
    this.#push(' '.repeat(columns), columns, undefined);
  }

  #endWithEllipsis(): void {
    while (this.left < 1 && this.#texts.length > 0) {
      const text = this.#texts.pop()!;
      const paint = this.#paints.pop();
      const columns = columnsOf(text);
      this.#taken -= columns;
      const shorter = cutToColumns(text, columns - 1);
      if (shorter !== '') this.#push(shorter, columnsOf(shorter), paint);
    }
    if (this.left >= 1) this.#push(ELLIPSIS, 1, undefined);
    this.#cut = false;
  }
}

/** Visible text, cut with `…` to at most this many columns. */
export function shortenTo(text: string, columns: number): string {
  return columnsOf(text) <= columns ? text : `${cutToColumns(text, Math.max(0, columns - 1))}${ELLIPSIS}`;
}
