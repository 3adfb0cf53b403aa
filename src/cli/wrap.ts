// Sentences over several lines of the terminal. Counterpart of line.ts, which cuts what cannot be read in part.
// Invariant: no line is wider than asked for, and no word is lost; one that is too wide for a line is broken.

import { columnsOf, cutToColumns } from './columns.ts';

/** Visible text in lines of at most this many columns (at least 2); Infinity: one line. */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (columnsOf(longer) <= columns) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (columnsOf(line) > columns) {
      const part = cutToColumns(line, columns);
      lines.push(part);
      line = line.slice(part.length);
    }
  }
  return line === '' ? lines : [...lines, line];
}
