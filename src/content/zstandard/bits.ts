// Zstandard's two ways of reading bits: forwards, and backwards from a stream's end (RFC 8878 §4.1).
// Invariant: bits beyond either end are zeros, never other bytes of the body; who reads them can tell by the position.

import { DecodeError } from '../decoder.ts';

/** Bits that one read can give, whatever bit they start at. */
export const MOST_BITS = 24;

/** The index of the highest bit that is set; -1 for 0. */
export function highestBit(value: number): number {
  return 31 - Math.clz32(value);
}

/** Little-endian bits from the start on. */
export class ForwardBits {
  readonly #bytes: Uint8Array;
  #bit: number;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#bit = 8 * start;
  }

  /** The next byte that no bit was read of. */
  get nextByte(): number {
    return (this.#bit + 7) >> 3;
  }

  read(count: number): number {
    const value = bitsAt(this.#bytes, this.#bit, count);
    this.#bit += count;
    return value;
  }

  unread(count: number): void {
    this.#bit -= count;
  }
}

/** Bits from the end to the start; the highest bit set of the last byte marks the end. */
export class BackwardBits {
  readonly #bytes: Uint8Array;
  /** Bits that are left; negative: so many were read that are not there. */
  left: number;

  constructor(bytes: Uint8Array) {
    const last = bytes.at(-1);
    if (!last) throw new DecodeError('has a bit stream without its end mark');
    this.#bytes = bytes;
    this.left = 8 * (bytes.length - 1) + highestBit(last);
  }

  read(count: number): number {
    this.left -= count;
    if (this.left >= 0) return bitsAt(this.#bytes, this.left, count);
    const present = count + this.left;
    return present > 0 ? (bitsAt(this.#bytes, 0, present) << -this.left) >>> 0 : 0;
  }
}

function bitsAt(bytes: Uint8Array, bit: number, count: number): number {
  const at = bit >> 3;
  const word =
    (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
  return (word >>> (bit & 7)) & ((1 << count) - 1);
}
