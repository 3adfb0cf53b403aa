// A finding on the terminal: its title on a line like any other's, below it what happened and what to do about it.
// Counterparts: log/note.ts, as which it stands in the log; pretty-printer.ts and the reports, which show it.

import type { Severity } from '../log/note.ts';
import type { Paint, Palette } from './palette.ts';
import { visibleText } from './visible-text.ts';
import { wrapText } from './wrap.ts';

export const FINDING_MARK = '▲';
const ADVICE_MARK = '→';
/** The sentences get at least this many columns, whatever stands to their left. */
const SHORTEST = 70;
const SMALL_INDENT = 2;
const LEAST = 20;

export function severityPaint(severity: Severity, palette: Palette): Paint {
  return severity === 'error' ? palette.error : severity === 'warning' ? palette.warning : palette.info;
}

export interface FindingWords {
  /** What happened, and what to do. */
  readonly text: string;
  readonly advice: string;
}

/** The lines below the title: under it, `indent` columns in, or further left where that leaves too little room. */
export function findingLines(
  { text, advice }: FindingWords,
  indent: number,
  columns: number,
  palette: Palette,
): string[] {
  const left = columns - indent >= SHORTEST ? indent : SMALL_INDENT;
  const blank = ' '.repeat(left);
  const width = Math.max(LEAST, columns - left);
  const advised = wrapText(visibleText(advice), width - 2).map((line, i) => {
    return `${blank}${i === 0 ? palette.strong(ADVICE_MARK) : ' '} ${line}`;
  });
  return [...wrapText(visibleText(text), width).map((line) => blank + line), ...advised];
}
