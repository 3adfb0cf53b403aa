// amqplib's generated definitions and codec as an independent oracle, and the way from our values to its own and back.
// Only what both can express is translated: amqplib has no field types U and L, no duplicate keys and no bytes that are
// not UTF-8.

import { createRequire } from 'node:module';
import type { FieldTable, FieldValue } from '../../src/protocol/field-table.ts';
import type { FieldValues } from '../../src/protocol/fields.ts';
import type { Domain } from '../../src/protocol/spec.ts';

interface AmqplibInfo {
  readonly id: number;
  readonly classId?: number;
  readonly methodId?: number;
  readonly name: string;
  readonly args: readonly { readonly type: Domain; readonly name: string }[];
}

interface AmqplibDefs {
  info(id: number): AmqplibInfo;
  encodeMethod(id: number, channel: number, fields: object): Buffer;
  encodeProperties(id: number, channel: number, size: number, fields: object): Buffer;
  decode(id: number, payload: Buffer): { [name: string]: unknown };
  readonly constants: { readonly [name: string]: number };
  /** By amqplib's names: `BasicPublish`, `BasicProperties`. */
  readonly ids: { readonly [name: string]: number };
}

// The package exports only its API; its generated table is found by path.
const require = createRequire(import.meta.url);
const generated = require(require.resolve('amqplib').replace(/[^/\\]*$/, 'lib/defs.js'));
const ids = Object.entries(generated).filter(([name, id]) => /^[A-Z][a-z]/.test(name) && typeof id === 'number');

export const amqplibDefs: AmqplibDefs = { ...generated, ids: Object.fromEntries(ids) };

/** `basic.get-ok` → `BasicGetOk` */
export function amqplibName(method: string): string {
  return method.replace(/(^|[.-])([a-z])/g, (_match, _separator, letter: string) => letter.toUpperCase());
}

export function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

/** Our argument or property values as amqplib's encoder wants them. */
export function toAmqplib(fields: readonly { name: string; domain: Domain }[], values: FieldValues): object {
  const object: { [name: string]: unknown } = {};
  for (const { name, domain } of fields) {
    const value = values[name];
    if (value === undefined) continue;
    if (domain === 'table') object[camelCase(name)] = tableToAmqplib(value as FieldTable);
    else if (domain === 'longstr') object[camelCase(name)] = Buffer.from(value as string);
    else object[camelCase(name)] = typeof value === 'bigint' ? Number(value) : value;
  }
  return object;
}

function tableToAmqplib(table: FieldTable): object {
  return Object.fromEntries(table.map(([name, value]) => [name, valueToAmqplib(value)]));
}

const TAGS: { readonly [type: string]: string } = {
  b: 'int8',
  B: 'uint8',
  s: 'int16',
  u: 'uint16',
  I: 'int32',
  i: 'uint32',
  l: 'int64',
  T: 'timestamp',
  f: 'float',
  d: 'float64',
};

function valueToAmqplib(field: FieldValue): unknown {
  switch (field.type) {
    case 'A':
      return field.value.map(valueToAmqplib);
    case 'F':
      return tableToAmqplib(field.value);
    case 'x':
      return Buffer.from(field.value);
    case 'D':
      return { '!': 'decimal', value: { places: field.scale, digits: field.value } };
    case 't':
    case 'S':
    case 'V':
      return field.value;
    default:
      return { '!': TAGS[field.type], value: field.value };
  }
}

/** What amqplib's decoder makes of a table that we hold: it forgets most types. */
export function asAmqplibDecodes(table: FieldTable): object {
  return Object.fromEntries(table.map(([name, value]) => [name, valueAsDecoded(value)]));
}

function valueAsDecoded(field: FieldValue): unknown {
  switch (field.type) {
    case 'A':
      return field.value.map(valueAsDecoded);
    case 'F':
      return asAmqplibDecodes(field.value);
    case 'T':
      return { '!': 'timestamp', value: Number(field.value) };
    case 'l':
      return Number(field.value);
    case 'D':
    case 'x':
      return valueToAmqplib(field);
    default:
      return field.value;
  }
}
