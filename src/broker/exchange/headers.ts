// The headers exchange: a binding's arguments say which headers a message must have (AMQP 0-9-1 §3.1.3.4).
// `x-match` says how many of them: all (as if it were missing), any, or the same with arguments `x-…` counted in.
// RabbitMQ's deviation: values are compared without regard to their types, so that 1 equals 1.0 in any width.

import { type FieldTable, type FieldValue, fieldOf } from '../../protocol/field-table.ts';
import { encodeText } from '../../protocol/text.ts';
import type { Message } from '../message/message.ts';
import { ReplyError } from '../reply-error.ts';
import { TYPE_NAMES, termText } from '../term-text.ts';
import type { Binding, Destination } from './binding.ts';
import type { BindingIndex, ExchangeType } from './exchange-type.ts';

const X_MATCH = 'x-match';
const MATCHES: readonly unknown[] = ['all', 'any', 'all-with-x', 'any-with-x'];

/** A binding's arguments, read once. */
class HeadersPattern {
  readonly destination: Destination;
  readonly #any: boolean;
  readonly #wanted: FieldTable;

  constructor({ destination, arguments: table }: Binding) {
    const match = fieldOf(table, X_MATCH)?.value;
    const withX = match === 'all-with-x' || match === 'any-with-x';
    this.destination = destination;
    this.#any = match === 'any' || match === 'any-with-x';
    this.#wanted = table.filter(([name]) => (withX ? name !== X_MATCH : !name.startsWith('x-')));
  }

  /** `byName`: the same headers, where there are so many that it pays. */
  matches(headers: FieldTable, byName: Headers | undefined): boolean {
    for (const [name, wanted] of this.#wanted) {
      const value = byName ? byName.get(name) : fieldOf(headers, name);
      // No value is wanted: the header need only be there.
      const isMet = value !== undefined && (wanted.type === 'V' || isSameTerm(value, wanted));
      if (isMet === this.#any) return isMet;
    }
    return !this.#any;
  }
}

class HeadersIndex implements BindingIndex {
  readonly #patterns = new Map<Binding, HeadersPattern>();

  add(binding: Binding): void {
    this.#patterns.set(binding, new HeadersPattern(binding));
  }

  remove(binding: Binding): void {
    this.#patterns.delete(binding);
  }

  destinations(message: Message, found: Destination[]): void {
    const { headers } = message;
    const byName = headers.length > MANY ? headersByName(headers) : undefined;
    for (const pattern of this.#patterns.values()) {
      if (pattern.matches(headers, byName)) found.push(pattern.destination);
    }
  }
}

/** From so many headers on they are looked up, not searched. */
const MANY = 32;
type Headers = ReadonlyMap<string, FieldValue>;

/** The first of a name counts. */
function headersByName(headers: FieldTable): Headers {
  const byName = new Map<string, FieldValue>();
  for (const [name, value] of headers) if (!byName.has(name)) byName.set(name, value);
  return byName;
}

/** Whether two values are the same Erlang term but for the kind of number: what RabbitMQ compares. */
function isSameTerm(a: FieldValue, b: FieldValue): boolean {
  if (a.type === 'S' && b.type === 'S') return a.value === b.value;
  if (isNumber(a) && isNumber(b)) return a.value <= b.value && a.value >= b.value;
  if (isOctets(a) && isOctets(b)) return Buffer.compare(octetsOf(a), octetsOf(b)) === 0;
  if (isList(a) && isList(b)) return isSameList(a.value, b.value);
  if (a.type === 'D' && b.type === 'D') return a.scale === b.scale && a.value === b.value;
  return a.type === b.type && a.value === b.value;
}

type NumberField = FieldValue & { readonly value: number | bigint };
const isNumber = (field: FieldValue): field is NumberField => 'bBsUuIilLTfd'.includes(field.type);

type OctetsField = FieldValue & { readonly type: 'S' | 'x' };
const isOctets = (field: FieldValue): field is OctetsField => field.type === 'S' || field.type === 'x';
const octetsOf = ({ value }: OctetsField): Uint8Array => (typeof value === 'string' ? encodeText(value) : value);

type ListField = FieldValue & { readonly type: 'A' | 'F' };
const isList = (field: FieldValue): field is ListField => field.type === 'A' || field.type === 'F';

/** Inside arrays and tables the types count: there they are part of the term. An empty array is an empty table. */
function isSameList(a: ListField['value'], b: ListField['value']): boolean {
  return a.length === b.length && a.every((item, index) => isSameItem(item, b[index]!));
}

type Item = ListField['value'][number];

function isSameItem(a: Item, b: Item): boolean {
  if (isEntry(a)) return isEntry(b) && a[0] === b[0] && isSameTyped(a[1], b[1]);
  return !isEntry(b) && isSameTyped(a, b);
}

const isEntry = (item: Item): item is FieldTable[number] => Array.isArray(item);

function isSameTyped(a: FieldValue, b: FieldValue): boolean {
  return TYPE_NAMES[a.type] === TYPE_NAMES[b.type] && isSameTerm(a, b);
}

function validateBinding({ arguments: table }: Binding): void {
  const match = fieldOf(table, X_MATCH);
  if (!match) return;
  if (match.type !== 'S') {
    const found = `${TYPE_NAMES[match.type]} (value ${termText(match)})`;
    throw new ReplyError(406, `Invalid x-match field type ${found}; expected longstr`);
  }
  if (!MATCHES.includes(match.value)) {
    const expected = 'all, any, all-with-x, or any-with-x';
    throw new ReplyError(406, `Invalid x-match field value ${termText(match)}; expected ${expected}`);
  }
}

export const HEADERS: ExchangeType = {
  name: 'headers',
  description: 'AMQP headers exchange, as per the AMQP specification',
  routesByKey: false,
  validateBinding,
  createIndex: () => new HeadersIndex(),
};
