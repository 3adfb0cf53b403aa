// Messages that a delayed-message exchange holds back: each is routed when its time has come. Counterpart: the exchange
// type x-delayed-message. They are kept in memory, and weigh on the watermark like those in queues.

import type { Timer } from './clock.ts';
import type { Exchange } from './exchange/exchange.ts';
import type { Message } from './message/message.ts';
import type { VirtualHost } from './virtual-host.ts';

export class DelayedMessages {
  readonly #vhost: VirtualHost;
  readonly #timers = new Map<Timer, Message>();

  constructor(vhost: VirtualHost) {
    this.#vhost = vhost;
  }

  get count(): number {
    return this.#timers.size;
  }

  /** Routes the message from the exchange `ms` from now. */
  hold(exchange: Exchange, message: Message, ms: number): void {
    this.#vhost.memory.add(message.cost);
    const timer = this.#vhost.clock.after(ms, () => {
      this.#timers.delete(timer);
      this.#vhost.memory.add(-message.cost);
      if (!exchange.deleted) this.#vhost.publish(exchange, message);
    });
    this.#timers.set(timer, message);
  }

  close(): void {
    for (const [timer, message] of this.#timers) {
      timer.cancel();
      this.#vhost.memory.add(-message.cost);
    }
    this.#timers.clear();
  }
}
