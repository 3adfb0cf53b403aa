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

  constructor(limit: number, onAlarm: (raised: boolean) => void) {
    this.limit = limit;
    this.#onAlarm = onAlarm;
  }

  get alarmed(): boolean {
    return this.#raised;
  }

  add(bytes: number): void {
    this.used += bytes;
    if (this.#raised ? this.used <= this.limit * CLEARED_BELOW : this.used > this.limit) {
      this.#raised = !this.#raised;
      this.#onAlarm(this.#raised);
    }
  }
}
