// Values as filters compare them, and the ways into tables and JSON. Integers of 64 bits are exact.
// Invariant: walking never throws; a way that leads nowhere gives undefined.

import { exactInteger } from '../protocol/exact-integer.ts';
import type { FieldTable, FieldValue } from '../protocol/field-table.ts';
import type { Step } from './syntax-tree.ts';

export type Scalar = string | number | bigint | boolean;
/** What a way into a table or JSON leads to; null: something that compares with nothing (null, bytes, an object). */
export type Found = Scalar | null | readonly Found[];

/** Whether two values are equal; of different types they are not. A double equals the integer that it is nearest to. */
export function isEqual(a: Scalar, b: Scalar): boolean {
  if (typeof a === 'bigint' && typeof b === 'number') return Number(a) === b;
  if (typeof a === 'number' && typeof b === 'bigint') return a === Number(b);
  return a === b;
}

/** Whether two values can be ordered: both numbers, or both strings. */
export function areOrdered(a: Scalar, b: Scalar): boolean {
  return isNumber(a) ? isNumber(b) : typeof a === 'string' && typeof b === 'string';
}

/** Whether it is a number, of whatever size. */
export function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** What stands in a field table at the end of these steps. Of entries with the same name the last counts. */
export function inTable(table: FieldTable, steps: readonly Step[]): Found | undefined {
  let field: FieldValue | undefined = { type: 'F', value: table };
  for (const { key } of steps) {
    if (field?.type === 'F') field = entryOf(field.value, String(key));
    else if (field?.type === 'A' && typeof key === 'number') field = field.value[key];
    else return undefined;
  }
  return field && foundOf(field);
}

function entryOf(table: FieldTable, name: string): FieldValue | undefined {
  for (let i = table.length - 1; i >= 0; i--) if (table[i]![0] === name) return table[i]![1];
  return undefined;
}

function foundOf(field: FieldValue): Found {
  switch (field.type) {
    case 'l':
    case 'L':
    case 'T':
      return exactInteger(field.value);
    case 'D':
      return field.value / 10 ** field.scale;
    case 'A':
      return field.value.map(foundOf);
    case 'x':
    case 'F':
    case 'V':
      return null;
    default:
      return field.value;
  }
}

/** What stands in a JSON value at the end of these steps. */
export function inJson(json: unknown, steps: readonly Step[]): Found | undefined {
  let value = json;
  for (const { key } of steps) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    if (Array.isArray(value) && typeof key !== 'number') return undefined;
    value = (value as { readonly [key: string | number]: unknown })[key];
  }
  return foundInJson(value);
}

function foundInJson(value: unknown): Found | undefined {
  if (value === undefined || typeof value !== 'object') return value as Scalar | undefined;
  return Array.isArray(value) ? value.map((element) => foundInJson(element) ?? null) : null;
}
