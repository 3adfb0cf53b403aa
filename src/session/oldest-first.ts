// Takes the members of a set, or a map's keys, in the order in which they came in, one at a time, as room is needed.
// One iterator lasts: a new one for each would step over all the holes that those before it have left.
// Invariant: what was taken is deleted by the caller, at once.

export class OldestFirst<T> {
  readonly #iterate: () => IterableIterator<T>;
  #members: IterableIterator<T>;

  constructor(iterate: () => IterableIterator<T>) {
    this.#iterate = iterate;
    this.#members = iterate();
  }

  /** The oldest one; undefined if there is none. */
  take(): T | undefined {
    const next = this.#members.next();
    if (!next.done) return next.value;
    this.#members = this.#iterate();
    return this.#members.next().value;
  }
}
