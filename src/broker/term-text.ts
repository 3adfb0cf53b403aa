// Values as RabbitMQ prints them in reply texts: Erlang terms and the names it has for AMQP's field types.

import type { FieldValue } from '../protocol/field-table.ts';
import { encodeText } from '../protocol/text.ts';
import { binaryTerm, floatTerm } from './erlang-term.ts';

/** RabbitMQ's name for a field value's type octet. */
export const TYPE_NAMES: Readonly<Record<FieldValue['type'], string>> = {
  t: 'bool',
  b: 'byte',
  B: 'unsignedbyte',
  s: 'short',
  U: 'short',
  u: 'unsignedshort',
  I: 'signedint',
  i: 'unsignedint',
  l: 'long',
  L: 'long',
  T: 'timestamp',
  f: 'float',
  d: 'double',
  D: 'decimal',
  S: 'longstr',
  x: 'binary',
  A: 'array',
  F: 'table',
  V: 'void',
};

/** An integer field's value, or undefined if it is none. Beyond 2^53 the nearest double. */
export function integerOf(value: FieldValue | undefined): number | undefined {
  switch (value?.type) {
    case 'b':
    case 'B':
    case 's':
    case 'U':
    case 'u':
    case 'I':
    case 'i':
      return value.value;
    case 'l':
    case 'L':
      return Number(value.value);
    default:
      return undefined;
  }
}

export function stringOf(value: FieldValue | undefined): string | undefined {
  return value?.type === 'S' ? value.value : undefined;
}

/** A field value as an Erlang term, without its type: `<<"text">>`, `12`, `[{<<"key">>,signedint,1}]`. */
export function termText(value: FieldValue): string {
  switch (value.type) {
    case 'S':
      return binaryTerm(encodeText(value.value));
    case 'x':
      return binaryTerm(value.value);
    case 'F':
      return `[${value.value.map(([key, entry]) => `{${binaryTerm(encodeText(key))},${TYPE_NAMES[entry.type]},${termText(entry)}}`).join(',')}]`;
    case 'A':
      return `[${value.value.map((entry) => `{${TYPE_NAMES[entry.type]},${termText(entry)}}`).join(',')}]`;
    case 'V':
      return 'undefined';
    case 'D':
      return `{${value.scale},${value.value}}`;
    case 'f':
    case 'd':
      return floatTerm(value.value);
    default:
      return String(value.value);
  }
}

/** `queue 'q' in vhost '/'`: how reply texts name a resource. */
export function resourceText(kind: 'queue' | 'exchange', name: string, vhost: string): string {
  return `${kind} '${name}' in vhost '${vhost}'`;
}
