// Where a message goes: from its exchange along bindings to queues, through other exchanges and alternate ones, to each
// queue once. Counterpart: the types' indexes, which answer for one exchange.
// Answers that depend on nothing but the routing key are remembered until the topology changes.

import type { Message } from '../message/message.ts';
import type { Queue } from '../queue/queue.ts';
import type { Destination } from './binding.ts';
import type { Exchange } from './exchange.ts';
import { DELAYED } from './registry.ts';

/** What the router needs of a virtual host. */
export interface Topology {
  readonly exchanges: ReadonlyMap<string, Exchange>;
  readonly queues: ReadonlyMap<string, Queue>;
  /** Grows with every change of exchanges, queues and bindings. */
  readonly version: number;
  /** Keeps messages back that a delayed-message exchange is to pass on later. */
  readonly delayed: { hold(exchange: Exchange, message: Message): boolean };
}

const NOWHERE: readonly Queue[] = [];
/** Remembered answers an exchange; beyond it they are all forgotten. */
const MOST_REMEMBERED = 10_000;

interface Memory {
  version: number;
  readonly byKey: Map<string, readonly Queue[]>;
  /** Every exchange that is reached from here routes by key alone. */
  byKeyAlone: boolean;
}

export class Router {
  readonly #topology: Topology;
  readonly #memories = new WeakMap<Exchange, Memory>();

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  /** The queues that the message reaches from the exchange; the array must not be changed. */
  route(exchange: Exchange, message: Message): readonly Queue[] {
    if (exchange.name === '') return this.#topology.queues.get(message.routingKey)?.route ?? NOWHERE;
    const memory = this.#memoryOf(exchange);
    if (!memory.byKeyAlone) return this.#follow(exchange, [message]);
    let queues = memory.byKey.get(message.routingKey);
    if (queues === undefined) {
      queues = this.#follow(exchange, [message]);
      if (memory.byKey.size >= MOST_REMEMBERED) memory.byKey.clear();
      memory.byKey.set(message.routingKey, queues);
    }
    return queues;
  }

  /** Whether the answer for the exchange's messages depends on their routing keys alone. */
  routesByKey(exchange: Exchange): boolean {
    return exchange.name === '' || this.#memoryOf(exchange).byKeyAlone;
  }

  #memoryOf(exchange: Exchange): Memory {
    const { version } = this.#topology;
    let memory = this.#memories.get(exchange);
    if (!memory) {
      memory = { version: -1, byKey: new Map(), byKeyAlone: false };
      this.#memories.set(exchange, memory);
    }
    if (memory.version !== version) {
      memory.version = version;
      memory.byKey.clear();
      memory.byKeyAlone = this.#allByKey(exchange);
    }
    return memory;
  }

  #allByKey(start: Exchange): boolean {
    const seen = new Set([start]);
    for (const exchange of seen) {
      if (!exchange.type.routesByKey) return false;
      for (const { destination } of exchange.bindings.values()) {
        if (destination.kind === 'exchange') seen.add(destination as Exchange);
      }
      const alternate = exchange.alternate === undefined ? undefined : this.#topology.exchanges.get(exchange.alternate);
      if (alternate) seen.add(alternate);
    }
    return true;
  }

  /**
   * The queues that the message reaches under several routing keys (CC, BCC): `views` are the message under each.
   */
  routeViews(exchange: Exchange, views: readonly Message[]): readonly Queue[] {
    return this.#follow(exchange, views);
  }

  #follow(start: Exchange, views: readonly Message[]): readonly Queue[] {
    const queues = new Set<Queue>();
    const seen = new Set([start]);
    const found: Destination[] = [];
    for (const exchange of seen) {
      if (exchange.type === DELAYED && this.#topology.delayed.hold(exchange, views[0]!)) continue;
      found.length = 0;
      for (const view of views) {
        if (exchange.name !== '') exchange.index.destinations(view, found);
        else found.push(...(this.#topology.queues.get(view.routingKey)?.route ?? NOWHERE));
      }
      for (const destination of found) {
        if (destination.kind === 'queue') queues.add(destination as Queue);
        else seen.add(destination as Exchange);
      }
      if (found.length === 0 && exchange.alternate !== undefined) {
        const alternate = this.#topology.exchanges.get(exchange.alternate);
        if (alternate) seen.add(alternate);
      }
    }
    return queues.size === 0 ? NOWHERE : [...queues];
  }
}
