// Arguments and properties read in place: where each stands among the bytes of its method or content header, by a plan
// made from the specification's table. Counterpart of protocol/fields.ts, which decodes them all.
// Invariant: never reads outside the payload; a field that is not whole is missing (offset -1).

import { ByteReader, LARGEST_DECODED, u32At } from '../protocol/byte-reader.ts';
import { exactInteger } from '../protocol/exact-integer.ts';
import { decodeTable, type FieldTable } from '../protocol/field-table.ts';
import { BASIC_PROPERTIES, type Field, METHODS } from '../protocol/method-table.ts';
import type { Domain } from '../protocol/spec.ts';
import { decodeText } from '../protocol/text.ts';
import type { Payload, Subject } from './subject.ts';
import type { Scalar } from './value.ts';

/** Class id and method id, in front of the arguments. */
const ARGUMENTS_AT = 4;
/** Class id, weight and body size, in front of the property flags. */
const FLAGS_AT = 12;
/** Steps over what has its size in front of it; positive steps are octets. */
const SHORTSTR = -1;
const LONGSTR = -2;
const LAST_BIT = 7;
const MICROSECONDS = 1e6;
/** Above this, a 64-bit integer's high word makes it more than a double holds exactly. */
const HIGHEST_SAFE_WORD = 0x1fffff;
const WORD = 0x100000000;

/** Octets, or how they are told. */
const STEPS: { readonly [D in Domain]: number } = {
  bit: 1,
  octet: 1,
  short: 2,
  long: 4,
  longlong: 8,
  timestamp: 8,
  shortstr: SHORTSTR,
  longstr: LONGSTR,
  table: LONGSTR,
};

export interface WireField {
  readonly domain: Domain;
  /** The payload that it may stand in. */
  payload(subject: Subject): Payload | undefined;
  /** Offset of the field in that payload's bytes, or -1. */
  locate(subject: Subject, payload: Payload): number;
  /** For bits: which bit of the octet. */
  bit(subject: Subject): number;
}

/** How to come to an argument from the first one. */
interface Plan {
  readonly steps: readonly number[];
  readonly bit: number;
}

/** The argument of that name, in whichever methods have it. `reserved`: also where it is reserved. */
export function argumentField(name: string, domain: Domain, reserved: boolean): WireField {
  const own = STEPS[domain];
  const plans = METHODS.map(({ fields }) => planOf(fields, name, reserved));
  return {
    domain,
    payload: (subject) => subject.methodPayload,
    locate({ method }, { bytes, start, end }) {
      const plan = method && plans[method.index];
      if (!plan) return -1;
      return whole(own, bytes, walk(plan.steps, bytes, start + ARGUMENTS_AT, end), end);
    },
    bit: ({ method }) => (method && plans[method.index]?.bit) ?? 0,
  };
}

function planOf(fields: readonly Field[], name: string, reserved: boolean): Plan | undefined {
  const steps: number[] = [];
  /** Of the octet of bits that stands here; -1: none does. */
  let bit = -1;
  for (const field of fields) {
    const isBit = field.domain === 'bit';
    if (bit === LAST_BIT || (bit >= 0 && !isBit)) {
      steps.push(STEPS.bit);
      bit = -1;
    }
    if (isBit) bit++;
    if (field.name === name) return field.reserved && !reserved ? undefined : { steps: joined(steps), bit };
    if (!isBit) steps.push(STEPS[field.domain]);
  }
  return undefined;
}

/** The same way with octets in a row taken at once. */
function joined(steps: readonly number[]): number[] {
  const result: number[] = [];
  for (const step of steps) {
    const last = result.length - 1;
    if (step > 0 && last >= 0 && result[last]! > 0) result[last]! += step;
    else result.push(step);
  }
  return result;
}

