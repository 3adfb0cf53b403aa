// What the names of a filter mean: a method, a class or a kind of record where they stand alone, else a field and the way
// into it. Invariant: a name that means nothing is refused with its place, and with the name that may have been meant.

import { FilterSyntaxError } from '../errors.ts';
import { type ClassName, METHODS, type Method, methodByName } from '../protocol/method-table.ts';
import { SPEC } from '../protocol/spec.ts';
import { type FieldDefinition, fieldByName, fieldNames } from './fields.ts';
import { nearest } from './nearest.ts';
import { KIND_NAMES, type RecordKind } from './subject.ts';
import { formatName, type Name, type Step } from './syntax-tree.ts';

const CLASSES: readonly string[] = Object.keys(SPEC);

/** What stands alone and says what a record is. */
export type Sort =
  | { readonly is: 'method'; readonly method: Method }
  | { readonly is: 'class'; readonly className: ClassName }
  | { readonly is: 'kind'; readonly kind: RecordKind | 'note' };

/** A field, and the steps into it. */
export interface FieldPath {
  readonly field: FieldDefinition;
  readonly steps: readonly Step[];
}

/** What Wireshark's name is replaced with, where no field has it as an alias. */
const WIRESHARK_HINTS: { readonly [name: string]: string } = {
  'amqp.type': 'say method, header, body or heartbeat',
  'amqp.ack_in': 'say latency',
  'amqp.message_in': 'say latency',
  'amqp.header': 'say header',
  'amqp.init.protocol': 'say protocol-header',
};

/** The method, class or kind of record of that name. The finding is a field, for it can be asked for its id. */
export function sortOf(name: Name): Sort | undefined {
  if (!name.steps.every(({ isWord }) => isWord)) return undefined;
  const text = formatName(name);
  const method = methodByName(text);
  if (method) return { is: 'method', method };
  if (CLASSES.includes(text)) return { is: 'class', className: text as ClassName };
  return KIND_NAMES.includes(text) && text !== 'finding'
    ? { is: 'kind', kind: text as RecordKind | 'note' }
    : undefined;
}

/** The field that the name begins with, and what follows it. Throws FilterSyntaxError. */
export function fieldPathOf(text: string, name: Name): FieldPath {
  const { steps } = name;
  const words = steps.findIndex(({ isWord }) => !isWord);
  for (let count = words < 0 ? steps.length : words; count > 0; count--) {
    const field = fieldByName(formatName({ ...name, steps: steps.slice(0, count) }));
    if (!field) continue;
    const rest = steps.slice(count);
    checkRest(text, field, rest, name);
    return { field, steps: rest };
  }
  return refuseUnknown(text, name);
}

function checkRest(text: string, field: FieldDefinition, rest: readonly Step[], name: Name): void {
  const first = rest[0];
  if (!first) return;
  const { end } = name;
  if (!field.part) {
    // client.nme rather than a part of a field called client.
    if (first.isWord) refuseUnknown(text, name);
    throw new FilterSyntaxError(text, `${field.name} has no parts: it is a ${field.type}`, first.start, end);
  }
  const isArgument = field.name === 'arguments' && first.isWord && !String(first.key).includes('-');
  if (!isArgument) return;
  const near = siblingOf(`arguments.${first.key}`) ?? '';
  const hint = `${near}; an entry of the table is arguments["${first.key}"]`;
  throw new FilterSyntaxError(text, `no method has an argument ${first.key}${hint}`, first.start, first.end);
}

function refuseUnknown(text: string, name: Name): never {
  const words = name.steps.filter(({ isWord }) => isWord);
  const shown = formatName({ ...name, steps: words });
  const end = words.at(-1)!.end;
  const sort = sortOf(name);
  if (sort) throw new FilterSyntaxError(text, standsAlone(shown, sort), name.start, end);
  if (shown === 'amqp' || shown.startsWith('amqp.')) {
    const hint = WIRESHARK_HINTS[shown];
    const reason = `Wireshark's ${shown} has no counterpart here`;
    const rest = hint === undefined ? (siblingOf(shown) ?? '') : `: ${hint}`;
    throw new FilterSyntaxError(text, `${reason}${rest}`, name.start, end);
  }
  throw new FilterSyntaxError(text, `unknown field ${shown}${suggestion(shown, allNames()) ?? ''}`, name.start, end);
}

function standsAlone(shown: string, sort: Sort): string {
  const what = sort.is === 'kind' ? 'kind of record' : sort.is;
  const field = sort.is === 'kind' ? 'type' : sort.is;
  return `${shown} is a ${what}, which stands alone${sort.is === 'kind' && sort.kind === 'note' ? '' : `; or say ${field} == ${shown}`}`;
}

/** By the last word alone: the words before it would outweigh any slip. */
function siblingOf(shown: string): string | undefined {
  const prefix = shown.slice(0, shown.lastIndexOf('.') + 1);
  const siblings = [...fieldNames()].filter((known) => known.startsWith(prefix));
  const near = nearest(
    shown.slice(prefix.length),
    siblings.map((known) => known.slice(prefix.length)),
  );
  return near === undefined ? undefined : `; did you mean ${prefix}${near}?`;
}

function suggestion(text: string, names: Iterable<string>): string | undefined {
  const near = nearest(text, names);
  return near === undefined ? undefined : `; did you mean ${near}?`;
}

/** All names that a filter can begin a test with, but for Wireshark's. */
export function* allNames(): Generator<string> {
  for (const name of fieldNames()) if (!name.startsWith('amqp.')) yield name;
  for (const { name } of METHODS) yield name;
  yield* CLASSES;
  yield* KIND_NAMES;
}
