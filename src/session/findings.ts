// What was found so far: one entry a finding and subject, with a count. Counterpart of finding.ts, which defines them.
// Invariant: bounded; each entry is told once, when it is new.

import type { FindingNote, Severity } from '../log/note.ts';
import type { FindingDefinition, Report } from './finding.ts';
import { capital } from './findings/wording.ts';

/** Entries; beyond it only the counts by severity grow. */
const MOST = 1000;
const MOST_EVIDENCE = 16;
/** Records that `hasEvidence` knows of. */
const MOST_RECORDS = 10_000;

export interface Found {
  readonly definition: FindingDefinition;
  readonly severity: Severity;
  readonly subject: string;
  readonly connection: number;
  readonly channel: number | undefined;
  readonly text: string;
  readonly advice: string;
  readonly evidence: readonly number[];
  count: number;
  /** µs since the Unix epoch. */
  readonly firstAt: number;
  lastAt: number;
  /** Evidence of the last time. */
  lastEvidence: readonly number[];
}

export class Findings {
  readonly #found = new Map<string, Found>();
  readonly #evidence = new Set<number>();
  readonly #counts: Record<Severity, number> = { error: 0, warning: 0, info: 0 };
  readonly #tell: (note: FindingNote, connection: number, time: number) => void;
  /** Findings that there was no room for. */
  overflow = 0;

  constructor(tell: (note: FindingNote, connection: number, time: number) => void) {
    this.#tell = tell;
  }

  /** Entries by severity. */
  get counts(): Readonly<Record<Severity, number>> {
    return this.#counts;
  }

  /** All, oldest first. */
  list(): Found[] {
    return [...this.#found.values()];
  }

  /** Whether the record is evidence of a finding. */
  hasEvidence(record: number): boolean {
    return this.#evidence.has(record);
  }

  report(definition: FindingDefinition, report: Report): void {
    const subject = report.subject ?? subjectOf(report);
    const key = `${definition.id}\0${subject}`;
    const found = this.#found.get(key);
    if (found) {
      found.count++;
      found.lastAt = report.time;
      found.lastEvidence = report.evidence.slice(0, MOST_EVIDENCE);
      return;
    }
    if (this.#found.size >= MOST) {
      this.overflow++;
      return;
    }
    this.#add(key, definition, subject, report);
  }

  #add(key: string, definition: FindingDefinition, subject: string, report: Report): void {
    const text = capital(typeof report.text === 'string' ? report.text : report.text());
    const evidence = report.evidence.filter((record) => record > 0).slice(0, MOST_EVIDENCE);
    const { id, title } = definition;
    const severity = report.severity ?? definition.severity;
    const found: Found = {
      definition,
      severity,
      subject,
      connection: report.connection?.id ?? 0,
      channel: report.channel?.number,
      text,
      advice: report.advice ?? definition.advice,
      evidence,
      count: 1,
      firstAt: report.time,
      lastAt: report.time,
      lastEvidence: evidence,
    };
    this.#found.set(key, found);
    this.#counts[severity]++;
    if (this.#evidence.size < MOST_RECORDS) for (const record of evidence) this.#evidence.add(record);
    const { advice, channel } = found;
    const note = { type: 'finding', finding: id, severity, title, text, advice, evidence } as const;
    this.#tell(channel === undefined ? note : { ...note, channel }, found.connection, report.time);
  }
}

function subjectOf({ connection, channel }: Report): string {
  if (channel) return `${channel.connection.id}/${channel.number}/${channel.record}`;
  return connection ? String(connection.id) : '';
}
