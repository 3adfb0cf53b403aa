// What a channel has handed out under consecutive numbers and not had settled: publishes that wait for their confirm,
// deliveries that wait for their ack. Numbers begin at 1 and have no gaps, so a ring indexed by number holds them.
// Invariant: `size` is exact; details are kept of the newest LARGEST numbers at most, older ones are only counted.
//
//   1 … first-1          first … next-1                 next …
//   settled, or counted  settled or waiting, in the ring  not handed out yet

/** Entries of one channel's ring: more would be a channel that never settles, of which the newest tell as much. */
const LARGEST = 1 << 16;
const SMALLEST = 16;
/** Entries of all rings together, beyond the smallest of each. */
const ALL_RINGS = 1 << 22;

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
  /** The oldest number in the ring. */
  #first: number;
  #waiting = 0;
  /** Numbers below `#first` that were waiting when they left the ring. */
  #counted = 0;
  #capacity = 0;
  /** Seq of the row that tells of it; 0: settled. */
  #rows = new Float64Array(0);
  #times = new Float64Array(0);
  #owners: (T | undefined)[] = [];
  readonly #budget: RingBudget;

  constructor(budget: RingBudget, next = 1) {
    this.#budget = budget;
    this.next = next;
    this.#first = next;
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
    if (this.next - this.#first === this.#capacity) this.#makeRoom();
    const slot = this.next % this.#capacity;
    this.#rows[slot] = row;
    this.#times[slot] = time;
    this.#owners[slot] = owner;
    this.#waiting++;
    return this.next++;
  }

  /** The next number is this one: those up to it need no settling (no-ack deliveries), or were not seen. */
  skipTo(next: number): void {
    if (this.#waiting > 0 && next > this.next && next - this.#first < LARGEST) return this.#passOver(next);
    this.#counted += this.#waiting;
    this.#waiting = 0;
    this.#rows.fill(0);
    this.next = next;
    this.#first = next;
  }

  /** What waits goes on waiting; the numbers between count as settled. */
  #passOver(next: number): void {
    while (this.next < next) {
      if (this.next - this.#first === this.#capacity) this.#makeRoom();
      this.#rows[this.next % this.#capacity] = 0;
      this.next++;
    }
  }

  /** Settles one number. */
  settle(number: number, onSettled: OnSettled<T>): SettleResult {
    if (number >= this.next || number < 1) return 'unknown';
    if (number < this.#first) return this.#settleCounted(1) ? 'settled' : 'already';
    if (!this.#settleAt(number, onSettled)) return 'already';
    this.#advance();
    return 'settled';
  }

  /** Settles all up to and including `number`; 0 stands for all that were handed out. */
  settleUpTo(number: number, onSettled: OnSettled<T>): SettleResult {
    const last = number === 0 ? this.next - 1 : number;
    if (last >= this.next) return 'unknown';
    const before = this.size;
    this.#counted = last >= this.#first - 1 ? 0 : this.#counted;
    for (let at = this.#first; at <= last; at++) this.#settleAt(at, onSettled);
    this.#advance();
    return this.size < before || number === 0 ? 'settled' : 'already';
  }

  /** Forgets all that waits, telling of what the ring holds. */
  clear(onSettled?: OnSettled<T>): void {
    for (let at = this.#first; onSettled && at < this.next; at++) this.#settleAt(at, onSettled);
    this.#counted = 0;
    this.#waiting = 0;
    this.#first = this.next;
    this.#budget.left += Math.max(0, this.#capacity - SMALLEST);
    this.#capacity = 0;
    this.#rows = new Float64Array(0);
    this.#times = new Float64Array(0);
    this.#owners = [];
  }

  /** Calls with each entry that waits and is in the ring, oldest first, until it returns false. */
  each(visit: (number: number, row: number, time: number, owner: T) => boolean): void {
    for (let at = this.#first; at < this.next; at++) {
      const slot = at % this.#capacity;
      if (this.#rows[slot] !== 0 && !visit(at, this.#rows[slot]!, this.#times[slot]!, this.#owners[slot]!)) return;
    }
  }

  /** When the oldest entry in the ring was handed out, in µs; undefined if none waits. */
  get oldestTime(): number | undefined {
    return this.#waiting === 0 ? undefined : this.#times[this.#first % this.#capacity]!;
  }

  #settleCounted(count: number): boolean {
    if (this.#counted < count) return false;
    this.#counted -= count;
    return true;
  }

  #settleAt(number: number, onSettled: OnSettled<T>): boolean {
    const slot = number % this.#capacity;
    const row = this.#rows[slot]!;
    if (row === 0) return false;
    const owner = this.#owners[slot]!;
    this.#rows[slot] = 0;
    this.#owners[slot] = undefined;
    this.#waiting--;
    onSettled(number, row, this.#times[slot]!, owner);
    return true;
  }

  /** The ring begins with an entry that waits, if any does. */
  #advance(): void {
    if (this.#waiting === 0) this.#first = this.next;
    else while (this.#rows[this.#first % this.#capacity] === 0) this.#first++;
  }

  #makeRoom(): void {
    const grown = Math.max(SMALLEST, 2 * this.#capacity);
    const more = this.#capacity === 0 ? 0 : grown - this.#capacity;
    if (grown > LARGEST || more > this.#budget.left) return this.#dropOldest();
    this.#budget.left -= more;
    const rows = new Float64Array(grown);
    const times = new Float64Array(grown);
    const owners: (T | undefined)[] = new Array(grown).fill(undefined);
    for (let at = this.#first; at < this.next; at++) {
      const from = at % this.#capacity;
      const to = at % grown;
      rows[to] = this.#rows[from]!;
      times[to] = this.#times[from]!;
      owners[to] = this.#owners[from];
    }
    this.#rows = rows;
    this.#times = times;
    this.#owners = owners;
    this.#capacity = grown;
  }

  /** The oldest leaves the ring and is only counted from here on. */
  #dropOldest(): void {
    this.#counted++;
    this.#waiting--;
    this.#rows[this.#first % this.#capacity] = 0;
    this.#first++;
    this.#advance();
  }
}
