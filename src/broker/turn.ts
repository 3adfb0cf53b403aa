// The end of a turn: whatever happened while one chunk of bytes, one timer or one callback was handled, its output leaves
// once, together, when that is done. So confirms are gathered and small frames share a write.

export interface Settler {
  /** Sends what was gathered. May add others, or itself, to the next round of the same turn. */
  settle(): void;
}

export class Turn {
  #settlers: Settler[] = [];
  #others: Settler[] = [];
  #scheduled = false;
  readonly #onDefect: (error: unknown) => void;
  readonly #run = (): void => {
    while (this.#settlers.length > 0) {
      const settlers = this.#settlers;
      this.#settlers = this.#others;
      for (let i = 0; i < settlers.length; i++) this.#settle(settlers[i]!);
      settlers.length = 0;
      this.#others = settlers;
    }
    this.#scheduled = false;
  };

  /** `onDefect` is told of what a settler throws; the others are settled all the same. */
  constructor(onDefect: (error: unknown) => void) {
    this.#onDefect = onDefect;
  }

  /** Settles at the end of this turn. The caller sees to it that it is added once. */
  add(settler: Settler): void {
    this.#settlers.push(settler);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(this.#run);
  }

  #settle(settler: Settler): void {
    try {
      settler.settle();
    } catch (error) {
      this.#onDefect(error);
    }
  }
}
