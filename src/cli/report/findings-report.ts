// `read --findings`: all that was found in a capture, worst first, each with what to do about it and what shows it.
// Counterpart of the finding lines among the frames (finding-lines.ts), which come where they happen.

import { findingJson } from '../../api/finding-json.ts';
import { SEVERITIES, severityRank } from '../../log/note.ts';
import { counted, countText } from '../../log/quantity.ts';
import type { Found } from '../../session/findings.ts';
import { FINDING_MARK, findingLines, severityPaint } from '../finding-lines.ts';
import { jsonLine } from '../json-line.ts';
import { connectionLabel, WIDE } from '../layout.ts';
import { Line } from '../line.ts';
import { LocalTime } from '../local-time.ts';
import type { Report, ReportSources } from './report.ts';

const INDENT = 2;

export class FindingsReport implements Report {
  readonly #sources: ReportSources;
  readonly #clock = new LocalTime();

  constructor(sources: ReportSources) {
    this.#sources = sources;
  }

  end(): void {
    const { session, output, palette, json } = this.#sources;
    const found = worstFirst(session.findings.list());
    if (json) {
      for (const finding of found) output.line(jsonLine({ v: 1, ...findingJson(finding) }));
      return;
    }
    output.line(`${palette.strong('findings')}  ${severitiesText(found)}`);
    for (const finding of found) this.#print(finding);
    const { overflow } = session.findings;
    if (overflow > 0) output.line(`\n${palette.faint(`… and ${countText(overflow)} more that there was no room for`)}`);
  }

  #print(found: Found): void {
    const { output, palette } = this.#sources;
    const { columns } = output;
    const { severity } = found;
    const { title, id } = found.definition;
    const paint = severityPaint(severity, palette);
    output.line('');
    const line = new Line(columns).add(`${FINDING_MARK} ${title}`, paint);
    if (found.count > 1) line.add(`  ${countText(found.count)} times`, palette.strong);
    output.line(line.add(`  ${id}`, palette.faint).toString());
    for (const text of findingLines(found, INDENT, columns, palette)) output.line(text);
    output.line(new Line(columns).add(' '.repeat(INDENT)).add(this.#where(found), palette.faint).toString());
  }

  /** `#3 invoices ch1 · 10:00:00.123 to 10:00:05.003 · records 12, 15` */
  #where({ connection, channel, firstAt, lastAt, evidence }: Found): string {
    const known = this.#sources.session.connections.get(connection);
    const place = [
      connection > 0 ? `#${connection}` : '',
      known ? connectionLabel(known) : '',
      channel === undefined ? '' : `ch${channel}`,
    ];
    const from = this.#clock.shortTimeOf(firstAt);
    const until = this.#clock.shortTimeOf(lastAt);
    const records = evidence.length === 0 ? '' : `record${evidence.length > 1 ? 's' : ''} ${evidence.join(', ')}`;
    const parts = [place.filter(Boolean).join(' '), from === until ? from : `${from} to ${until}`, records];
    return parts.filter(Boolean).join(this.#sources.output.columns < WIDE ? '  ' : '   ');
  }
}

/** Errors before warnings, the oldest of each first. */
export function worstFirst(found: readonly Found[]): Found[] {
  const rank = ({ severity }: Found) => severityRank(severity);
  return [...found].sort((a, b) => rank(b) - rank(a) || a.firstAt - b.firstAt);
}

/** `2 errors, 1 warning`, or `none` */
export function severitiesText(found: readonly Found[]): string {
  const texts = SEVERITIES.flatMap((severity) => {
    const count = found.filter((one) => one.severity === severity).length;
    if (count === 0) return [];
    return severity === 'info' ? `${countText(count)} to know` : counted(count, severity);
  });
  return texts.length === 0 ? 'none' : texts.join(', ');
}
