// Dead letters on their way: published to their exchange one after the other, not in the middle of what their queue is
// doing, so that a chain of queues that pass letters on does not pile up on the call stack.

import type { Message } from './message/message.ts';
import { type DeathReason, isCycle } from './queue/dead-letter.ts';
import type { VirtualHost } from './virtual-host.ts';

export class DeadLetters {
  readonly #vhost: VirtualHost;
  #waiting: { readonly message: Message; readonly reason: DeathReason }[] = [];
  #draining = false;

  constructor(vhost: VirtualHost) {
    this.#vhost = vhost;
  }

  /** Publishes `message`, which names its exchange; it vanishes if there is none, or if it goes round in circles. */
  send(message: Message, reason: DeathReason): void {
    this.#waiting.push({ message, reason });
    if (this.#draining) return;
    this.#draining = true;
    queueMicrotask(() => this.#drain());
  }

  #drain(): void {
    for (let i = 0; i < this.#waiting.length; i++) {
      const { message, reason } = this.#waiting[i]!;
      try {
        this.#publish(message, reason);
      } catch (error) {
        this.#vhost.defect(error);
      }
    }
    this.#waiting = [];
    this.#draining = false;
  }

  #publish(message: Message, reason: DeathReason): void {
    const exchange = this.#vhost.exchanges.get(message.exchange);
    if (!exchange) return;
    for (const queue of this.#vhost.routesOf(exchange, message)) {
      if (reason === 'rejected' || !isCycle(message, queue.name)) queue.push(message);
    }
  }
}
