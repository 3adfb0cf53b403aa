// Where the entries of a decoded field table stand in its bytes, for readers that show bytes beside values.
// Counterpart of field-table.ts, whose decoder stays free of it: what it decoded says how long each value is.
// Invariant: size octets and entries, one after the other, are all of the table's bytes.
//
//   table:  +------+ +-----+------+-------+ …      array:  +------+ +------+-------+ …
//           | size | | key | type | value |                | size | | type | value |
//           +------+ +-----+------+-------+                +------+ +------+-------+
//             long   shortstr octet

import { u32At } from './byte-reader.ts';
import type { FieldTable, FieldValue } from './field-table.ts';

/** Octets of the size in front of a table's or an array's entries. */
const ENTRIES_SIZE = 4;

/** An entry `[start, end)`: key `[start, typeAt)` (elements of arrays have none), type octet, value `[typeAt + 1, end)`. */
export interface EntryRange {
  readonly name: string;
  readonly start: number;
  readonly typeAt: number;
  readonly end: number;
  readonly value: FieldValue;
}

/** Octets of a value by its type; the others have their size in front of them. */
const FIXED_SIZES: { readonly [type: string]: number } = {
  t: 1,
  b: 1,
  B: 1,
  s: 2,
  U: 2,
  u: 2,
  I: 4,
  i: 4,
  l: 8,
  L: 8,
  f: 4,
  d: 8,
  D: 5,
  T: 8,
  V: 0,
};

/** The entries of the table that was decoded from `bytes` at `start`, where its size stands, in order. */
export function* tableEntryRanges(bytes: Uint8Array, start: number, table: FieldTable): Generator<EntryRange> {
  let at = start + ENTRIES_SIZE;
  for (const [name, value] of table) {
    const range = entryRange(bytes, name, at, at + 1 + bytes[at]!, value);
    yield range;
    at = range.end;
  }
}

/** The elements of the array that was decoded from `bytes` at `start`; their names are `0`, `1`, … */
export function* arrayEntryRanges(
  bytes: Uint8Array,
  start: number,
  values: readonly FieldValue[],
): Generator<EntryRange> {
  let at = start + ENTRIES_SIZE;
  for (const [index, value] of values.entries()) {
    const range = entryRange(bytes, String(index), at, at, value);
    yield range;
    at = range.end;
  }
}

function entryRange(bytes: Uint8Array, name: string, start: number, typeAt: number, value: FieldValue): EntryRange {
  const valueAt = typeAt + 1;
  return { name, start, typeAt, end: valueAt + (FIXED_SIZES[value.type] ?? 4 + u32At(bytes, valueAt)), value };
}
