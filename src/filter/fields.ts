// The field table: every name that a filter can ask about, with its type, where it occurs and what else it is called.
// Arguments and properties come from the specification's table, facts from facts.ts; help, completion and docs/filter.md
// are made from this one. Invariant: a name means one thing. Where names collide, facts go before arguments, and those
// before properties; `arguments.NAME` and `properties.NAME` always say which is meant.

import { BASIC_PROPERTIES, type Field, METHODS } from '../protocol/method-table.ts';
import type { Domain } from '../protocol/spec.ts';
import { bodyJson, bodyText } from './body.ts';
import { FACTS, type Fact } from './facts.ts';
import { AT_END, AT_HEADER, AT_METHOD, type Stage, type Subject } from './subject.ts';
import type { Step } from './syntax-tree.ts';
import { type Found, inJson, inTable, type Scalar } from './value.ts';
import { argumentField, hasWire, propertyField, readTable, readWire, type WireField } from './wire-field.ts';

/** `word`: a string that can be one of a few; `table` and `json` are asked for what is in them. */
export type FieldType = 'string' | 'number' | 'boolean' | 'time' | 'duration' | 'word' | 'table' | 'json';

export interface FieldDefinition {
  readonly name: string;
  readonly type: FieldType;
  readonly summary: string;
  /** The methods or records that have it. */
  readonly where: string;
  readonly aliases: readonly string[];
  /** For words: all that it can be. */
  readonly words?: readonly string[];
  /** When it can be asked. */
  readonly stage: Stage;
  /** Whether the bytes of the body are looked at. */
  readonly needsBody: boolean;
  /** Where it stands on the wire, if it does. */
  readonly wire?: WireField;
  read(subject: Subject): Scalar | undefined;
  isPresent(subject: Subject): boolean;
  /** What is in it, if there can be anything. */
  readonly part?: (subject: Subject, steps: readonly Step[]) => Found | undefined;
}

const TYPES: { readonly [D in Domain]: FieldType } = {
  bit: 'boolean',
  octet: 'number',
  short: 'number',
  long: 'number',
  longlong: 'number',
  timestamp: 'time',
  shortstr: 'string',
  longstr: 'string',
  table: 'table',
};

/** Wireshark's names that are not those of the specification. */
const WIRESHARK_ARGUMENTS: { readonly [name: string]: readonly string[] } = {
  arguments: ['amqp.method.arguments.filter'],
};

const factNames = new Set(FACTS.map(({ name }) => name));

function factField(fact: Fact): FieldDefinition {
  return {
    name: fact.name,
    type: fact.type,
    summary: fact.summary,
    where: fact.where,
    aliases: fact.aliases ?? [],
    ...(fact.words && { words: fact.words }),
    stage: fact.stage,
    needsBody: false,
    read: (subject) => fact.read(subject),
    isPresent: (subject) => fact.isPresent?.(subject) ?? fact.read(subject) !== undefined,
  };
}

function argumentDefinitions(): FieldDefinition[] {
  const usesOf = new Map<string, { readonly method: string; readonly field: Field }[]>();
  for (const { name: method, fields } of METHODS) {
    for (const field of fields) usesOf.set(field.name, [...(usesOf.get(field.name) ?? []), { method, field }]);
  }
  return [...usesOf].map(([name, uses]) => {
    const { domain } = uses[0]!.field;
    const isReserved = uses.every(({ field }) => field.reserved);
    const qualified = `arguments.${name}`;
    const isFree = !isReserved && !factNames.has(name);
    return {
      name: isFree ? name : qualified,
      summary: isReserved ? 'argument, reserved' : 'argument',
      where: uses.map(({ method }) => method).join(', '),
      aliases: [...(isFree ? [qualified] : []), `amqp.method.${qualified}`, ...(WIRESHARK_ARGUMENTS[name] ?? [])],
      ...wireDefinition(argumentField(name, domain, true), AT_METHOD),
    };
  });
}

function propertyDefinition({ name }: Field, index: number, taken: ReadonlySet<string>): FieldDefinition {
  const qualified = `properties.${name}`;
  const isFree = !taken.has(name);
  return {
    name: isFree ? name : qualified,
    summary: 'property',
    where: 'content header',
    aliases: [...(isFree ? [qualified] : []), `amqp.method.${qualified}`],
    ...wireDefinition(propertyField(index), AT_HEADER),
  };
}

function wireDefinition(wire: WireField, stage: Stage) {
  const type = TYPES[wire.domain];
  return {
    type,
    stage,
    needsBody: false,
    wire,
    read: (subject: Subject) => readWire(wire, subject),
    isPresent: (subject: Subject) => hasWire(wire, subject),
    ...(type === 'table' && {
      part: (subject: Subject, steps: readonly Step[]) => inTable(readTable(wire, subject) ?? [], steps),
    }),
  };
}

const BODY: FieldDefinition = {
  name: 'body',
  type: 'string',
  summary: 'text of the body; body.name, body["name"], body.list[0].name: what its JSON holds there',
  where: 'body',
  aliases: ['amqp.payload'],
  stage: AT_END,
  needsBody: true,
  read: bodyText,
  isPresent: ({ bodySize }) => bodySize > 0,
  part: (subject, steps) => inJson(bodyJson(subject), steps),
};

const JSON_BODY: FieldDefinition = {
  name: 'body.json',
  type: 'json',
  summary: 'the body as JSON: body.json.name as body.name; alone: the body is JSON',
  where: 'body',
  aliases: ['json'],
  stage: AT_END,
  needsBody: true,
  read: () => undefined,
  isPresent: (subject) => bodyJson(subject) !== undefined,
  part: (subject, steps) => inJson(bodyJson(subject), steps),
};

function allFields(): FieldDefinition[] {
  const facts = [...FACTS.map(factField), BODY, JSON_BODY];
  const args = argumentDefinitions();
  const taken = new Set([...facts, ...args].map(({ name }) => name));
  return [...facts, ...args, ...BASIC_PROPERTIES.map((field, index) => propertyDefinition(field, index, taken))];
}

/** Facts first, then arguments, then properties. */
export const FIELDS: readonly FieldDefinition[] = allFields();

const byName = new Map<string, FieldDefinition>(
  FIELDS.flatMap((field) => [field.name, ...field.aliases].map((name) => [name, field] as const)),
);

/** The field of that name or alias. */
export function fieldByName(name: string): FieldDefinition | undefined {
  return byName.get(name);
}

/** All names and aliases. */
export function fieldNames(): Iterable<string> {
  return byName.keys();
}
