// What a channel has handed out under ascending numbers and not had settled: publishes that wait for their confirm,
// deliveries that wait for their ack. Numbers mostly have no gaps, so that an entry is found where it should be; deliveries
// that need no ack leave gaps, and then it is searched for.
// Invariant: `size` is exact; details are kept of the newest LARGEST entries at most, older ones are only counted; no
// numbers, whatever they are, cost more than they are many.
//
//   before #firstAt      #firstAt … #nextAt-1                     #nextAt …
//   settled, or counted  settled or waiting, the first waiting    free

/** Entries of one channel's ring: more would be a channel that never settles, of which the newest tell as much. */
const LARGEST = 1 << 16;
const SMALLEST = 16;
/** Entries of all rings together, beyond the smallest of each. */
const ALL_RINGS = 1 << 22;
/** Many channels never hold anything. */
const EMPTY = new Float64Array(0);

/** What became of a settlement's number. */
export type SettleResult = 'settled' | 'already' | 'unknown';

/** Told of each entry that a settlement settles. */
export type OnSettled<T> = (number: number, row: number, time: number, owner: T) => void;

/** How many entries all rings of a session hold. */
export class RingBudget {
  left = ALL_RINGS;
}

export class Outstanding<T> {
  /** The number that is handed out next. */
  next: number;
  /** Places of the oldest entry and of the next one; an entry's slot is its place modulo the capacity. */
  #firstAt = 0;
  #nextAt = 0;
  #waiting = 0;
  /** Entries that were waiting when they left the ring. */
  #counted = 0;
  #capacity = 0;
  #numbers = EMPTY;
  /** Seq of the row that tells of it; 0: settled. */
  #rows = EMPTY;
  #times = EMPTY;
  #owners: (T | undefined)[] = [];
  readonly #budget: RingBudget;

  constructor(budget: RingBudget, next = 1) {
    this.#budget = budget;
    this.next = next;
  }

  /** How many wait to be settled. */
  get size(): number {
    return this.#waiting + this.#counted;
  }

  /** How many of them are only counted: their details left the ring. */
  get counted(): number {
    return this.#counted;
  }

