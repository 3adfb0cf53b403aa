// Where the content of small messages lies: slabs of fixed size, filled one message after the other and freed by the
// garbage collector once no message lies in them. Small slabs, since one message keeps its whole slab alive.

/** Memory that one lingering message can hold. */
const SLAB_SIZE = 4 << 10;
/** Larger content gets bytes of its own. */
export const LARGEST_IN_SLAB = 2 << 10;

export class Slab {
  bytes: Buffer = Buffer.allocUnsafeSlow(SLAB_SIZE);
  #at = 0;

  /** Claims `size` bytes, at most LARGEST_IN_SLAB, of `bytes`; returns where they start. */
  claim(size: number): number {
    if (this.#at + size > SLAB_SIZE) {
      this.bytes = Buffer.allocUnsafeSlow(SLAB_SIZE);
      this.#at = 0;
    }
    const start = this.#at;
    this.#at = start + size;
    return start;
  }

  /** Gives back what was claimed last, if it still is the last: the message was not kept. */
  unclaim(bytes: Uint8Array, start: number, end: number): void {
    if (bytes === this.bytes && end === this.#at) this.#at = start;
  }
}
