// Arguments of exchanges, queues and bindings: JSON in definitions and in the management API, field tables on the wire.
// RabbitMQ's rabbit_misc:to_amqp_table and amqp_table. Invariant: a table made from JSON gives the same JSON back, its keys
// sorted.

import type { FieldTable, FieldValue } from '../../protocol/field-table.ts';
import { type ExactJson, isJsonArray, WholeDouble } from './exact-json.ts';

/** A value that no field can hold; `path` says where in the JSON it stands: `.x-list[2]`. */
export class ArgumentError extends Error {
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

const INT64_LEAST = -(2n ** 63n);
const INT64_MOST = 2n ** 63n - 1n;
const LONGEST_KEY = 255;

/** Integers become signed 64-bit integers, numbers with a point doubles, strings long strings. Throws ArgumentError. */
export function toFieldTable(json: { readonly [key: string]: ExactJson }, path = ''): FieldTable {
  return Object.keys(json)
    .sort()
    .map((key) => {
      const keyPath = `${path}.${key}`;
      if (Buffer.byteLength(key) > LONGEST_KEY) throw new ArgumentError(keyPath, 'expected a key of at most 255 bytes');
      return [key, toFieldValue(json[key]!, keyPath)] as const;
    });
}

function toFieldValue(json: ExactJson, path: string): FieldValue {
  if (json === null) throw new ArgumentError(path, 'expected a value, found null, which arguments cannot have');
  if (json instanceof WholeDouble) return { type: 'd', value: json.value };
  if (isJsonArray(json)) {
    return { type: 'A', value: json.map((member, index) => toFieldValue(member, `${path}[${index}]`)) };
  }
  switch (typeof json) {
    case 'string':
      return { type: 'S', value: json };
    case 'boolean':
      return { type: 't', value: json };
    case 'bigint':
      return integer(json, path);
    case 'number':
      return Number.isInteger(json) ? integer(BigInt(json), path) : { type: 'd', value: json };
    default:
      return { type: 'F', value: toFieldTable(json, path) };
  }
}

function integer(value: bigint, path: string): FieldValue {
  if (value >= INT64_LEAST && value <= INT64_MOST) return { type: 'l', value };
  throw new ArgumentError(path, `expected an integer of at most 64 bits, found ${value}`);
}

/** Of a repeated name the last one counts. Types that JSON lacks become what is nearest. */
export function fromFieldTable(table: FieldTable): { readonly [key: string]: ExactJson } {
  const entries = table.map(([name, field]) => [name, fromFieldValue(field)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

function fromFieldValue(field: FieldValue): ExactJson {
  switch (field.type) {
    case 'A':
      return field.value.map(fromFieldValue);
    case 'F':
      return fromFieldTable(field.value);
    case 'x':
      return Buffer.from(field.value).toString('utf8');
    case 'l':
    case 'L':
    case 'T':
      return Number.isSafeInteger(Number(field.value)) ? Number(field.value) : field.value;
    case 'f':
    case 'd':
      return double(field.value);
    case 'D':
      // RabbitMQ writes scale and value on either side of a point, which is not the number; the number is.
      return double(field.value / 10 ** field.scale);
    default:
      return field.value;
  }
}

/** JSON has no infinity and no NaN. */
function double(value: number): ExactJson {
  if (!Number.isFinite(value)) return null;
  return Number.isInteger(value) ? new WholeDouble(value) : value;
}
