// A tab at work: a view's rows, filtered, sorted and scrolled, one of them selected.
// Counterparts: view.ts, what it shows; dashboard.ts, which hands it keys and asks for its lines.
// Invariants: the selection stays with its row wherever that moves, unless it is the top line's, which stays on top;
// columns never get narrower while the terminal's width stays, so that nothing jumps.

import { columnsOf } from '../columns.ts';
import { Line } from '../line.ts';
import { visibleText } from '../visible-text.ts';
import type { Column } from './column.ts';
import type { Details } from './details.ts';
import { fitColumns } from './fit.ts';
import type { Key } from './keys.ts';
import type { Moment } from './moment.ts';
import type { Style } from './style.ts';
import type { View } from './view.ts';

const MARGIN = 1;
const GAP = 2;
const DESCENDING = '▼';
const ASCENDING = '▲';

/** A table of any rows, as the dashboard sees it. */
export interface Tab {
  readonly title: string;
  readonly short: string;
  /** Rows that the filter lets through, and rows in all. */
  readonly shown: number;
  readonly total: number;
  filter: string;
  update(moment: Moment, all: boolean): void;
  /** Moves the selection, or changes the order; false: no key of a table. */
  press(key: Key): boolean;
  /** The head and the rows, at most this many lines. */
  lines(columns: number, rows: number, style: Style): string[];
  /** Key of the selected row; undefined: there is no row. */
  readonly selected: string | undefined;
  /** All about the row of this key; undefined: it is gone. */
  details(key: string): Details | undefined;
}

export class Table<Row> implements Tab {
  readonly #view: View<Row>;
  #moment: Moment | undefined;
  #all: readonly Row[] = [];
  /** Those that the filter lets through, in order; made when somebody looks. */
  #arranged: readonly Row[] | undefined;
  #filter = '';
  #sorted: Column<Row>;
  #reversed = false;
  /** Key of the selected row; undefined: the top line, whatever stands there. */
  #key: string | undefined;
  #index = 0;
  /** The row that is shown first. */
  #first = 0;
  /** Lines for rows at the last look. */
  #page = 1;
  /** The terminal's width at the last look, and the widest texts at that width. */
  #columns = 0;
  #widest: number[] = [];
  #visible: readonly Column<Row>[] = [];

  constructor(view: View<Row>) {
    this.#view = view;
    this.#sorted = view.columns.find(({ title }) => title === view.sortedBy)!;
  }

  get title(): string {
    return this.#view.title;
  }

  get short(): string {
    return this.#view.short;
  }

  get shown(): number {
    return this.#rows.length;
  }

  get total(): number {
    return this.#all.length;
  }

  get filter(): string {
    return this.#filter;
  }

  set filter(text: string) {
    this.#filter = text;
    this.#arranged = undefined;
  }

  update(moment: Moment, all: boolean): void {
    this.#moment = moment;
    this.#all = this.#view.rows(moment, all);
    this.#arranged = undefined;
  }

  press(key: Key): boolean {
    switch (key) {
      case 'up':
      case 'k':
        this.#select(this.#at - 1);
        return true;
      case 'down':
      case 'j':
        this.#select(this.#at + 1);
        return true;
      case 'page-up':
        this.#select(this.#at - this.#page);
        return true;
      case 'page-down':
        this.#select(this.#at + this.#page);
        return true;
      case 'home':
      case 'g':
        this.#select(0);
        return true;
      case 'end':
      case 'G':
        this.#select(this.#rows.length - 1);
        return true;
      case '<':
        this.#sortBy(-1);
        return true;
      case '>':
      case 's':
        this.#sortBy(1);
        return true;
      case 'r':
        this.#reversed = !this.#reversed;
        this.#arranged = undefined;
        return true;
      default:
        return false;
    }
  }

  get selected(): string | undefined {
    const row = this.#rows[this.#at];
    return row === undefined ? undefined : this.#view.key(row);
  }

  details(key: string): Details | undefined {
    const row = this.#all.find((one) => this.#view.key(one) === key);
    return row === undefined || !this.#moment ? undefined : this.#view.details(row, this.#moment);
  }

