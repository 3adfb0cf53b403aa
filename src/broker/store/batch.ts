// A batch: what was gathered between two commits, or a part of it, written as one value and removed as one. Counterpart:
// batch-record.ts, which says what stands in it.
// Invariant: a batch may go once none of its messages lives and no batch holds a message that one of its deletions is
// about; a batch only ever deletes from itself or from older ones, so there are no circles.

export class Batch {
  /** Its key. Only grows. */
  readonly sequence: number;
  /** How many messages and entities were put in it. */
  puts = 0;
  /** How many of these live. */
  live = 0;
  /** Size as a value, in bytes; 0 while it is being written. */
  size = 0;
  /** The value, from when it is sealed until it is handed over for storing. */
  bytes: Buffer | undefined;
  /** Whether the file has it, or will before anything that is written later. */
  stored = false;
  /** Whether it was dropped or removed. */
  gone = false;
  /** How many of its deletions hit another batch that is still there. */
  pins = 0;
  /** The batches that hold deletions from this one, one entry a deletion. */
  deleters: Batch[] | undefined;

  constructor(sequence: number) {
    this.sequence = sequence;
  }

  /** Whether nothing in it is needed any more. */
  get spent(): boolean {
    return this.live === 0 && this.pins === 0;
  }

  /** Whether less than half of it lives, so that writing it anew frees more than it costs. */
  get sparse(): boolean {
    return this.live * 2 < this.puts;
  }

  /** Bytes of its value a message in it stands for. */
  get bytesPerPut(): number {
    return this.puts === 0 ? 0 : this.size / this.puts;
  }

  /** Notes a deletion in this batch from `target`. */
  addDeletion(target: Batch): void {
    if (target === this) return;
    this.pins++;
    target.deleters ??= [];
    target.deleters.push(this);
  }

  /** Marks it gone, and tells the batches that deleted from it; `released` hears of each that became spent by that. */
  remove(released: (batch: Batch) => void): void {
    this.gone = true;
    for (const deleter of this.deleters ?? []) {
      deleter.pins--;
      if (deleter.spent && !deleter.gone) released(deleter);
    }
    this.deleters = undefined;
  }
}
