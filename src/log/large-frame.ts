// A frame too large to carry beside the log, gathered in the arena as its bytes come, while others write behind it.
// Invariant: what it reserves is at most twice what came (or one small step), so that a claim of size costs nothing.

import type { Arena } from './arena.ts';

/** Frames up to this size get their whole place at once. */
const FIRST_RESERVATION = 256 << 10;

export class LargeFrame {
  /** Size of the whole frame, as its prefix says. */
  readonly total: number;
  /** Bytes come so far. */
  filled: number;
  /** Bytes kept so far, from the first on. */
  kept: number;
  position: number;
  readonly #arena: Arena;
  readonly #prefix: Uint8Array;
  /** No more than this is kept of it. */
  readonly #limit: number;
  #capacity: number;

  /** The frame's first `size` bytes stand at the head of the arena; `prefix` copies what must outlive the ring. */
  constructor(arena: Arena, prefix: Uint8Array, total: number, size: number, limit: number) {
    this.#arena = arena;
    this.#prefix = prefix;
    this.#limit = Math.min(total, limit);
    this.total = total;
    this.filled = size;
    this.kept = size;
    this.position = arena.head;
    this.#capacity = size;
    arena.advance(size);
    this.#reserve(Math.min(this.#limit, Math.max(FIRST_RESERVATION, 2 * size)));
  }

  get prefix(): Uint8Array {
    return this.#prefix;
  }

  /** Takes what belongs to the frame from `chunk` at `at`; returns the offset behind it. */
  add(chunk: Uint8Array, at: number): number {
    const taken = Math.min(chunk.length - at, this.total - this.filled);
    const kept = Math.min(taken, this.#limit - this.kept);
    if (kept > 0 && this.kept === this.filled && this.#arena.isLive(this.position)) {
      const needed = this.kept + kept;
      if (needed > this.#capacity) this.#reserve(Math.min(this.#limit, Math.max(2 * this.#capacity, needed)));
      this.#arena.bytes.set(chunk.subarray(at, at + kept), this.#arena.memoryAt(this.position) + this.kept);
      this.kept += kept;
    }
    this.filled += taken;
    return at + taken;
  }

  /** Sees to it that what is kept lies in the arena: if the ring overran it, its prefix is all there is. */
  settle(): void {
    if (this.#arena.isLive(this.position)) return;
    this.#arena.put(this.#prefix);
    this.position = this.#arena.head;
    this.kept = this.#prefix.length;
    this.#arena.advance(this.kept);
  }

  /** Gives the frame a place for `capacity` bytes: where it is, if nobody wrote behind it, else at the head. */
  #reserve(capacity: number): void {
    const arena = this.#arena;
    const more = capacity - this.#capacity;
    if (arena.head === this.position + this.#capacity && arena.at + more <= arena.size) {
      arena.reserve(more);
      arena.advance(more);
    } else {
      const from = arena.memoryAt(this.position);
      arena.reserve(capacity);
      arena.bytes.copyWithin(arena.at, from, from + this.kept);
      this.position = arena.head;
      arena.advance(capacity);
    }
    this.#capacity = capacity;
  }
}