  /** Hands out the next number. `row` is above 0; `time` in µs. */
  push(row: number, time: number, owner: T): number {
    if (this.#nextAt - this.#firstAt === this.#capacity) this.#makeRoom();
    const slot = this.#nextAt++ % this.#capacity;
    this.#numbers[slot] = this.next;
    this.#rows[slot] = row;
    this.#times[slot] = time;
    this.#owners[slot] = owner;
    this.#waiting++;
    return this.next++;
  }

  /**
   * The next number is this one, a safe integer: those up to it need no settling (no-ack deliveries), or were not seen.
   * Should it go backwards, what waits is only counted from here on.
   */
  skipTo(next: number): void {
    if (next < this.next) {
      this.#counted += this.#waiting;
      this.#waiting = 0;
      this.#firstAt = this.#nextAt;
    }
    this.next = next;
  }

  /** Settles one number. */
  settle(number: number, onSettled: OnSettled<T>): SettleResult {
    if (number >= this.next || number < 1) return 'unknown';
    if (number < this.#firstNumber) return this.#settleCounted(1) ? 'settled' : 'already';
    const at = this.#find(number);
    if (at < 0 || !this.#settleAt(at, onSettled)) return 'already';
    this.#advance();
    return 'settled';
  }

  /** Settles all up to and including `number`; 0 stands for all that were handed out. */
  settleUpTo(number: number, onSettled: OnSettled<T>): SettleResult {
    const last = number === 0 ? this.next - 1 : number;
    if (last >= this.next) return 'unknown';
    const before = this.size;
    if (last >= this.#firstNumber - 1) this.#counted = 0;
    for (let at = this.#firstAt; at < this.#nextAt && this.#numbers[at % this.#capacity]! <= last; at++) {
      this.#settleAt(at, onSettled);
    }
    this.#advance();
    return this.size < before || number === 0 ? 'settled' : 'already';
  }

  /** Forgets all that waits, telling of what the ring holds. */
  clear(onSettled?: OnSettled<T>): void {
    for (let at = this.#firstAt; onSettled && at < this.#nextAt; at++) this.#settleAt(at, onSettled);
    this.#counted = 0;
    this.#waiting = 0;
    this.#firstAt = this.#nextAt;
    this.#budget.left += Math.max(0, this.#capacity - SMALLEST);
    this.#capacity = 0;
    this.#numbers = EMPTY;
    this.#rows = EMPTY;
    this.#times = EMPTY;
    this.#owners = [];
  }

  /** Calls with each entry that waits and is in the ring, oldest first, until it returns false. */
  each(visit: (number: number, row: number, time: number, owner: T) => boolean): void {
    for (let at = this.#firstAt; at < this.#nextAt; at++) {
      const slot = at % this.#capacity;
      const row = this.#rows[slot]!;
      if (row !== 0 && !visit(this.#numbers[slot]!, row, this.#times[slot]!, this.#owners[slot]!)) return;
    }
  }

  /** When the oldest entry in the ring was handed out, in µs; undefined if none waits. */
  get oldestTime(): number | undefined {
    return this.#waiting === 0 ? undefined : this.#times[this.#firstAt % this.#capacity]!;
  }

  /** The oldest number in the ring; the next one while nothing waits. */
  get #firstNumber(): number {
    return this.#waiting === 0 ? this.next : this.#numbers[this.#firstAt % this.#capacity]!;
  }

  /** Where the entry of this number is; -1 if there is none. */
  #find(number: number): number {
    const at = this.#nextAt - (this.next - number);
    if (at >= this.#firstAt && this.#numbers[at % this.#capacity] === number) return at;
    let low = this.#firstAt;
    let high = this.#nextAt - 1;
    while (low <= high) {
      const middle = Math.floor((low + high) / 2);
      const found = this.#numbers[middle % this.#capacity]!;
      if (found === number) return middle;
      if (found < number) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  #settleCounted(count: number): boolean {
    if (this.#counted < count) return false;
    this.#counted -= count;
    return true;
  }

  #settleAt(at: number, onSettled: OnSettled<T>): boolean {
    const slot = at % this.#capacity;
    const row = this.#rows[slot]!;
    if (row === 0) return false;
    const owner = this.#owners[slot]!;
    this.#rows[slot] = 0;
    this.#owners[slot] = undefined;
    this.#waiting--;
    onSettled(this.#numbers[slot]!, row, this.#times[slot]!, owner);
    return true;
  }

  /** The ring begins with an entry that waits, if any does. */
  #advance(): void {
    if (this.#waiting === 0) this.#firstAt = this.#nextAt;
    else while (this.#rows[this.#firstAt % this.#capacity] === 0) this.#firstAt++;
  }

  #makeRoom(): void {
    const grown = Math.max(SMALLEST, 2 * this.#capacity);
    const more = this.#capacity === 0 ? 0 : grown - this.#capacity;
    if (grown > LARGEST || more > this.#budget.left) return this.#dropOldest();
    this.#budget.left -= more;
    const numbers = new Float64Array(grown);
    const rows = new Float64Array(grown);
    const times = new Float64Array(grown);
    const owners: (T | undefined)[] = new Array(grown).fill(undefined);
    for (let at = this.#firstAt; at < this.#nextAt; at++) {
      const from = at % this.#capacity;
      const to = at % grown;
      numbers[to] = this.#numbers[from]!;
      rows[to] = this.#rows[from]!;
      times[to] = this.#times[from]!;
      owners[to] = this.#owners[from];
    }
    this.#numbers = numbers;
    this.#rows = rows;
    this.#times = times;
    this.#owners = owners;
    this.#capacity = grown;
  }

  /** The oldest leaves the ring and is only counted from here on. */
  #dropOldest(): void {
    this.#counted++;
    this.#waiting--;
    this.#firstAt++;
    this.#advance();
  }
}
