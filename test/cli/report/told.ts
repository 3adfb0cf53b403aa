// What a report tells of a conversation: the conversation's log, a session that follows it, and a screen.

import { Output } from '../../../src/cli/output.ts';
import { loadPalette } from '../../../src/cli/palette.ts';
import { createReport, type ReportChoice } from '../../../src/cli/report/report.ts';
import type { FindingDefinition } from '../../../src/session/finding.ts';
import { Session } from '../../../src/session/session.ts';
import { Conversation } from '../../rig/conversation.ts';
import { Screen } from '../traffic.ts';

export interface ToldOptions {
  /** Of the terminal; without it, lines have no end. */
  readonly columns?: number;
  readonly json?: boolean;
  readonly findings?: readonly FindingDefinition[];
  /** Messages that the session remembers. */
  readonly messages?: number;
}

/** The lines of the report of what the script does. */
export async function told(
  choice: Exclude<ReportChoice, { kind: 'summary' }>,
  script: (talk: Conversation) => void,
  { columns, json = false, findings = [], messages }: ToldOptions = {},
): Promise<string[]> {
  const talk = new Conversation();
  const session = new Session(talk.log, talk.connections, { findings, ...(messages !== undefined && { messages }) });
  const screen = new Screen(columns);
  const output = new Output(screen);
  const report = await createReport(choice, { session, output, palette: await loadPalette(false), json });
  script(talk);
  session.tick(talk.time);
  report.atLastPacket?.(talk.time);
  report.end();
  output.flush();
  return screen.lines;
}

/** The same, as the JSON objects that its lines are. */
export async function toldJson(
  choice: Exclude<ReportChoice, { kind: 'summary' }>,
  script: (talk: Conversation) => void,
  options: ToldOptions = {},
): Promise<unknown[]> {
  const lines = await told(choice, script, { ...options, json: true });
  return lines.map((line) => JSON.parse(line));
}
