// Sentences over several lines of the terminal. Counterpart of line.ts, which cuts what cannot be read in part.
// Invariant: no line is wider than asked for, and no word is lost; one that is too wide for a line is broken.

import { columnsOf, cutToColumns } from './columns.ts';

/**
 * Visible text in lines of at most this many columns (at least 2), broken at gaps of two blanks, else between words where
 * there are some; Infinity: one line.
 */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (columnsOf(rest) > columns) {
    const fitting = cutToColumns(rest, columns + 1);
    const gap = fitting.lastIndexOf('  ');
    const blank = gap > 0 ? gap : fitting.lastIndexOf(' ');
    const line = blank > 0 ? rest.slice(0, blank) : cutToColumns(rest, columns);
    lines.push(line);
    rest = rest.slice(line.length).trimStart();
  }
  if (rest !== '' || lines.length === 0) lines.push(rest);
  return lines;
}
