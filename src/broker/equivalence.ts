// Declaring what exists already: it must be declared alike, property by property, or the declaration is refused with
// the text that clients and tests match on.

import { type FieldTable, type FieldValue, fieldOf } from '../protocol/field-table.ts';
import { decodeText } from '../protocol/text.ts';
import { ReplyError } from './reply-error.ts';
import { TYPE_NAMES, termText } from './term-text.ts';

/** Throws ReplyError 406 unless a property is declared as it is. `resource`: `queue 'q' in vhost '/'`. */
export function assertSame(
  resource: string,
  name: string,
  received: boolean | string,
  current: boolean | string,
): void {
  if (received !== current) throw inequivalent(resource, name, `'${received}'`, `'${current}'`);
}

/** Throws ReplyError 406 unless the arguments of these names are alike. */
export function assertSameArguments(
  resource: string,
  names: readonly string[],
  received: FieldTable,
  current: FieldTable,
): void {
  for (const name of names) {
    const now = fieldOf(current, name);
    const wanted = fieldOf(received, name);
    if (!isSame(name, now, wanted)) throw inequivalent(resource, name, ...valueTexts(wanted, now));
  }
}

function inequivalent(resource: string, name: string, received: string, current: string): ReplyError {
  return new ReplyError(
    406,
    `inequivalent arg '${name}' for ${resource}: received ${received} but current is ${current}`,
  );
}

/** Values alone if both are there, with their types if one is missing: RabbitMQ's way. */
function valueTexts(received: FieldValue | undefined, current: FieldValue | undefined): [string, string] {
  if (received && current) return [`'${plainText(received)}'`, `'${plainText(current)}'`];
  return [typedText(received), typedText(current)];
}

function typedText(value: FieldValue | undefined): string {
  return value ? `the value '${plainText(value)}' of type '${TYPE_NAMES[value.type]}'` : 'none';
}

function plainText(value: FieldValue): string {
  if (value.type === 'x') return decodeText(value.value, 0, value.value.length);
  return value.type === 'S' ? value.value : termText(value);
}

function isSame(name: string, a: FieldValue | undefined, b: FieldValue | undefined): boolean {
  if (a && b) return typeClass(a) === typeClass(b) && termText(a) === termText(b);
  if (!a && !b) return true;
  // A queue without a type is a classic one.
  return name === 'x-queue-type' && (a ?? b)!.value === 'classic';
}

/** All integers are alike, whatever their width. */
function typeClass({ type }: FieldValue): string {
  return 'bBsUuIilL'.includes(type) ? 'integer' : 'fd'.includes(type) ? 'float' : type;
}
