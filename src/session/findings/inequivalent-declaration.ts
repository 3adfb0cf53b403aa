// 406 PRECONDITION_FAILED - inequivalent arg: where the declaration differs from the first one, field by field.

import type { FieldTable } from '../../protocol/field-table.ts';
import { defineFinding, type FindingContext } from '../finding.ts';
import type { Declared } from '../topology.ts';
import { blamed, closedWhat, evidenceOf, onRefusal, type Refusal } from './refusal.ts';
import { entityOf, resourceIn } from './resource.ts';
import { at, clientKey, clientName, clientNameById, cut, listed, quoted, span, valueText } from './wording.ts';

const FLAGS = [
  ['durable', 'durable'],
  ['autoDelete', 'auto_delete'],
  ['exclusive', 'exclusive'],
  ['internal', 'internal'],
  ['type', 'type'],
] as const;

/** What an argument that is left out is equal to. */
const DEFAULTS: Readonly<Record<string, string>> = { 'x-queue-type': quoted('classic') };

const MOST_SHOWN = 10;

interface Difference {
  readonly field: string;
  readonly now: string;
  readonly first: string;
}

export const inequivalentDeclaration = defineFinding({
  id: 'inequivalent-declaration',
  severity: 'error',
  title: 'Declared again with other arguments',
  explanation:
    'Declaring a queue or exchange that exists already is allowed only with the very arguments that it was made with. The server changes nothing then; if one differs it closes the channel instead.',
  advice:
    'Use one set of arguments in all programs, or declare it passively; to change it, delete it first, or set what a policy can set by a policy.',
  watch: (context) =>
    onRefusal('inequivalent-declaration', (refusal) => {
      const resource = resourceIn(refusal.reason);
      const declared = resource && entityOf(context.tables, resource)?.declared;
      context.report({
        connection: refusal.connection,
        channel: refusal.channel,
        subject: `${clientKey(refusal.connection)}/${resource?.kind}/${cut(resource?.name ?? '')}`,
        text: () => textOf(context, refusal, declared),
        evidence: evidenceOf(refusal, declared?.record ?? 0),
        time: refusal.closure.time,
      });
    }),
});

function textOf({ tables }: FindingContext, refusal: Refusal, declared: Declared | undefined): string {
  const { connection, closure, reason } = refusal;
  const resource = resourceIn(reason);
  const request = blamed(refusal);
  if (!resource || !request) return `${closedWhat(refusal)} ${clientName(connection)}: ${reason}.`;
  const { kind, name } = resource;
  const values = request.decoded.arguments as { readonly [name: string]: unknown };
  const told = toldIn(reason);
  const differences = declared ? differencesOf(values, declared) : [];
  const isExplained = told === undefined || differences.some(({ field }) => field === told.field);
  const who = `${clientName(connection)} declared ${kind} ${quoted(name)}${at(request.record)}`;
  if (declared && differences.length > 0 && isExplained) {
    const isOwn = declared.connection === connection.id;
    const by = isOwn ? 'had itself' : `${clientNameById(tables, declared.connection)} had`;
    const first = listed(differences.map((difference) => `${difference.field} ${difference.first}`));
    const ago = `${span(closure.time - declared.time)} earlier${at(declared.record)}`;
    return `${who} with ${nowOf(differences)}, but ${by} declared it with ${first}, ${ago}.`;
  }
  if (!told) return `${who}, but ${reason}.`;
  return `${who} with ${told.field} ${told.now}, but it exists with ${told.field} ${told.first}; who made it was not seen.`;
}

function nowOf(differences: readonly Difference[]): string {
  return listed(differences.map(({ field, now }) => `${field} ${now}`));
}

/** The one argument that the server names. */
function toldIn(reason: string): Difference | undefined {
  const found = /inequivalent arg '(.*?)' for .*: received (.*) but current is (.*)$/.exec(reason);
  return found ? { field: found[1]!, now: withoutType(found[2]!), first: withoutType(found[3]!) } : undefined;
}

/** `the value '10' of type 'signedint'` is `10`. */
function withoutType(value: string): string {
  const typed = /^the value (.*) of type '(\w+)'$/.exec(value);
  if (typed) return typed[2] === 'longstr' ? typed[1]! : typed[1]!.replace(/^'(.*)'$/, '$1');
  return /^'(true|false)'$/.test(value) ? value.slice(1, -1) : value;
}

function differencesOf(values: { readonly [name: string]: unknown }, declared: Declared): Difference[] {
  const found: Difference[] = [];
  for (const [key, field] of FLAGS) {
    const first = declared[key];
    const now = values[field];
    if (first !== undefined && now !== undefined && now !== first) {
      found.push({ field, now: plain(now), first: plain(first) });
    }
  }
  const [now, first] = [values['arguments'] as FieldTable, declared.arguments].map(byName);
  for (const name of new Set([...now!.keys(), ...first!.keys()])) {
    const [a, b] = [now!.get(name), first!.get(name)];
    const isSame = (a ?? DEFAULTS[name]) === (b ?? DEFAULTS[name]);
    if (isSame || found.length >= MOST_SHOWN) continue;
    found.push({ field: cut(name), now: a ?? 'none', first: b ?? 'none' });
  }
  return found;
}

function plain(value: unknown): string {
  return typeof value === 'string' ? quoted(value) : String(value);
}

function byName(table: FieldTable): Map<string, string> {
  return new Map(table.map(([name, value]) => [name, valueText(value)]));
}
