// The field table told to people: as plain text for --filter-help, as Markdown for docs/filter.md.
// Counterpart: fields.ts, from which both are made.

import { SPEC } from '../protocol/spec.ts';
import { FIELDS, type FieldDefinition } from './fields.ts';
import { KIND_NAMES } from './subject.ts';

const EXAMPLES: readonly (readonly [filter: string, meaning: string])[] = [
  ['basic.publish && exchange == "orders"', 'publishes to an exchange, with their content'],
  ['channel.close || connection.close', 'how channels and connections ended'],
  ['!heartbeat', 'all but heartbeats'],
  ['method in {basic.ack basic.nack}', 'one of several methods'],
  ['routing_key matches "^eu\\."', 'a regular expression (RE2), in upper or lower case; (?-i): exactly'],
  ['headers["x-retry"] >= 3', 'an entry of a table'],
  ['body.total > 100', 'what the JSON body holds'],
  ['client.product matches "pika"', 'a fact of the connection'],
  ['latency > 100ms && size > 64KiB', 'durations and sizes have units'],
  ['finding', 'findings, and the frames that show them'],
];

const LONGEST_WHERE = 60;
const MOST_WORDS = 15;

/** What --filter-help prints. */
export function filterHelp(): string {
  const width = Math.max(...FIELDS.map(({ name }) => name.length));
  const indent = Math.max(...EXAMPLES.map(([filter]) => filter.length));
  const lines = [
    'A filter is made of tests, joined with && (and), || (or), ! (not) and parentheses:',
    '',
    ...EXAMPLES.map(([filter, meaning]) => `  ${filter.padEnd(indent)}  ${meaning}`),
    '',
    'A test is a field, an operator and a value: == != < <= > >= contains matches in {…}',
    'A field alone is true if it is there (or if it is true); a comparison with what is not there is false.',
    `A method (basic.publish), a class (${Object.keys(SPEC).join(', ')}) or a kind of record stands alone:`,
    `  ${KIND_NAMES.join(', ')}`,
    'A command is judged as a whole: its content header and bodies pass with it. All about it: docs/filter.md',
    '',
    ...FIELDS.map(({ name, type, summary, where }) => {
      const said =
        summary.startsWith('argument') || summary === 'property' ? `${summary}: ${shortened(where)}` : summary;
      return `  ${name.padEnd(width)}  ${type.padEnd(8)}  ${said}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}

function shortened(where: string): string {
  if (where.length <= LONGEST_WHERE) return where;
  return `${where.slice(0, where.lastIndexOf(', ', LONGEST_WHERE))}, …`;
}

/** The field table of docs/filter.md. */
export function filterFieldsMarkdown(): string {
  const rows = FIELDS.map((field) => {
    const cells = [code(field.name), typeCell(field), field.summary, field.where, aliasCell(field)];
    return `| ${cells.join(' | ')} |`;
  });
  return ['| Field | Type | Meaning | Where | Also |', '|---|---|---|---|---|', ...rows, ''].join('\n');
}

/** The words of a field, unless they are too many to stand in a cell: all methods. */
function typeCell({ type, words = [] }: FieldDefinition): string {
  return words.length > 0 && words.length <= MOST_WORDS ? words.map(code).join(' ') : type;
}

function aliasCell({ aliases }: FieldDefinition): string {
  return aliases.map(code).join(' ');
}

function code(text: string): string {
  return `\`${text}\``;
}
