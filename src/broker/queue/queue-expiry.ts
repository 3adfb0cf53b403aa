// x-expires: a queue that nobody uses for so long goes. Used means: consumed from, got from, or declared.

import type { Timer } from '../clock.ts';
import type { Queue } from './queue.ts';

export class QueueExpiry {
  readonly #queue: Queue;
  #timer: Timer | undefined;

  constructor(queue: Queue) {
    this.#queue = queue;
    this.update();
  }

  /** The setting may have changed. */
  update(): void {
    this.stop();
    const { expires } = this.#queue.settings;
    if (expires >= 0) this.#await(expires);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #await(ms: number): void {
    this.#timer = this.#queue.vhost.clock.after(ms, () => this.#look());
  }

  /** A timer does not move with every use; it looks when it fires how long the queue has really been idle. */
  #look(): void {
    const queue = this.#queue;
    if (queue.deleted) return;
    const { expires } = queue.settings;
    const idle = queue.consumers.size > 0 ? 0 : queue.vhost.clock.now() - queue.usedAt;
    if (idle >= expires) queue.vhost.deleteQueue(queue);
    else this.#await(expires - idle);
  }
}
