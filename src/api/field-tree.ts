// Makes the nodes of which frame-fields.ts builds its tree: fields, and tables down to key, type octet and value of each entry.
// Invariant: bounded; hostile tables of a million entries end in a count of what is omitted.

import { type Json, type JsonObject, jsonFields, jsonTable } from '../log/json-value.ts';
import { ByteReader } from '../protocol/byte-reader.ts';
import { arrayEntryRanges, type EntryRange, tableEntryRanges } from '../protocol/field-ranges.ts';
import type { FieldTable } from '../protocol/field-table.ts';
import { decodeFields, type FieldRange } from '../protocol/fields.ts';

/** Entries in one tree: tables of real clients have tens. */
const MOST_ENTRIES = 5000;
const UNSIGNED_SIZES = { octet: 1, short: 2, long: 4 } as const;

/** Names of field values' types by their octet. `s`, `U`, `l` and `L` as RabbitMQ reads them. */
const FIELD_TYPES: { readonly [type: string]: string } = {
  t: 'boolean',
  b: 'signed-octet',
  B: 'octet',
  s: 'signed-short',
  U: 'signed-short',
  u: 'short',
  I: 'signed-long',
  i: 'long',
  l: 'signed-longlong',
  L: 'signed-longlong',
  f: 'float',
  d: 'double',
  D: 'decimal',
  T: 'timestamp',
  S: 'longstr',
  x: 'bytes',
  A: 'array',
  F: 'table',
  V: 'void',
};

export interface FieldNode {
  readonly name: string;
  /** The wire type; `entry` for a key, a type octet and a value; `flags`; `bytes` for what has no type. */
  readonly type: string;
  /** From the first byte of the record. */
  readonly offset: number;
  /** In bytes. */
  readonly length: number;
  /** Of a bit: its number in the octet, 0 the lowest. */
  readonly bit?: number;
  readonly value?: Json;
  readonly fields?: readonly FieldNode[];
  /** Entries of the table or array that are not among `fields`. */
  readonly omitted?: number;
}

export class FieldTree {
  readonly #bytes: Uint8Array;
  readonly #origin: number;
  #entriesLeft = MOST_ENTRIES;

  /** Offsets count from `origin` in `bytes`; all other places are those in `bytes`. */
  constructor(bytes: Uint8Array, origin: number) {
    this.#bytes = bytes;
    this.#origin = origin;
  }

  leaf(name: string, type: string, start: number, end: number, value?: Json): FieldNode {
    const place = { name, type, offset: start - this.#origin, length: end - start };
    return value === undefined ? place : { ...place, value };
  }

  /** An unsigned integer. */
  unsigned(name: string, type: keyof typeof UNSIGNED_SIZES, start: number): FieldNode {
    const end = start + UNSIGNED_SIZES[type];
    let value = 0;
    for (let at = start; at < end; at++) value = value * 256 + this.#bytes[at]!;
    return this.leaf(name, type, start, end, value);
  }

  /** An argument or property; shown as `shownAs` if that is given. */
  field(range: FieldRange, shownAs?: string): FieldNode {
    const { name, domain, start, end, bit } = range;
    if (shownAs !== undefined) return this.leaf(name, domain, start, end, shownAs);
    if (bit !== undefined) {
      return { ...this.leaf(name, domain, start, end, ((this.#bytes[start]! >> bit) & 1) === 1), bit };
    }
    const field = { name, domain, reserved: false };
    const values = decodeFields(new ByteReader(this.#bytes, start, end), [field]);
    if (domain !== 'table') return this.leaf(name, domain, start, end, jsonFields([field], values)[name]);
    const table = values[name] as FieldTable;
    return this.#entries(name, domain, start, end, tableEntryRanges(this.#bytes, start, table), table.length);
  }

  #entries(
    name: string,
    type: string,
    start: number,
    end: number,
    ranges: Iterable<EntryRange>,
    count: number,
  ): FieldNode {
    const fields = [this.unsigned('size', 'long', start)];
    for (const range of ranges) {
      if (this.#entriesLeft === 0) break;
      this.#entriesLeft--;
      fields.push(this.#entry(range));
    }
    const node = { ...this.leaf(name, type, start, end), fields };
    const omitted = count - (fields.length - 1);
    return omitted > 0 ? { ...node, omitted } : node;
  }

  #entry(range: EntryRange): FieldNode {
    const { name, start, typeAt, end, value } = range;
    const key = typeAt > start ? [this.leaf('key', 'shortstr', start, typeAt, name)] : [];
    const type = this.leaf('type', 'octet', typeAt, typeAt + 1, value.type);
    return { ...this.leaf(name, 'entry', start, end), fields: [...key, type, this.#value(range)] };
  }

  #value({ typeAt, end, value }: EntryRange): FieldNode {
    const start = typeAt + 1;
    const type = FIELD_TYPES[value.type]!;
    if (value.type === 'F' || value.type === 'A') {
      const ranges =
        value.type === 'F'
          ? tableEntryRanges(this.#bytes, start, value.value)
          : arrayEntryRanges(this.#bytes, start, value.value);
      return this.#entries('value', type, start, end, ranges, value.value.length);
    }
    const json: JsonObject = jsonTable([['value', value]]);
    return this.leaf('value', type, start, end, json['value']);
  }
}
