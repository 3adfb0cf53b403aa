// Arguments and properties written as JSON straight from the wire, one field at a time. Counterpart of jsonFields in
// json-value.ts, whose words it follows. Part of event-writer.ts.
// Invariant: a field that is not plain (cut short, not UTF-8, out of range) writes nothing that counts and says so.

import { ByteReader, u32At } from '../protocol/byte-reader.ts';
import { decodeTable } from '../protocol/field-table.ts';
import type { Field } from '../protocol/method-table.ts';
import type { Domain } from '../protocol/spec.ts';
import { ascii, JsonBytes } from './json-bytes.ts';
import { jsonTable } from './json-value.ts';

/** Says that a field is left to the frame event. */
export const NOT_PLAIN = -1;

const QUOTE = 0x22;
const TRUE = ascii('true');
const FALSE = ascii('false');
const EMPTY_TABLE = ascii('{}');
/** Room for a field's name, punctuation and a number. */
const FIELD_ROOM = 128;
/** Above this, a 64-bit integer's high word makes it more than a double holds exactly. */
const HIGHEST_SAFE_WORD = 0x1fffff;
const WORD = 0x100000000;
/** Seconds since the Unix epoch at the end of the year 9999; years beyond are written otherwise. */
const LAST_PLAIN_SECOND = 253_402_300_799;

/** How to write one field. */
export interface FieldPlan {
  /** `"routing_key":` */
  readonly key: Uint8Array;
  readonly domain: Domain;
  readonly reserved: boolean;
}

export function planOf({ name, domain, reserved }: Field): FieldPlan {
  return { key: ascii(`"${name}":`), domain, reserved };
}

/** Writes a bit with its name. */
export function writeBit(out: JsonBytes, plan: FieldPlan, isSet: boolean): void {
  out.copy(plan.key);
  out.copy(isSet ? TRUE : FALSE);
}

/** Offset behind the field at `source[at]`, or NOT_PLAIN if it does not end before `end`. Not for bits. */
export function skipField(domain: Domain, source: Uint8Array, at: number, end: number): number {
  const next = at + fieldSize(domain, source, at, end);
  return next <= end ? next : NOT_PLAIN;
}

/** Writes the field at `source[at]` with its name; returns the offset behind it, or NOT_PLAIN. Not for bits. */
export function writeField(out: JsonBytes, plan: FieldPlan, source: Uint8Array, at: number, end: number): number {
  const { domain } = plan;
  const next = at + fieldSize(domain, source, at, end);
  if (!(next <= end)) return NOT_PLAIN;
  out.reserve(FIELD_ROOM + JsonBytes.textRoom(next - at));
  out.copy(plan.key);
  return writeValue(out, domain, source, at, next) ? next : NOT_PLAIN;
}

/** Bytes that the field takes; more than there are if its length is cut. */
function fieldSize(domain: Domain, source: Uint8Array, at: number, end: number): number {
  switch (domain) {
    case 'shortstr':
      return at < end ? 1 + source[at]! : Number.POSITIVE_INFINITY;
    case 'octet':
    case 'bit':
      return 1;
    case 'short':
      return 2;
    case 'long':
      return 4;
    case 'longlong':
    case 'timestamp':
      return 8;
    case 'longstr':
    case 'table':
      return at + 4 <= end ? 4 + u32At(source, at) : Number.POSITIVE_INFINITY;
  }
}

function writeValue(out: JsonBytes, domain: Domain, source: Uint8Array, at: number, next: number): boolean {
  switch (domain) {
    case 'shortstr':
      return out.text(source, at + 1, next);
    case 'longstr':
      return out.text(source, at + 4, next);
    case 'octet':
      out.integer(source[at]!);
      return true;
    case 'short':
      out.integer((source[at]! << 8) | source[at + 1]!);
      return true;
    case 'long':
      out.integer(u32At(source, at));
      return true;
    case 'longlong':
      writeLonglong(out, source, at);
      return true;
    case 'timestamp':
      return writeTimestamp(out, source, at);
    case 'table':
      return writeTable(out, source, at, next);
    case 'bit':
      return false;
  }
}

/** A number if a double holds it, else a string. */
export function writeLonglong(out: JsonBytes, source: Uint8Array, at: number): void {
  const high = u32At(source, at);
  const low = u32At(source, at + 4);
  if (high <= HIGHEST_SAFE_WORD) return out.integer(high * WORD + low);
  out.string(`"${(BigInt(high) << 32n) | BigInt(low)}"`);
}

function writeTimestamp(out: JsonBytes, source: Uint8Array, at: number): boolean {
  const seconds = u32At(source, at) * WORD + u32At(source, at + 4);
  if (seconds > LAST_PLAIN_SECOND) return false;
  out.byte(QUOTE);
  out.string(new Date(seconds * 1000).toISOString().slice(0, 19));
  out.string('Z"');
  return true;
}

function writeTable(out: JsonBytes, source: Uint8Array, at: number, next: number): boolean {
  if (next === at + 4) {
    out.copy(EMPTY_TABLE);
    return true;
  }
  try {
    out.string(JSON.stringify(jsonTable(decodeTable(new ByteReader(source, at, next)))));
    return true;
  } catch {
    // Said in the frame event's own words.
    return false;
  }
}
