// Exchanges, queues and bindings as they are declared and used: by virtual host, as far as the traffic shows them.
// Fed by declarations.ts (declared, bound, deleted) and by the message handlers (published, delivered, consumed).
// Invariant: bounded; beyond the bound new names share one entry, and `overflow` says how many there were.

import type { FieldTable } from '../protocol/field-table.ts';
import { Histogram } from './histogram.ts';
import { Rate } from './rate.ts';

/** Exchanges, queues and bindings, each; more than any cluster that one watches by eye. */
const MOST = 10_000;
/** Users (connections) kept for each. */
const MOST_USERS = 100;

/** A declaration as its method made it. */
export interface Declared {
  readonly connection: number;
  readonly channel: number;
  /** Record id of the method. */
  readonly record: number;
  /** µs since the Unix epoch. */
  readonly time: number;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  /** Queues. */
  readonly exclusive?: boolean;
  /** Exchanges. */
  readonly type?: string;
  readonly internal?: boolean;
  readonly arguments: FieldTable;
}

/** A deletion that was seen to succeed. */
export interface Deletion extends Pick<Declared, 'connection' | 'channel' | 'record' | 'time'> {
  /** Exclusive queues: nobody deleted it, it went with its connection. */
  readonly withOwner?: boolean;
}

/** What exchanges and queues have in common. */
class Entity {
  readonly vhost: string;
  readonly name: string;
  /** Who declared it first, as far as was seen; undefined: it was there before, or is a default one. */
  declared: Declared | undefined;
  /** How it was declared, if it was deleted since. */
  before: Declared | undefined;
  /** Deleted as far as was seen, and not declared again. */
  deleted: boolean;
  /** How it was deleted last; stays when it is declared again. */
  deletion: Deletion | undefined;
  /** Connections that use it, the first of them. */
  readonly users = new Set<number>();

  constructor(vhost: string, name: string) {
    this.vhost = vhost;
    this.name = name;
    this.deleted = false;
  }

  use(connection: number): void {
    if (this.users.size < MOST_USERS) this.users.add(connection);
  }
}

export class Exchange extends Entity {
  published = 0;
  returned = 0;
  readonly publishRate = new Rate();
  readonly publishConfirm = new Histogram();
  readonly publishDeliver = new Histogram();
}

export class Queue extends Entity {
  delivered = 0;
  /** By basic.get. */
  got = 0;
  acked = 0;
  requeued = 0;
  unacked = 0;
  /** As the last -ok that told it had it. */
  messageCount: number | undefined;
  readonly deliverRate = new Rate();
  readonly publishDeliver = new Histogram();
  readonly deliverAck = new Histogram();
}

export interface Binding {
  readonly vhost: string;
  readonly source: string;
  readonly destination: string;
  readonly destinationType: 'queue' | 'exchange';
  readonly routingKey: string;
  readonly arguments: FieldTable;
  readonly record: number;
}

export class Topology {
  readonly exchanges = new Map<string, Exchange>();
  readonly queues = new Map<string, Queue>();
  readonly bindings = new Map<string, Binding>();
  /** Bindings that are gone, the first of them. */
  readonly past = new Map<string, Binding>();
  /** Names that came beyond the bound. */
  overflow = 0;
  readonly #otherExchange = new Exchange('', '(others)');
  readonly #otherQueue = new Queue('', '(others)');

  exchange(vhost: string, name: string): Exchange {
    const key = keyOf(vhost, name);
    const found = this.exchanges.get(key);
    if (found) return found;
    if (this.exchanges.size >= MOST && !makeRoom(this.exchanges)) {
      this.overflow++;
      return this.#otherExchange;
    }
    const made = new Exchange(vhost, name);
    this.exchanges.set(key, made);
    return made;
  }

  queue(vhost: string, name: string): Queue {
    const key = keyOf(vhost, name);
    const found = this.queues.get(key);
    if (found) return found;
    if (this.queues.size >= MOST && !makeRoom(this.queues)) {
      this.overflow++;
      return this.#otherQueue;
    }
    const made = new Queue(vhost, name);
    this.queues.set(key, made);
    return made;
  }

  findQueue(vhost: string, name: string): Queue | undefined {
    return this.queues.get(keyOf(vhost, name));
  }

  findExchange(vhost: string, name: string): Exchange | undefined {
    return this.exchanges.get(keyOf(vhost, name));
  }

  bind(binding: Binding): void {
    if (this.bindings.size >= MOST) this.overflow++;
    else {
      const key = bindingKey(binding);
      this.bindings.set(key, binding);
      this.past.delete(key);
    }
  }

  unbind(binding: Binding): void {
    const key = bindingKey(binding);
    const bound = this.bindings.get(key);
    if (bound) this.#unbind(key, bound);
  }

  /** The bindings of a source exchange. */
  *bindingsOf(vhost: string, source: string): Iterable<Binding> {
    for (const binding of this.bindings.values()) {
      if (binding.source === source && binding.vhost === vhost) yield binding;
    }
  }

  /** The queue or exchange is gone, and so are its bindings. */
  delete(entity: Exchange | Queue, deletion?: Deletion): void {
    entity.deleted = true;
    entity.deletion = deletion;
    entity.before = entity.declared ?? entity.before;
    entity.declared = undefined;
    const type = entity instanceof Queue ? 'queue' : 'exchange';
    for (const [key, binding] of this.bindings) {
      if (binding.vhost !== entity.vhost) continue;
      const isDestination = binding.destination === entity.name && binding.destinationType === type;
      if (isDestination || (type === 'exchange' && binding.source === entity.name)) this.#unbind(key, binding);
    }
  }

  #unbind(key: string, binding: Binding): void {
    this.bindings.delete(key);
    if (this.past.size < MOST) this.past.set(key, binding);
  }
}

/** Forgets the oldest entity that was deleted. */
function makeRoom(entities: Map<string, Entity>): boolean {
  for (const [key, entity] of entities) {
    if (!entity.deleted) continue;
    entities.delete(key);
    return true;
  }
  return false;
}

function keyOf(vhost: string, name: string): string {
  return `${vhost}\0${name}`;
}

function bindingKey({ vhost, source, destination, destinationType, routingKey, arguments: table }: Binding): string {
  return JSON.stringify([vhost, source, destinationType, destination, routingKey, table], (_key, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}
