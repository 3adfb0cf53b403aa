// Which routing keys were published to the default exchange, and so to which queues: it has no bindings that one could
// see (AMQP 0-9-1 §3.1.3.1). Counterpart of session/topology.ts. Invariant: bounded; what comes beyond is left out.

import type { Session } from '../../session/session.ts';

const MOST_KEYS = 10_000;

export class DirectUse {
  readonly #keys = new Map<string, Set<string>>();
  #count = 0;

  constructor(session: Session) {
    session.listen({
      published: ({ connection }, { exchange, routingKey }) => {
        if (exchange?.name === '') this.#add(connection.vhost, routingKey);
      },
    });
  }

  keysOf(vhost: string): Iterable<string> {
    return this.#keys.get(vhost) ?? [];
  }

  #add(vhost: string, key: string): void {
    const keys = this.#keys.get(vhost) ?? new Set();
    if (keys.has(key) || this.#count >= MOST_KEYS) return;
    this.#count++;
    keys.add(key);
    this.#keys.set(vhost, keys);
  }
}
