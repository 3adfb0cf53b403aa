// How often something happens: events a second over a sliding window of ten seconds, counted in slots of one.
// Counterpart: histogram.ts, which says how long things take.
// Invariant: time comes from outside and may do anything; whatever it does, no event counts for longer than the window.

/** µs. */
const SLOT = 1e6;
const SLOTS = 10;
const WINDOW = SLOTS * SLOT;
/** The oldest slot leaves the window bit by bit, so one more is kept. */
const KEPT = SLOTS + 1;

export class Rate {
  /** The newest slot is at `#at`, older ones before it, round and round. */
  readonly #counts: number[] = new Array(KEPT).fill(0);
  #at = 0;
  /** When the newest slot begins; a multiple of SLOT. */
  #start = Number.NEGATIVE_INFINITY;
  /** When the first event came. */
  #since = 0;

  /** Adds events of this time (µs). Those of earlier seconds than the newest count as the newest's. */
  add(time: number, count = 1): void {
    if (time >= this.#start + SLOT || time < this.#start - WINDOW) this.#turn(time);
    this.#counts[this.#at]! += count;
  }

  /**
   * Events a second in the window that ends at this time (µs). The window begins no earlier than the first event, and
   * is no shorter than a second.
   */
  perSecond(time: number): number {
    const now = Math.max(time, this.#start);
    const start = startOf(now);
    const age = (start - this.#start) / SLOT;
    if (!(age < KEPT)) return 0;
    const oldest = SLOTS - age;
    let sum = this.#before(oldest) * (1 - (now - start) / SLOT);
    for (let i = 0; i < oldest; i++) sum += this.#before(i);
    return (sum * SLOT) / Math.min(WINDOW, Math.max(SLOT, now - this.#since));
  }

  /** Begins the slot of this time. A clock set back by more than the window begins everything anew. */
  #turn(time: number): void {
    const start = startOf(time);
    const turns = (start - this.#start) / SLOT;
    if (turns < 0 || this.#start === Number.NEGATIVE_INFINITY) this.#since = time;
    if (turns < 0 || turns >= KEPT) this.#counts.fill(0);
    else for (let i = 0; i < turns; i++) this.#counts[this.#step()] = 0;
    this.#start = start;
  }

  #step(): number {
    this.#at = this.#at === KEPT - 1 ? 0 : this.#at + 1;
    return this.#at;
  }

  /** The count of the slot this many before the newest. */
  #before(slots: number): number {
    return this.#counts[(this.#at - slots + KEPT) % KEPT]!;
  }
}

function startOf(time: number): number {
  return Math.floor(time / SLOT) * SLOT;
}
