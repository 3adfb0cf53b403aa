// How values spread: a high dynamic range histogram, with counts in buckets that widen with the values they hold.
// Counterpart: rate.ts, which says how often. Invariants: a bucket is at most 1/64 of its values wide, so that a quantile
// is within 1 % of the truth; counts exist only where values were met, half an octave a page, so that thousands of
// histograms are affordable; a bucket's count never falls.
//
//   value    0 … 127      one bucket a value
//          128 … 255      64 buckets of 2
//          256 … 511      64 buckets of 4, and so on

/** Buckets an octave are 2 to this power. */
const PRECISION = 6;
/** Below this every value has its own bucket. */
const EXACT_BELOW = 2 << PRECISION;
/** Counts a page are 2 to this power. */
const PAGE_BITS = 5;
const PAGE_SIZE = 1 << PAGE_BITS;
/** 12 days in µs. Greater values count as this. */
const GREATEST = 2 ** 40 - 1;
/** Bit operations are for values below this; greater ones lose their last bits first, which no bucket tells apart. */
const BITS_BELOW = 2 ** 31;
const LOST_BITS = 10;

export class Histogram {
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;
  /** Arrays, not typed ones: those weigh more than such a page, and wrap around. */
  readonly #pages: (number[] | undefined)[] = [];

  /** Values recorded. */
  get count(): number {
    return this.#count;
  }

  get sum(): number {
    return this.#sum;
  }

  /** The least value; 0 while there is none. */
  get min(): number {
    return this.#count === 0 ? 0 : this.#min;
  }

  /** The greatest value; 0 while there is none. */
  get max(): number {
    return this.#max;
  }

  /** 0 while there is no value. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  /** Adds a value, as a rule in µs. What is below 0 counts as 0: a clock that was set back. */
  record(value: number): void {
    const taken = value > 0 ? (value < GREATEST ? Math.floor(value) : GREATEST) : 0;
    const bucket = bucketOf(taken);
    this.#page(bucket >> PAGE_BITS)[bucket & (PAGE_SIZE - 1)]!++;
    this.#count++;
    this.#sum += taken;
    if (taken < this.#min) this.#min = taken;
    if (taken > this.#max) this.#max = taken;
  }

  /**
   * The value that this part of all values (0 to 1) does not exceed, within 1 %: by nearest rank, so that 0.5 of three
   * values is the second. 0 and 1 give the least and the greatest value exactly; 0 while there is none.
   */
  quantile(q: number): number {
    const rank = Math.ceil(q * this.#count);
    if (rank <= 1) return this.min;
    if (rank >= this.#count) return this.#max;
    let passed = 0;
    for (const [bucket, count] of this.#buckets()) {
      passed += count;
      if (passed >= rank) return Math.max(this.#min, Math.min(this.#max, middleOf(bucket)));
    }
    return this.#max;
  }

  /**
   * How many values are at most as great as each bound, as Prometheus wants it. `bounds` ascend. A bucket counts from
   * its least value on: values up to 1/64 above a bound may be counted with it, none below is left out.
   */
  cumulative(bounds: readonly number[]): number[] {
    const counts: number[] = [];
    let passed = 0;
    for (const [bucket, count] of this.#buckets()) {
      const least = leastOf(bucket);
      while (counts.length < bounds.length && bounds[counts.length]! < least) counts.push(passed);
      passed += count;
    }
    while (counts.length < bounds.length) counts.push(passed);
    return counts;
  }

  /** Adds all values of another one, which stays as it is. */
  merge(other: Histogram): void {
    other.#pages.forEach((page, index) => {
      if (!page) return;
      const counts = this.#page(index);
      for (let i = 0; i < PAGE_SIZE; i++) counts[i]! += page[i]!;
    });
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  #page(index: number): number[] {
    return this.#pages[index] ?? this.#addPage(index);
  }

  #addPage(index: number): number[] {
    while (this.#pages.length < index) this.#pages.push(undefined);
    const page: number[] = new Array(PAGE_SIZE).fill(0);
    this.#pages[index] = page;
    return page;
  }

  /** Buckets that hold something, with their counts, ascending. */
  *#buckets(): Generator<readonly [bucket: number, count: number]> {
    for (let index = 0; index < this.#pages.length; index++) {
      const page = this.#pages[index];
      if (!page) continue;
      for (let i = 0; i < PAGE_SIZE; i++) {
        if (page[i] !== 0) yield [index * PAGE_SIZE + i, page[i]!];
      }
    }
  }
}

/** `value` is whole, from 0 to GREATEST. */
function bucketOf(value: number): number {
  if (value < EXACT_BELOW) return value;
  let bits = value;
  let shift = 0;
  if (bits >= BITS_BELOW) {
    shift = LOST_BITS;
    bits = Math.floor(value / 2 ** LOST_BITS);
  }
  const more = 31 - PRECISION - Math.clz32(bits);
  return ((shift + more) << PRECISION) + (bits >> more);
}

/** The least value that falls into the bucket. */
function leastOf(bucket: number): number {
  if (bucket < EXACT_BELOW) return bucket;
  const shift = (bucket >> PRECISION) - 1;
  return (bucket - (shift << PRECISION)) * 2 ** shift;
}

function middleOf(bucket: number): number {
  const least = leastOf(bucket);
  return least + (leastOf(bucket + 1) - least - 1) / 2;
}