/** The content property at this place of BASIC_PROPERTIES. */
export function propertyField(index: number): WireField {
  const { domain } = BASIC_PROPERTIES[index]!;
  const own = STEPS[domain];
  const flag = 0x8000 >> index;
  return {
    domain,
    payload: (subject) => subject.headerPayload,
    locate(_, { bytes, start, end }) {
      let at = start + FLAGS_AT;
      if (at + 2 > end) return -1;
      const flags = (bytes[at]! << 8) | bytes[at + 1]!;
      if ((flags & flag) === 0) return -1;
      // Bit 0: more flags follow; what they stand for comes behind all properties that are known.
      for (let word = flags; word & 1; at += 2) {
        if (at + 4 > end) return -1;
        word = bytes[at + 3]!;
      }
      at += 2;
      for (let i = 0; i < index && at >= 0; i++) {
        if (flags & (0x8000 >> i)) at = step(PROPERTY_STEPS[i]!, bytes, at, end);
      }
      return whole(own, bytes, at, end);
    },
    bit: () => 0,
  };
}

const PROPERTY_STEPS = BASIC_PROPERTIES.map(({ domain }) => STEPS[domain]);

/** Offset behind what stands at `at`; -1 if it does not end before `end`. */
function step(octets: number, bytes: Uint8Array, at: number, end: number): number {
  let next = at + octets;
  if (octets === SHORTSTR) next = at < end ? at + 1 + bytes[at]! : end + 1;
  else if (octets === LONGSTR) next = at + 4 <= end ? at + 4 + u32At(bytes, at) : end + 1;
  return next <= end ? next : -1;
}

function walk(steps: readonly number[], bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  for (let i = 0; i < steps.length && at >= 0; i++) at = step(steps[i]!, bytes, at, end);
  return at;
}

/** `at` if what stands there is whole, else -1. */
function whole(octets: number, bytes: Uint8Array, at: number, end: number): number {
  return at >= 0 && step(octets, bytes, at, end) >= 0 ? at : -1;
}

/** Reads the field, if it is there; timestamps in µs. Not for tables. */
export function readWire(field: WireField, subject: Subject): Scalar | undefined {
  const payload = field.payload(subject);
  const at = payload ? field.locate(subject, payload) : -1;
  if (!payload || at < 0) return undefined;
  const { bytes } = payload;
  switch (field.domain) {
    case 'bit':
      return ((bytes[at]! >> field.bit(subject)) & 1) === 1;
    case 'octet':
      return bytes[at]!;
    case 'short':
      return (bytes[at]! << 8) | bytes[at + 1]!;
    case 'long':
      return u32At(bytes, at);
    case 'longlong':
      return longlongAt(bytes, at);
    case 'timestamp':
      return (u32At(bytes, at) * WORD + u32At(bytes, at + 4)) * MICROSECONDS;
    case 'shortstr':
      return decodeText(bytes, at + 1, at + 1 + bytes[at]!);
    case 'longstr':
      return decodeText(bytes, at + 4, at + 4 + u32At(bytes, at));
    case 'table':
      return undefined;
  }
}

/** The unsigned 64-bit integer at `bytes[at]`. */
export function longlongAt(bytes: Uint8Array, at: number): number | bigint {
  const high = u32At(bytes, at);
  const low = u32At(bytes, at + 4);
  return high <= HIGHEST_SAFE_WORD ? high * WORD + low : exactInteger((BigInt(high) << 32n) | BigInt(low));
}

/** Decodes the table, if it is there. */
export function readTable(field: WireField, subject: Subject): FieldTable | undefined {
  const payload = field.payload(subject);
  const at = payload ? field.locate(subject, payload) : -1;
  if (!payload || at < 0 || payload.end - payload.start > LARGEST_DECODED) return undefined;
  try {
    return decodeTable(new ByteReader(payload.bytes, at, payload.end));
  } catch {
    return undefined;
  }
}

/** Whether the field is there. */
export function hasWire(field: WireField, subject: Subject): boolean {
  const payload = field.payload(subject);
  return payload !== undefined && field.locate(subject, payload) >= 0;
}

/** Whether a string field is there and its bytes are these. */
export function equalsWire(field: WireField, subject: Subject, expected: Uint8Array): boolean {
  const payload = field.payload(subject);
  const at = payload ? field.locate(subject, payload) : -1;
  if (!payload || at < 0) return false;
  const { bytes } = payload;
  const isShort = field.domain === 'shortstr';
  if ((isShort ? bytes[at]! : u32At(bytes, at)) !== expected.length) return false;
  const from = at + (isShort ? 1 : 4);
  for (let i = 0; i < expected.length; i++) if (bytes[from + i] !== expected[i]) return false;
  return true;
}
