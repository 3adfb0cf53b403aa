// Reads the wire types of AMQP 0-9-1 from a stretch of bytes, in order. Counterpart of byte-writer.ts.
// Invariant: never reads at or past `end`; what does not fit raises a ProtocolError with its offset.

import { ProtocolError } from '../errors.ts';
import { decodeText } from './text.ts';

/**
 * Larger payloads are not decoded: no real method or content header comes near it, and a hostile one would take fifty
 * times its bytes and stop everything else for a second.
 */
export const LARGEST_DECODED = 1 << 20;

const floats = new DataView(new ArrayBuffer(8));

export class ByteReader {
  readonly bytes: Uint8Array;
  at: number;
  end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** Claims the next `size` bytes and returns where they start. */
  take(size: number): number {
    const start = this.at;
    if (size > this.end - start) {
      throw new ProtocolError(502, `expected ${size} more bytes, found ${this.end - start}`, { offset: start });
    }
    this.at = start + size;
    return start;
  }

  u8(): number {
    return this.bytes[this.take(1)]!;
  }

  u16(): number {
    const at = this.take(2);
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!;
  }

  u32(): number {
    const at = this.take(4);
    const bytes = this.bytes;
    return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
  }

  u64(): bigint {
    const high = this.u32();
    return (BigInt(high) << 32n) | BigInt(this.u32());
  }

  i8(): number {
    return (this.u8() << 24) >> 24;
  }

  i16(): number {
    return (this.u16() << 16) >> 16;
  }

  i32(): number {
    return this.u32() | 0;
  }

  i64(): bigint {
    return BigInt.asIntN(64, this.u64());
  }

  f32(): number {
    floats.setUint32(0, this.u32());
    return floats.getFloat32(0);
  }

  f64(): number {
    floats.setUint32(0, this.u32());
    floats.setUint32(4, this.u32());
    return floats.getFloat64(0);
  }

  shortstr(): string {
    const size = this.u8();
    const start = this.take(size);
    return decodeText(this.bytes, start, this.at);
  }

  longstr(): string {
    const size = this.u32();
    const start = this.take(size);
    return decodeText(this.bytes, start, this.at);
  }

  /** The bytes themselves, shared with the source. */
  slice(size: number): Uint8Array {
    const start = this.take(size);
    return this.bytes.subarray(start, this.at);
  }
}

/** The unsigned 32-bit integer at `bytes[at]`, unchecked. */
export function u32At(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 0x1000000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
}

/** A reader of the payload `bytes[start, end)` of a method or content header frame. */
export function payloadReader(bytes: Uint8Array, start: number, end: number): ByteReader {
  if (end - start <= LARGEST_DECODED) return new ByteReader(bytes, start, end);
  throw new ProtocolError(501, `a payload of ${end - start} bytes is not decoded: the limit is ${LARGEST_DECODED}`, {
    offset: start,
  });
}
