// A run: messages of one queue and level that stand in one batch, by position, one bit each. What the store keeps in
// memory of a stored message is its bit.

import type { Batch } from './batch.ts';

/** How many positions a run may span: few enough that its bits stay small, enough that a full batch is one run. */
export const RUN_SPAN = 1024;

/** Positions whose bits stand in the run itself: runs of one message, which a quiet queue makes, need no array. */
const INLINE = 31;

export class Run {
  batch: Batch;
  readonly first: number;
  last: number;
  /** How many of its messages live. */
  live = 1;
  #bits = 1;
  #more: Int32Array | undefined;

  constructor(batch: Batch, position: number) {
    this.batch = batch;
    this.first = position;
    this.last = position;
  }

  /** Adds a message behind the others, less than RUN_SPAN from the first. */
  add(position: number): void {
    const offset = position - this.first;
    if (offset < INLINE) this.#bits |= 1 << offset;
    else {
      this.#more ??= new Int32Array(RUN_SPAN >> 5);
      this.#more[offset >> 5]! |= 1 << (offset & 31);
    }
    this.last = position;
    this.live++;
  }

  has(position: number): boolean {
    const offset = position - this.first;
    if (offset < 0 || position > this.last) return false;
    const word = offset < INLINE ? this.#bits : this.#more![offset >> 5]!;
    return (word & (1 << (offset & 31))) !== 0;
  }

  /** Takes a message out that it has. */
  delete(position: number): void {
    const offset = position - this.first;
    if (offset < INLINE) this.#bits &= ~(1 << offset);
    else this.#more![offset >> 5]! &= ~(1 << (offset & 31));
    this.live--;
  }
}
