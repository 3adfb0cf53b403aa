// Tables of the terminal, as the summary shows them. Counterpart of line.ts, which makes lines of the traffic.
// Invariant: a cell is visible text, cut before it comes here.

import { shortenTo } from './line.ts';
import type { Palette } from './palette.ts';
import { visibleText } from './visible-text.ts';

export type Row = readonly string[];
/** Makes a table with these first columns aligned to the left, the rest to the right. */
export type MakeTable = (head: Row, rows: readonly Row[], left: number) => string;

/** Tables without frames: a line below the head, the first `left` columns to the left, numbers to the right. */
export async function loadTable(palette: Palette): Promise<MakeTable> {
  const { default: Table } = await import('cli-table3');
  const none = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '' };
  const bottom = { bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' };
  const sides = { left: '', 'left-mid': '', right: '', 'right-mid': '', middle: '  ' };
  const chars = { ...none, ...bottom, ...sides, mid: '', 'mid-mid': '' };
  return (head, rows, left) => {
    const table = new Table({
      head: head.map((text) => palette.faint(text)),
      colAligns: head.map((_, i) => (i < left ? 'left' : 'right')),
      chars,
      style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    });
    for (const row of rows) table.push([...row]);
    return `${table.toString().replaceAll(/ +$/gm, '')}\n`;
  };
}

/** Visible text of at most this many columns. */
export function cell(text: string, columns: number): string {
  return shortenTo(visibleText(text), columns);
}
