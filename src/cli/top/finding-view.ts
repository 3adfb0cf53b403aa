// The tab of findings: what an expert would tell the developer, worst and latest first.

import { severityRank } from '../../log/note.ts';
import { ageText } from '../quantity-text.ts';
import { ageColumn, countColumn, textColumn } from './column.ts';
import type { DetailLine, Details } from './details.ts';
import { channelLabel, connectionLabel, severityPaint } from './label.ts';
import { ageOf, type Moment } from './moment.ts';
import type { FindingJson } from './snapshot.ts';
import type { View } from './view.ts';

interface FindingRow {
  readonly finding: FindingJson;
  /** Seconds since it was last met. */
  readonly age: number | undefined;
}

export const findingView: View<FindingRow> = {
  title: 'Findings',
  short: 'Find',
  sortedBy: 'SEVERITY',
  empty: 'Nothing to complain of so far.',
  columns: [
    {
      ...textColumn(
        'SEVERITY',
        { least: 9, rank: 0 },
        ({ finding }) => finding.severity,
        ({ finding }, style) => severityPaint(finding.severity, style),
      ),
      sort: ({ finding }) => severityRank(finding.severity),
    },
    countColumn('TIMES', 3, ({ finding }) => finding.count ?? 1),
    {
      ...ageColumn('LAST', 4, ({ age }) => age),
      ascending: true,
      sort: ({ age }) => age ?? Number.POSITIVE_INFINITY,
    },
    textColumn('WHERE', { least: 7, most: 10, rank: 2 }, ({ finding: { connection, channel } }) =>
      connection === undefined ? '' : channelLabel(connection, channel),
    ),
    textColumn('FINDING', { least: 20, most: 46, rank: 1 }, ({ finding }) => finding.title),
    textColumn('WHAT HAPPENED', { least: 20, most: 200, rank: 5 }, ({ finding }) => finding.text ?? ''),
  ],
  rows: ({ snapshot, now }) =>
    snapshot.findings
      .map((finding) => ({ finding, age: ageOf(finding.last_at, now) }))
      .sort((a, b) => (a.age ?? 0) - (b.age ?? 0)),
  key: ({ finding }) => [finding.finding, finding.connection, finding.channel, finding.first_at].join(' '),
  details: detailsOf,
};

function detailsOf({ finding, age }: FindingRow, moment: Moment): Details {
  const { connection, channel, severity, evidence = [] } = finding;
  const paint = severity === 'error' || severity === 'warning' ? severity : 'faint';
  const lines: DetailLine[] = [{ text: severity, paint }];
  if (finding.text) lines.push({ text: '' }, { text: finding.text });
  if (finding.explanation) lines.push({ text: '' }, { text: finding.explanation });
  if (finding.advice) lines.push({ text: '' }, { heading: 'What to do' }, { text: finding.advice });
  lines.push({ text: '' }, { label: 'finding', value: finding.finding });
  if (connection !== undefined) lines.push({ label: 'connection', value: connectionLabel(moment, connection) });
  if (channel !== undefined) lines.push({ label: 'channel', value: String(channel) });
  lines.push({ label: 'times', value: String(finding.count ?? 1) });
  if (age !== undefined) lines.push({ label: 'last', value: `${ageText(age)} ago` });
  if (evidence.length > 0) lines.push({ label: 'evidence', value: `frames ${evidence.join(', ')}` });
  return { title: finding.title, lines };
}
