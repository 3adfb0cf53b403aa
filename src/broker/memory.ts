// How much the broker's messages weigh, and whether that is too much: above the watermark publishers are held back, as
// RabbitMQ does with vm_memory_high_watermark.

/** The alarm is cleared some way below the limit, lest it come and go with every message. */
const CLEARED_BELOW = 0.8;

export class Memory {
  /** Bytes of all messages held: content and what it costs to keep it. A message in several queues counts in each. */
  used = 0;
  readonly limit: number;
  readonly #onAlarm: (raised: boolean) => void;
  #raised = false;
  readonly #allowance: number;
  /** Room for contents that have begun to come and are not whole yet. */
  #unfinished = 0;

  /** `allowance`: bytes of unfinished contents that do not count. */
  constructor(limit: number, onAlarm: (raised: boolean) => void, allowance = 0) {
    this.limit = limit;
    this.#onAlarm = onAlarm;
    this.#allowance = allowance;
  }

  get alarmed(): boolean {
    return this.#raised;
  }

  /** There are more unfinished contents than the largest message could be. */
  get crowded(): boolean {
    return this.#unfinished > this.#allowance;
  }

  /**
   * Room was made for a content that is coming, or given back. What goes beyond the allowance counts as used: so one
   * message can always come to its end, and many cannot take all memory by never doing so.
   */
  addUnfinished(bytes: number): void {
    const before = Math.max(0, this.#unfinished - this.#allowance);
    this.#unfinished += bytes;
    const more = Math.max(0, this.#unfinished - this.#allowance) - before;
    if (more !== 0) this.add(more);
  }

  add(bytes: number): void {
    this.used += bytes;
    if (this.#raised ? this.used <= this.limit * CLEARED_BELOW : this.used > this.limit) {
      this.#raised = !this.#raised;
      this.#onAlarm(this.#raised);
    }
  }
}
