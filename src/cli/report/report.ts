// What `read` tells of a capture instead of its frames: findings, messages, one message, topology. One file each beside
// this one; counterpart of read-capture.ts, which runs them.
// Invariant: a report keeps nothing that grows with the capture; what is told before its end goes straight to the output.

import { ConfigError } from '../../errors.ts';
import type { Session } from '../../session/session.ts';
import type { Output } from '../output.ts';
import type { Palette } from '../palette.ts';

export const TOPOLOGY_FORMS = ['dot', 'mermaid', 'json'] as const;
export type TopologyForm = (typeof TOPOLOGY_FORMS)[number];

export type ReportChoice =
  | { readonly kind: 'summary' }
  | { readonly kind: 'findings' }
  | { readonly kind: 'messages' }
  | { readonly kind: 'journey'; readonly messageId: string }
  | { readonly kind: 'topology'; readonly form: TopologyForm };

export interface ReportSources {
  readonly session: Session;
  readonly output: Output;
  readonly palette: Palette;
  /** One JSON object a line instead of text. */
  readonly json: boolean;
}

export interface Report {
  /** The last packet was read, and connections that the capture leaves open are still so; `time` of it, in µs. */
  atLastPacket?(time: number): void;
  /** All is read. */
  end(): void;
  /** Whether the capture has what was asked for; left out by reports that ask for nothing in particular. */
  readonly found?: boolean;
}

/** What commander hands over. */
export interface ReportOptionValues {
  readonly summary?: true;
  readonly findings?: true;
  readonly messages?: true;
  readonly messageId?: string;
  readonly topology?: string;
}

/** The report that the options ask for, if they ask for one. Throws ConfigError if they ask for two. */
export function parseReport(values: ReportOptionValues): ReportChoice | undefined {
  const { summary, findings, messages, messageId, topology } = values;
  const choices: readonly (readonly [option: string, choice: ReportChoice | false | undefined])[] = [
    ['--summary', summary && { kind: 'summary' }],
    ['--findings', findings && { kind: 'findings' }],
    ['--messages', messages && { kind: 'messages' }],
    ['--message-id', messageId !== undefined && { kind: 'journey', messageId }],
    ['--topology', topology !== undefined && { kind: 'topology', form: parseForm(topology) }],
  ];
  const [first, second] = choices.filter(([, choice]) => choice);
  if (first && second) throw new ConfigError(second[0], `goes without ${first[0]}: one report at a time`);
  return first?.[1] || undefined;
}

function parseForm(text: string): TopologyForm {
  const form = TOPOLOGY_FORMS.find((name) => name === text);
  if (form === undefined) throw new ConfigError('--topology', `expected dot, mermaid or json, found '${text}'`);
  return form;
}

/** Makes the report; it follows the session from here on. */
export async function createReport(
  choice: Exclude<ReportChoice, { kind: 'summary' }>,
  sources: ReportSources,
): Promise<Report> {
  switch (choice.kind) {
    case 'findings': {
      const { FindingsReport } = await import('./findings-report.ts');
      return new FindingsReport(sources);
    }
    case 'messages': {
      const { MessagesReport } = await import('./messages-report.ts');
      return new MessagesReport(sources);
    }
    case 'journey': {
      const { JourneyReport } = await import('./journey-report.ts');
      return new JourneyReport(sources, choice.messageId);
    }
    case 'topology': {
      const { TopologyReport } = await import('./topology-report.ts');
      return new TopologyReport(sources, choice.form);
    }
  }
}
