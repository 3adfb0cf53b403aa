// What is on the screen: header, tabs, a table or a page about one row, a line of keys. Keys go in, lines come out.
// Counterparts: top.ts, which feeds it and puts its lines on the screen; table.ts, each of its tabs.
// Invariant: it does no I/O and knows no time, so that what it shows follows from what it was given alone.

import { cutToColumns } from '../columns.ts';
import { Line } from '../line.ts';
import { channelView } from './channel-view.ts';
import { connectionView } from './connection-view.ts';
import { type Details, detailLines } from './details.ts';
import { exchangeView } from './exchange-view.ts';
import { findingView } from './finding-view.ts';
import { Header } from './header.ts';
import { HELP } from './help.ts';
import { isCharacter, type Key } from './keys.ts';
import { latencyView } from './latency-view.ts';
import { type Moment, momentOf } from './moment.ts';
import { queueView } from './queue-view.ts';
import type { TopSnapshot } from './snapshot.ts';
import type { Style } from './style.ts';
import { type Tab, Table } from './table.ts';

interface Page {
  details: Details;
  /** Of the row that it is about; undefined: it is about none. */
  readonly key: string | undefined;
}

/** What a key asks of the program beyond the screen. */
export type Request = 'quit' | 'suspend' | 'redraw' | 'refresh';

/** Keys that are explained at the bottom; the first ones, where there is little room. */
const TABLE_KEYS = 'q quit   ? help   / filter   < > sort   r reverse   Enter details   p pause   Tab next';
const PAGE_KEYS = 'Esc back   ↑ ↓ scroll   p pause   q quit';