  lines(columns: number, rows: number, style: Style): string[] {
    this.#page = Math.max(1, rows - 1);
    const all = this.#rows;
    const last = Math.max(0, all.length - this.#page);
    const at = this.#at;
    this.#first = Math.min(last, Math.max(at - this.#page + 1, Math.min(this.#first, at)));
    const shown = all.slice(this.#first, this.#first + this.#page);
    const widths = this.#widths(columns, shown);
    const lines = [this.#head(widths, columns, style)];
    for (const [i, row] of shown.entries()) {
      lines.push(this.#row(row, widths, columns, style, this.#first + i === at));
    }
    if (shown.length === 0) lines.push('', new Line(columns).add(' ').add(this.#nothing, style.faint).toString());
    return lines.slice(0, rows);
  }

  get #nothing(): string {
    return this.total > 0 ? `None of ${this.total} matches '${this.#filter}'.` : this.#view.empty;
  }

  get #rows(): readonly Row[] {
    this.#arranged ??= this.#arrange();
    return this.#arranged;
  }

  /** Filters and sorts, and finds the selected row again. */
  #arrange(): readonly Row[] {
    const needle = this.#filter.toLowerCase();
    const rows = needle === '' ? [...this.#all] : this.#all.filter((row) => this.#matches(row, needle));
    const { sort } = this.#sorted;
    const sign = this.#reversed ? -1 : 1;
    rows.sort((a, b) => sign * compare(sort(a), sort(b), this.#sorted.ascending));
    const found = this.#key === undefined ? 0 : rows.findIndex((row) => this.#view.key(row) === this.#key);
    this.#index = found >= 0 ? found : Math.max(0, Math.min(this.#index, rows.length - 1));
    return rows;
  }

  #matches(row: Row, needle: string): boolean {
    return this.#view.columns.some((column) => column.text(row).toLowerCase().includes(needle));
  }

  /** Where the selected row stands now. */
  get #at(): number {
    this.#arranged ??= this.#arrange();
    return this.#index;
  }

  #select(index: number): void {
    this.#index = Math.max(0, Math.min(this.#rows.length - 1, index));
    const row = this.#rows[this.#index];
    this.#key = this.#index === 0 || row === undefined ? undefined : this.#view.key(row);
  }

  /** Sorts by the next column to the right (1) or left (-1) of those that are visible. */
  #sortBy(step: 1 | -1): void {
    const choices = this.#visible.length > 0 ? this.#visible : this.#view.columns;
    const at = choices.indexOf(this.#sorted);
    const next = at < 0 ? 0 : (at + step + choices.length) % choices.length;
    this.#sorted = choices[next]!;
    this.#reversed = false;
    this.#arranged = undefined;
  }

  #widths(columns: number, shown: readonly Row[]): number[] {
    if (columns !== this.#columns) this.#widest = [];
    this.#columns = columns;
    const wants = this.#view.columns.map((column, i) => {
      const most = column.most ?? column.least;
      let widest = Math.max(this.#widest[i] ?? 0, column.title.length + (column === this.#sorted ? 1 : 0));
      if (column.most !== undefined) {
        for (const row of shown) widest = Math.max(widest, columnsOf(visibleText(column.text(row))));
      }
      this.#widest[i] = widest;
      const needed = column.most === undefined ? column.least : Math.min(widest, most);
      return { least: Math.min(column.least, needed), most: needed, rank: column.rank };
    });
    const widths = fitColumns(wants, columns - 2 * MARGIN, GAP);
    this.#visible = this.#view.columns.filter((_, i) => widths[i]! > 0);
    return widths;
  }

  #head(widths: readonly number[], columns: number, style: Style): string {
    const line = new Line(columns).add(' '.repeat(MARGIN));
    this.#view.columns.forEach((column, i) => {
      if (widths[i] === 0) return;
      const sorted = column === this.#sorted;
      const title = sorted ? `${column.title}${this.#arrow}` : column.title;
      this.#cell(line, column, title, widths[i]!, sorted ? style.heading : style.faint);
    });
    return line.toString();
  }

  get #arrow(): string {
    const { sort, ascending } = this.#sorted;
    const first = this.#rows[0];
    const byText = first !== undefined && typeof sort(first) === 'string';
    return (byText || ascending === true) !== this.#reversed ? ASCENDING : DESCENDING;
  }

  #row(row: Row, widths: readonly number[], columns: number, style: Style, selected: boolean): string {
    const line = new Line(columns).add(' '.repeat(MARGIN));
    const rowPaint = this.#view.paint?.(row, style);
    this.#view.columns.forEach((column, i) => {
      if (widths[i] === 0) return;
      const paint = selected ? undefined : (rowPaint ?? column.paint?.(row, style));
      this.#cell(line, column, column.text(row), widths[i]!, paint);
    });
    return selected ? style.selected(line.add(' '.repeat(line.left)).toString()) : line.toString();
  }

  /** Numbers may reach into the gap before them: the sorted column's arrow does. */
  #cell(
    line: Line,
    column: Column<Row>,
    text: string,
    width: number,
    paint: ((text: string) => string) | undefined,
  ): void {
    const taken = line.columns - line.left;
    if (taken > MARGIN)
      line.add(' '.repeat(column.right ? GAP - Math.max(0, Math.min(GAP, text.length - width)) : GAP));
    if (column.right) line.right(text, width, paint);
    else line.cell(text, width, paint);
  }
}

function compare(a: number | string, b: number | string, ascending: true | undefined): number {
  if (typeof a === 'number' && typeof b === 'number') return ascending ? a - b : b - a;
  return a < b ? -1 : a > b ? 1 : 0;
}
