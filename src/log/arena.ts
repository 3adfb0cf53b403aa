// The bytes that passed: one ring of fixed size. Positions are logical and only grow; the ring keeps the last `size`.
// Invariant: a reservation is contiguous in memory; what was written at a position is valid while `isLive` says so.

export class Arena {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly size: number;
  /** Logical position of the next byte. Exact up to 2^53. */
  head = 0;
  /** Where `head` lies in `bytes`. */
  at = 0;
  /** Behind the last byte that may have been written: what is unfinished stands between `head` and here. */
  #front = 0;

  constructor(size: number) {
    this.size = size;
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes the next `size` bytes free to write and contiguous, skipping the end of the ring if they do not fit there. `size` ≤ the ring's. */
  reserve(size: number): void {
    if (this.at + size > this.size) {
      this.head += this.size - this.at;
      this.at = 0;
    }
    if (this.head + size > this.#front) this.#front = this.head + size;
  }

  /** Moves the head over bytes that were reserved. */
  advance(size: number): void {
    this.head += size;
    this.at += size;
  }

  /** Copies to the head, contiguously, without moving it. */
  put(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
  }

  /** Whether the byte at this logical position has not been overwritten yet. */
  isLive(position: number): boolean {
    return position >= this.#front - this.size;
  }

  /** Where a live position lies in `bytes`. */
  memoryAt(position: number): number {
    return position % this.size;
  }
}
