// Writes the wire types of AMQP 0-9-1 into bytes that grow as needed. Counterpart of byte-reader.ts.
// Invariant: what a value of the right TypeScript type cannot express on the wire raises a ProtocolError.

import { ProtocolError } from '../errors.ts';
import { encodeText } from './text.ts';

export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #at = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Octets written so far. */
  get length(): number {
    return this.#at;
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  /** Makes room for `size` octets and returns where. May replace the buffer: call it before touching that. */
  #claim(size: number): number {
    const at = this.#at;
    this.#at = at + size;
    if (this.#at > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#at, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }

  #integer(value: number, low: number, high: number): number {
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new ProtocolError(502, `expected an integer from ${low} to ${high}, found ${value}`, { offset: this.#at });
    }
    return value;
  }

  u8(value: number): void {
    this.#integer(value, 0, 0xff);
    const at = this.#claim(1);
    this.#view.setUint8(at, value);
  }

  u16(value: number): void {
    this.#integer(value, 0, 0xffff);
    const at = this.#claim(2);
    this.#view.setUint16(at, value);
  }

  u32(value: number): void {
    this.#integer(value, 0, 0xffffffff);
    const at = this.#claim(4);
    this.#view.setUint32(at, value);
  }

  u64(value: bigint): void {
    if (value < 0n || value > 0xffffffffffffffffn) this.#wide(value, 'unsigned');
    const at = this.#claim(8);
    this.#view.setBigUint64(at, value);
  }

  i8(value: number): void {
    this.#integer(value, -0x80, 0x7f);
    const at = this.#claim(1);
    this.#view.setInt8(at, value);
  }

  i16(value: number): void {
    this.#integer(value, -0x8000, 0x7fff);
    const at = this.#claim(2);
    this.#view.setInt16(at, value);
  }

  i32(value: number): void {
    this.#integer(value, -0x80000000, 0x7fffffff);
    const at = this.#claim(4);
    this.#view.setInt32(at, value);
  }

  i64(value: bigint): void {
    if (BigInt.asIntN(64, value) !== value) this.#wide(value, 'signed');
    const at = this.#claim(8);
    this.#view.setBigInt64(at, value);
  }

  #wide(value: bigint, kind: string): never {
    throw new ProtocolError(502, `expected a 64-bit ${kind} integer, found ${value}`, { offset: this.#at });
  }

  f32(value: number): void {
    const at = this.#claim(4);
    this.#view.setFloat32(at, value);
  }

  f64(value: number): void {
    const at = this.#claim(8);
    this.#view.setFloat64(at, value);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#claim(bytes.length);
    this.#bytes.set(bytes, at);
  }

  shortstr(value: string): void {
    const bytes = encodeText(value);
    if (bytes.length > 0xff) {
      throw new ProtocolError(502, `expected a short string of at most 255 bytes, found ${bytes.length}`, {
        offset: this.#at,
      });
    }
    this.u8(bytes.length);
    this.raw(bytes);
  }

  longstr(value: string): void {
    const bytes = encodeText(value);
    this.u32(bytes.length);
    this.raw(bytes);
  }

  /** Writes what `body` writes, behind its length as a long. */
  withLength(body: () => void): void {
    const at = this.#claim(4);
    body();
    this.#view.setUint32(at, this.#at - at - 4);
  }
}