export class Dashboard {
  readonly #style: Style;
  readonly #header: Header;
  readonly #tabs: readonly Tab[] = [
    new Table(connectionView),
    new Table(channelView),
    new Table(queueView),
    new Table(exchangeView),
    new Table(latencyView),
    new Table(findingView),
  ];
  #tab = 0;
  #moment: Moment | undefined;
  #showsAll = false;
  #paused = false;
  #problem: string | undefined;
  /** The filter as it was before it was edited; undefined: it is not being edited. */
  #filterBefore: string | undefined;
  /** What is shown in place of the table. */
  #page: Page | undefined;
  #scrolled = 0;
  /** Lines of the page that fit. */
  #pageRows = 1;

  /** `where` names the spy. */
  constructor(where: string, style: Style) {
    this.#style = style;
    this.#header = new Header(where, style);
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Takes what the spy has now. */
  update(snapshot: TopSnapshot): void {
    this.#problem = undefined;
    this.#moment = momentOf(snapshot, this.#moment?.snapshot);
    this.#header.update(this.#moment);
    this.#updateTabs();
  }

  /** Says that the spy could not be asked; what it said last stays. */
  fail(problem: string): void {
    this.#problem = problem;
  }

  press(key: Key): Request | undefined {
    if (key === 'ctrl-c') return 'quit';
    if (key === 'ctrl-z') return 'suspend';
    if (key === 'ctrl-l') return 'redraw';
    if (this.#filterBefore !== undefined) return void this.#editFilter(key, this.#filterBefore);
    if (key === 'q') return 'quit';
    if (key === 'p' || key === ' ') return this.#pause();
    if (this.#page) this.#pressOnPage(key);
    else this.#pressOnTable(key);
    return undefined;
  }

  /** All lines of the screen. */
  lines(columns: number, rows: number): string[] {
    const problem = this.#problem !== undefined ? 'no answer' : this.#paused ? 'paused' : undefined;
    const head = this.#page
      ? [this.#header.title(columns, problem), this.#pageTitle(columns, this.#page.details)]
      : [...this.#header.lines(columns, rows, problem), this.#tabLine(columns)];
    const top = head.slice(0, Math.max(0, rows - 2));
    const left = Math.max(1, rows - top.length - 1);
    const body = this.#page ? this.#pageLines(columns, left) : this.#tabs[this.#tab]!.lines(columns, left, this.#style);
    const blank = new Array<string>(Math.max(0, left - body.length)).fill('');
    return [...top, ...body, ...blank, this.#keyLine(columns)].slice(0, rows);
  }

  #pause(): Request | undefined {
    this.#paused = !this.#paused;
    return this.#paused ? undefined : 'refresh';
  }

  #pressOnTable(key: Key): void {
    const tab = this.#tabs[this.#tab]!;
    if (tab.press(key)) return;
    switch (key) {
      case 'tab':
      case 'right':
        this.#tab = (this.#tab + 1) % this.#tabs.length;
        return;
      case 'back-tab':
      case 'left':
        this.#tab = (this.#tab + this.#tabs.length - 1) % this.#tabs.length;
        return;
      case '/':
        this.#filterBefore = tab.filter;
        return;
      case 'escape':
        tab.filter = '';
        return;
      case 'a':
        this.#showsAll = !this.#showsAll;
        this.#updateTabs();
        return;
      case '?':
      case 'h':
        this.#open(HELP);
        return;
      case 'enter': {
        const key = tab.selected;
        const details = key === undefined ? undefined : tab.details(key);
        if (details) this.#open(details, key);
        return;
      }
    }
    const number = Number(key);
    if (number >= 1 && number <= this.#tabs.length) this.#tab = number - 1;
  }

  #open(details: Details, key?: string): void {
    this.#page = { details, key };
    this.#scrolled = 0;
  }

  #pressOnPage(key: Key): void {
    switch (key) {
      case 'escape':
      case 'enter':
      case 'backspace':
      case 'left':
      case '?':
        this.#page = undefined;
        return;
      case 'up':
      case 'k':
        this.#scrolled--;
        return;
      case 'down':
      case 'j':
        this.#scrolled++;
        return;
      case 'page-up':
        this.#scrolled -= this.#pageRows;
        return;
      case 'page-down':
        this.#scrolled += this.#pageRows;
        return;
      case 'home':
        this.#scrolled = 0;
        return;
      case 'end':
        this.#scrolled = Number.MAX_SAFE_INTEGER;
    }
  }

  #editFilter(key: Key, before: string): void {
    const tab = this.#tabs[this.#tab]!;
    if (key === 'enter' || key === 'tab' || key === 'up' || key === 'down') this.#filterBefore = undefined;
    else if (key === 'escape') {
      tab.filter = before === tab.filter ? '' : before;
      this.#filterBefore = undefined;
    } else if (key === 'backspace') {
      if (tab.filter === '') this.#filterBefore = undefined;
      tab.filter = [...tab.filter].slice(0, -1).join('');
    } else if (key === 'ctrl-u' || key === 'ctrl-w') tab.filter = '';
    else if (isCharacter(key)) tab.filter += key;
  }

  #updateTabs(): void {
    if (!this.#moment) return;
    for (const tab of this.#tabs) tab.update(this.#moment, this.#showsAll);
    const key = this.#page?.key;
    if (this.#page && key !== undefined) this.#page.details = this.#tabs[this.#tab]!.details(key) ?? this.#page.details;
  }

  /** ` 1 Connections 12   2 Channels 24  …`, as short as it must be. */
  #tabLine(columns: number): string {
    const forms = [
      (tab: Tab, number: number) => ` ${number} ${tab.title} ${tab.total} `,
      (tab: Tab, number: number) => ` ${number} ${tab.short} ${tab.total} `,
      (tab: Tab, number: number) => ` ${number} ${tab.short} `,
      (tab: Tab, number: number) => (number === this.#tab + 1 ? ` ${number} ${tab.short} ` : ` ${number} `),
    ];
    const texts = forms.map((form) => this.#tabs.map((tab, i) => form(tab, i + 1)));
    const fitting = texts.find((all) => all.join(' ').length <= columns) ?? texts.at(-1)!;
    const line = new Line(columns);
    fitting.forEach((text, i) => {
      if (i > 0) line.add(' ');
      line.add(text, i === this.#tab ? this.#style.selected : undefined);
    });
    return line.toString();
  }

  #pageTitle(columns: number, details: Details): string {
    const line = new Line(columns).add(' ').add(details.title);
    return this.#style.selected(line.add(' '.repeat(line.left)).toString());
  }

  #pageLines(columns: number, rows: number): string[] {
    const lines = ['', ...detailLines(this.#page!.details, columns, this.#style)];
    this.#pageRows = rows;
    this.#scrolled = Math.max(0, Math.min(this.#scrolled, lines.length - rows));
    return lines.slice(this.#scrolled, this.#scrolled + rows);
  }

  #keyLine(columns: number): string {
    const { faint } = this.#style;
    const tab = this.#tabs[this.#tab]!;
    if (this.#filterBefore !== undefined) {
      const line = new Line(columns).add(' /').add(tab.filter).add(' ', this.#style.selected);
      return line.add(`   ${tab.shown} of ${tab.total}   Enter keeps it, Esc does not`, faint).toString();
    }
    const line = new Line(columns);
    if (this.#problem !== undefined) return line.add(` ${this.#problem}`, this.#style.error).toString();
    if (this.#page) return line.add(wholeKeys(` ${PAGE_KEYS}`, columns), faint).toString();
    if (tab.filter !== '') {
      line.add(' ').add(`/${tab.filter}`, this.#style.warning).add(` ${tab.shown} of ${tab.total}  Esc clears  `);
    }
    return line.add(wholeKeys(` ${TABLE_KEYS}`, line.left), faint).toString();
  }
}

/** As many keys as fit, none of them cut. */
function wholeKeys(text: string, columns: number): string {
  if (text.length <= columns) return text;
  const cut = cutToColumns(text, columns + 1);
  return cut.slice(0, Math.max(0, cut.lastIndexOf('   ')));
}
