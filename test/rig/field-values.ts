// Field tables written and read in tests as plain objects.

import type { FieldTable, FieldValue } from '../../src/protocol/field-table.ts';

/** A value as tests write it; a typed value (`{type: 'b', value: 1}`) goes as it is. */
export type PlainValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | Uint8Array
  | FieldValue
  | readonly PlainValue[]
  | { readonly [name: string]: PlainValue };

/**
 * A field table of a plain object: strings are `S`, booleans `t`, integers `I` or, if they do not fit 32 bits, `l`,
 * other numbers `d`, bigints `l`, dates `T`, bytes `x`, null `V`.
 */
export function table(values: { readonly [name: string]: PlainValue }): FieldTable {
  return Object.entries(values).map(([name, value]) => [name, typed(value)] as const);
}

function typed(value: PlainValue): FieldValue {
  if (value === null) return { type: 'V', value };
  if (typeof value === 'string') return { type: 'S', value };
  if (typeof value === 'boolean') return { type: 't', value };
  if (typeof value === 'bigint') return { type: 'l', value };
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) return { type: 'd', value };
    return value === (value | 0) ? { type: 'I', value } : { type: 'l', value: BigInt(value) };
  }
  if (value instanceof Date) return { type: 'T', value: BigInt(Math.floor(value.getTime() / 1000)) };
  if (value instanceof Uint8Array) return { type: 'x', value };
  if (Array.isArray(value)) return { type: 'A', value: value.map(typed) };
  if (isTyped(value)) return value;
  return { type: 'F', value: table(value as { readonly [name: string]: PlainValue }) };
}

function isTyped(value: object): value is FieldValue {
  const { type } = value as { type?: unknown };
  return typeof type === 'string' && type.length === 1 && 'value' in value;
}

/** A field table as a plain object; 64-bit integers that a number holds exactly become numbers. */
export function plain(fields: FieldTable | undefined): { [name: string]: unknown } {
  return Object.fromEntries((fields ?? []).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(field: FieldValue): unknown {
  if (field.type === 'F') return plain(field.value);
  if (field.type === 'A') return field.value.map(plainValue);
  if (typeof field.value !== 'bigint') return field.value;
  return Number.isSafeInteger(Number(field.value)) ? Number(field.value) : field.value;
}
