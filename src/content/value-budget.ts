// How many values one body may decode to: a byte or less makes one, and each takes a hundred times that in memory.
// Counterpart: decode-body.ts, which says what becomes of a body that has more.
// Invariant: whoever reads values spends on each before making it, so that the work is bounded on any bytes.

import { LimitError } from './decoder.ts';

export class ValueBudget {
  readonly #most: number;
  #left: number;

  constructor(most: number) {
    this.#most = most;
    this.#left = most;
  }

  /** Throws LimitError beyond the budget. */
  spend(): void {
    if (--this.#left < 0) throw new LimitError(`has more than ${this.#most} values`);
  }
}
