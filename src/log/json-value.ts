// AMQP values as JSON: what the frame event's `arguments` and `properties` hold.
// A plain value wherever it loses nothing a reader could want; `{"type": …}` where JSON could not tell kinds apart.
// Invariant: 64-bit integers are exact: a number if a double holds it, else a string.

import { assertNever } from '../errors.ts';
import type { FieldTable, FieldValue } from '../protocol/field-table.ts';
import type { FieldValues } from '../protocol/fields.ts';
import type { DomainValue, Field } from '../protocol/method-table.ts';
import { REDACTED } from '../protocol/secrets.ts';
import type { Domain } from '../protocol/spec.ts';
import { encodeText, hasEscapes } from '../protocol/text.ts';
import { LAST_SECOND } from './timestamp.ts';

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/** Base64 of `bytes[start, end)`. */
export function base64(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('base64');
}

/** Arguments or properties by name; reserved ones are left out, the one named `secret` is redacted. */
export function jsonFields(fields: readonly Field[], values: FieldValues, secret?: string): JsonObject {
  const object: { [name: string]: Json } = {};
  for (const { name, domain, reserved } of fields) {
    const value = values[name];
    if (reserved || value === undefined) continue;
    object[name] = name === secret ? REDACTED : jsonDomain(domain, value);
  }
  return object;
}

function jsonDomain(domain: Domain, value: DomainValue[Domain]): Json {
  switch (domain) {
    case 'table':
      return jsonTable(value as FieldTable);
    case 'longlong':
      return jsonInteger(value as bigint);
    case 'timestamp':
      return jsonTimestamp(value as bigint);
    case 'shortstr':
    case 'longstr':
      return jsonText(value as string);
    default:
      return value as number | boolean;
  }
}

/** A table as an object; where a name comes twice, the last value stands, as RabbitMQ's clients read it. */
export function jsonTable(table: FieldTable): JsonObject {
  const object: { [name: string]: Json } = {};
  for (const [name, value] of table) {
    if (name === '__proto__') defineProto(object, jsonField(value));
    else object[name] = jsonField(value);
  }
  return object;
}

/** Sets a plain property of that name, which an assignment would not. */
function defineProto(object: JsonObject, value: Json): void {
  Object.defineProperty(object, '__proto__', { value, enumerable: true, configurable: true, writable: true });
}

function jsonField(field: FieldValue): Json {
  switch (field.type) {
    case 't':
    case 'b':
    case 'B':
    case 's':
    case 'U':
    case 'u':
    case 'I':
    case 'i':
      return field.value;
    case 'l':
    case 'L':
      return jsonInteger(field.value);
    case 'f':
    case 'd':
      return jsonFloat(field.value);
    case 'D':
      return { type: 'decimal', scale: field.scale, value: field.value };
    case 'T':
      return { type: 'timestamp', value: jsonTimestamp(field.value) };
    case 'S':
      return jsonText(field.value);
    case 'x':
      return { type: 'bytes', base64: base64(field.value) };
    case 'A':
      return field.value.map(jsonField);
    case 'F':
      return jsonTable(field.value);
    case 'V':
      return null;
    default:
      return assertNever(field);
  }
}

/** A number if a double holds it exactly, else a string. */
export function jsonInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function jsonFloat(value: number): Json {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  return { type: 'double', value: Object.is(value, -0) ? '-0' : String(value) };
}

/** ISO 8601; seconds beyond the year 275760 (some clients send milliseconds) stay a number. */
function jsonTimestamp(seconds: bigint): string | number {
  if (seconds > LAST_SECOND) return jsonInteger(seconds);
  return new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z');
}

/** Text as it is; bytes that are not UTF-8 as base64. */
function jsonText(text: string): Json {
  return hasEscapes(text) ? { type: 'string', base64: base64(encodeText(text)) } : text;
}
