// Findings in the summary: a line each, worst first. Counterpart of the finding lines among the frames, and of
// `read --findings`, which have the advice.

import { countText } from '../log/quantity.ts';
import type { Found } from '../session/findings.ts';
import type { Session } from '../session/session.ts';
import { FINDING_MARK, severityPaint } from './finding-lines.ts';
import { connectionLabel } from './layout.ts';
import type { Palette } from './palette.ts';
import { severitiesText, worstFirst } from './report/findings-report.ts';
import { cell, type MakeTable } from './table.ts';

const MOST_ROWS = 15;
const WHERE = 22;
/** Columns of mark, count and the gaps. */
const REST = 12;
const LONGEST_TITLE = 80;

/** The section, or nothing if nothing was found. */
export function foundLines(session: Session, columns: number, palette: Palette, makeTable: MakeTable): string[] {
  const found = byFinding(worstFirst(session.findings.list()));
  if (found.length === 0) return [];
  const width = Math.min(LONGEST_TITLE, columns - WHERE - REST);
  const rows = found.slice(0, MOST_ROWS).map(({ first, count, subjects }) => {
    const { severity } = first;
    const { title } = first.definition;
    const where = subjects > 1 ? `${countText(subjects)} places` : whereOf(first, session);
    return [
      severityPaint(severity, palette)(`${FINDING_MARK} ${cell(title, width)}`),
      cell(where, WHERE),
      countText(count),
    ];
  });
  const lines = [
    `${palette.strong('findings')}  ${severitiesText(session.findings.list())}`,
    makeTable(['', 'where', 'count'], rows, 2),
  ];
  if (found.length > MOST_ROWS)
    lines.push(palette.faint(`… and ${countText(found.length - MOST_ROWS)} more kinds`), '');
  return lines;
}

interface FoundKind {
  readonly first: Found;
  count: number;
  subjects: number;
}

/** Those of one finding together, wherever they were found. */
function byFinding(found: readonly Found[]): FoundKind[] {
  const kinds = new Map<string, FoundKind>();
  for (const one of found) {
    const kind = kinds.get(one.definition.id);
    if (kind) {
      kind.count += one.count;
      kind.subjects++;
    } else kinds.set(one.definition.id, { first: one, count: one.count, subjects: 1 });
  }
  return [...kinds.values()];
}

/** `#3 invoices ch1` */
function whereOf({ connection, channel }: Found, { connections }: Session): string {
  if (connection === 0) return '';
  const known = connections.get(connection);
  const label = known ? ` ${cell(connectionLabel(known), 12)}` : '';
  return `#${connection}${label}${channel === undefined ? '' : ` ch${channel}`}`;
}
