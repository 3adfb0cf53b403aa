// Bytes that come in pieces, up to a limit: what an unpacker's output is collected in.
// Invariant: never holds more than the limit; the piece that would go beyond it throws TooLargeError.

import { TooLargeError } from './decoder.ts';

const FIRST_SIZE = 4096;

export class GrowingBytes {
  readonly #limit: number;
  readonly #packed: number;
  #bytes: Uint8Array;
  #size = 0;

  /** `packed`: bytes that go in, for the words of the error. */
  constructor(limit: number, packed: number) {
    this.#limit = limit;
    this.#packed = packed;
    this.#bytes = new Uint8Array(Math.min(limit, FIRST_SIZE));
  }

  get size(): number {
    return this.#size;
  }

  push(piece: Uint8Array): void {
    this.reserve(piece.length).set(piece, this.#size);
    this.#size += piece.length;
  }

  /** Makes room for that many more bytes; gives the buffer, in which they start at `size`. */
  reserve(length: number): Uint8Array {
    const size = this.#size + length;
    if (size > this.#limit) throw new TooLargeError(this.#limit, this.#packed);
    if (size > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(this.#limit, Math.max(size, 2 * this.#bytes.length)));
      grown.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = grown;
    }
    return this.#bytes;
  }

  /** Counts bytes that were written into the reserved room. */
  advance(length: number): void {
    this.#size += length;
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }
}
