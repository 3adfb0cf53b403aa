// Protocol Buffers on the wire: tags, varints and fixed-width numbers, groups and length-delimited pieces.
// Counterparts: protobuf-guess.ts, which reads without a schema, and protobuf-message.ts, which has one.
// Invariant: `at` never passes `end`; what would throws DecodeError. Each tag is a value of the budget.

import { exactInteger } from '../protocol/exact-integer.ts';
import { DecodeError } from './decoder.ts';
import type { ValueBudget } from './value-budget.ts';

export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
export const START_GROUP = 3;
export const END_GROUP = 4;
export const FIXED32 = 5;

/** Field numbers are 1 to 2^29 - 1. */
const LAST_FIELD = 2 ** 29 - 1;
/** A varint of 64 bits. */
const LONGEST_VARINT = 10;
/** Octets whose seven bits each fit 31 bits together. */
const SHORT_VARINT = 4;

export interface Tag {
  readonly field: number;
  readonly wire: number;
}

export class ProtobufReader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
  readonly budget: ValueBudget;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, budget: ValueBudget, start = 0) {
    this.bytes = bytes;
    this.at = start;
    this.end = bytes.length;
    this.budget = budget;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** A reader of what a piece holds. */
  within(piece: Uint8Array): ProtobufReader {
    return new ProtobufReader(piece, this.budget);
  }

  tag(): Tag {
    this.budget.spend();
    const start = this.at;
    const key = this.varint();
    const field = Number(key) >>> 3;
    if (key > 0xffffffff || field < 1 || field > LAST_FIELD)
      throw new DecodeError(`has no field number at byte ${start}`);
    return { field, wire: Number(key) & 7 };
  }

  /** Unsigned, of 64 bits: a number if it is exact as one. */
  varint(): number | bigint {
    let value = 0;
    for (let i = 0; i < SHORT_VARINT; i++) {
      const byte = this.#octet();
      value |= (byte & 0x7f) << (7 * i);
      if (byte < 0x80) return value;
    }
    return this.#longVarint(BigInt(value));
  }

  #longVarint(low: bigint): number | bigint {
    let value = low;
    for (let i = SHORT_VARINT; i < LONGEST_VARINT; i++) {
      const byte = this.#octet();
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return exactInteger(BigInt.asUintN(64, value));
    }
    throw new DecodeError(`has a varint longer than ${LONGEST_VARINT} octets at byte ${this.at - LONGEST_VARINT}`);
  }

  /** The start of that many bytes, which are skipped. */
  take(size: number): number {
    const start = this.at;
    if (!(size <= this.end - start)) throw new DecodeError(`is cut short at byte ${start}`);
    this.at = start + size;
    return start;
  }

  /** A length-delimited piece. */
  piece(): Uint8Array {
    const size = Number(this.varint());
    const start = this.take(size);
    return this.bytes.subarray(start, start + size);
  }

  u32(): number {
    return this.#view.getUint32(this.take(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.take(4), true);
  }

  f32(): number {
    return this.#view.getFloat32(this.take(4), true);
  }

  u64(): number | bigint {
    return exactInteger(this.#view.getBigUint64(this.take(8), true));
  }

  i64(): number | bigint {
    return exactInteger(this.#view.getBigInt64(this.take(8), true));
  }

  f64(): number {
    return this.#view.getFloat64(this.take(8), true);
  }

  #octet(): number {
    if (this.at >= this.end) throw new DecodeError(`is cut short at byte ${this.at}`);
    return this.bytes[this.at++]!;
  }
}

/** Unsigned to two's complement of 64 bits. */
export function signed64(value: number | bigint): number | bigint {
  return exactInteger(BigInt.asIntN(64, BigInt(value)));
}

/** Zigzag: 0, -1, 1, -2, … */
export function zigzag(value: number | bigint): number | bigint {
  const big = BigInt(value);
  return exactInteger((big >> 1n) ^ -(big & 1n));
}
