// Field tables and their values (AMQP 0-9-1 §4.2.5.5), with the type octets that RabbitMQ and its clients really use.
// A table is its entries in wire order, duplicates included; a value keeps its type octet.
// Invariant: encoding what was decoded gives the same bytes (but for truth values other than 0 and 1, and NaN's payload).

import { assertNever, ProtocolError } from '../errors.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

/**
 * A field value and its type octet. Where the specification and RabbitMQ differ, RabbitMQ's reading is taken:
 * `s` is a signed 16-bit integer (the specification: short string), `l` a signed 64-bit one (unsigned).
 */
export type FieldValue =
  | { readonly type: 't'; readonly value: boolean }
  | { readonly type: 'b' | 'B' | 's' | 'U' | 'u' | 'I' | 'i'; readonly value: number }
  | { readonly type: 'l' | 'L' | 'T'; readonly value: bigint }
  | { readonly type: 'f' | 'd'; readonly value: number }
  /** `value` × 10^-`scale`; the value is an unsigned 32-bit integer. */
  | { readonly type: 'D'; readonly scale: number; readonly value: number }
  | { readonly type: 'S'; readonly value: string }
  | { readonly type: 'x'; readonly value: Uint8Array }
  | { readonly type: 'A'; readonly value: readonly FieldValue[] }
  | { readonly type: 'F'; readonly value: FieldTable }
  | { readonly type: 'V'; readonly value: null };

export type FieldTable = readonly (readonly [name: string, value: FieldValue])[];

/** Deeper nesting is refused: no real table comes near it, and it keeps hostile bytes off the call stack. */
export const MAX_TABLE_DEPTH = 64;

/** The value of the first entry of that name, or undefined. */
export function fieldOf(table: FieldTable, name: string): FieldValue | undefined {
  for (const [key, value] of table) if (key === name) return value;
  return undefined;
}

/** Decodes a table with its length. Throws ProtocolError 502. */
export function decodeTable(reader: ByteReader, depth = 0): FieldTable {
  const size = reader.u32();
  const start = reader.take(size);
  const outerEnd = reader.end;
  reader.end = start + size;
  reader.at = start;
  const table: [string, FieldValue][] = [];
  while (reader.at < reader.end) {
    const name = reader.shortstr();
    table.push([name, decodeValue(reader, depth + 1)]);
  }
  reader.end = outerEnd;
  return table;
}

function decodeArray(reader: ByteReader, depth: number): FieldValue[] {
  const size = reader.u32();
  const start = reader.take(size);
  const outerEnd = reader.end;
  reader.end = start + size;
  reader.at = start;
  const values: FieldValue[] = [];
  while (reader.at < reader.end) values.push(decodeValue(reader, depth + 1));
  reader.end = outerEnd;
  return values;
}

function decodeValue(reader: ByteReader, depth: number): FieldValue {
  const offset = reader.at;
  if (depth > MAX_TABLE_DEPTH)
    throw new ProtocolError(502, `tables nested more than ${MAX_TABLE_DEPTH} deep`, { offset });
  const type = String.fromCharCode(reader.u8());
  switch (type) {
    case 't':
      return { type, value: reader.u8() !== 0 };
    case 'b':
      return { type, value: reader.i8() };
    case 'B':
      return { type, value: reader.u8() };
    case 's':
    case 'U':
      return { type, value: reader.i16() };
    case 'u':
      return { type, value: reader.u16() };
    case 'I':
      return { type, value: reader.i32() };
    case 'i':
      return { type, value: reader.u32() };
    case 'l':
    case 'L':
      return { type, value: reader.i64() };
    case 'T':
      return { type, value: reader.u64() };
    case 'f':
      return { type, value: reader.f32() };
    case 'd':
      return { type, value: reader.f64() };
    case 'D':
      return { type, scale: reader.u8(), value: reader.u32() };
    case 'S':
      return { type, value: reader.longstr() };
    case 'x':
      return { type, value: new Uint8Array(reader.slice(reader.u32())) };
    case 'A':
      return { type, value: decodeArray(reader, depth) };
    case 'F':
      return { type, value: decodeTable(reader, depth) };
    case 'V':
      return { type, value: null };
    default:
      throw new ProtocolError(502, `unknown field type 0x${reader.bytes[offset]!.toString(16).padStart(2, '0')}`, {
        offset,
      });
  }
}

/** Encodes a table with its length. */
export function encodeTable(writer: ByteWriter, table: FieldTable): void {
  writer.withLength(() => {
    for (const [name, value] of table) {
      writer.shortstr(name);
      encodeValue(writer, value);
    }
  });
}

function encodeValue(writer: ByteWriter, field: FieldValue): void {
  writer.u8(field.type.charCodeAt(0));
  switch (field.type) {
    case 't':
      return writer.u8(field.value ? 1 : 0);
    case 'b':
      return writer.i8(field.value);
    case 'B':
      return writer.u8(field.value);
    case 's':
    case 'U':
      return writer.i16(field.value);
    case 'u':
      return writer.u16(field.value);
    case 'I':
      return writer.i32(field.value);
    case 'i':
      return writer.u32(field.value);
    case 'l':
    case 'L':
      return writer.i64(field.value);
    case 'T':
      return writer.u64(field.value);
    case 'f':
      return writer.f32(field.value);
    case 'd':
      return writer.f64(field.value);
    case 'D':
      writer.u8(field.scale);
      return writer.u32(field.value);
    case 'S':
      return writer.longstr(field.value);
    case 'x':
      writer.u32(field.value.length);
      return writer.raw(field.value);
    case 'A':
      return writer.withLength(() => {
        for (const value of field.value) encodeValue(writer, value);
      });
    case 'F':
      return encodeTable(writer, field.value);
    case 'V':
      return;
    default:
      assertNever(field);
  }
}
