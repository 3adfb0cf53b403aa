// Where chunks stand while they are written to a socket. Nearly every write is done when it returns, and then the next
// chunk can stand in the same, still cached, place; only what a full socket holds back moves the place on.

const SLAB_SIZE = 1 << 20;

export class Slab {
  #bytes = Buffer.allocUnsafeSlow(SLAB_SIZE);
  #at = 0;

  /** A copy of `source[0, size)`, valid until the next `copy` unless kept. */
  copy(source: Buffer, size: number): Buffer {
    if (this.#at + size > SLAB_SIZE) {
      this.#bytes = Buffer.allocUnsafeSlow(SLAB_SIZE);
      this.#at = 0;
    }
    source.copy(this.#bytes, this.#at, 0, size);
    return this.#bytes.subarray(this.#at, this.#at + size);
  }

  /** The last copy is still needed. */
  keep(size: number): void {
    this.#at += size;
  }
}
