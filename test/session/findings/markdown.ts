// docs/findings.md, made from the registry. Counterpart: fixtures.test.ts, which holds the file to it.

import type { FindingDefinition } from '../../../src/session/finding.ts';
import { HABITS_THAT_HURT, WHY_IT_CLOSED } from '../../../src/session/findings/registry.ts';

const INTRO = `# Findings

What amqp-spy points out in the traffic, as somebody would who knows AMQP 0-9-1 and RabbitMQ well. A finding says what
happened, to whom and when, shows the frames that prove it, and says what to do. It is told once for each thing that it is
about and counted from then on. Findings stand among the frames, in the terminal, on \`/stream\` and in JSON
(\`"type":"finding"\`); \`/api/findings\` and the summary at exit list them with their counts.

An *error* has cost a channel, a connection or a message; a *warning* will, sooner or later; an *info* is good to know.

This file is made from the registry of findings (\`src/session/findings/\`).
`;

/** The whole file. */
export function findingsMarkdown(): string {
  return [INTRO, ...partOf('Why it closed', WHY_IT_CLOSED), ...partOf('Habits that hurt', HABITS_THAT_HURT)].join('\n');
}

function partOf(title: string, findings: readonly FindingDefinition[]): string[] {
  const rows = findings.map(({ id, severity, title: words }) => `| [${id}](#${id}) | ${severity} | ${words} |`);
  const table = ['| Finding | Severity | |', '|---|---|---|', ...rows, ''];
  return [`## ${title}\n`, ...table, ...findings.map(sectionOf)];
}

function sectionOf({ id, severity, title, explanation, advice }: FindingDefinition): string {
  return `### ${id}\n\n**${title}** (${severity})\n\n${explanation}\n\nWhat to do: ${advice}\n`;
}
