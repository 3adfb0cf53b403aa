// Exchanges, queues and bindings as they are declared and used: by virtual host, as far as the traffic shows them.
// Fed by declarations.ts (declared, bound, deleted) and by the message handlers (published, delivered, consumed).
// Invariant: bounded; beyond the bound new names share one entry, and `overflow` says how many there were.

import type { FieldTable } from '../protocol/field-table.ts';
import { Histogram } from './histogram.ts';
import { OldestFirst } from './oldest-first.ts';
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
  /** Tells queues apart in tables of numbers; above 0. */
  readonly number: number;
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

  constructor(vhost: string, name: string, number: number) {
    super(vhost, name);
    this.number = number;
  }
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

/** Those that were deleted, which give way to new names; some may have come back since. */
class Gone<E extends Entity> {
  readonly #entities = new Set<E>();
  readonly #oldest = new OldestFirst(() => this.#entities.values());

  add(entity: E): void {
    this.#entities.add(entity);
  }

  /** Forgets the oldest of them, if there is one. */
  makeRoom(known: Map<string, E>): boolean {
    for (let entity = this.#oldest.take(); entity; entity = this.#oldest.take()) {
      this.#entities.delete(entity);
      if (entity.deleted && known.delete(keyOf(entity.vhost, entity.name))) return true;
    }
    return false;
  }
}

export class Topology {
  readonly exchanges = new Map<string, Exchange>();
  readonly queues = new Map<string, Queue>();
  readonly bindings = new Map<string, Binding>();
  /** Bindings that are gone, the first of them. */
  readonly past = new Map<string, Binding>();
  /** Keys of the bindings from an exchange, and of those to an exchange or queue. */
  readonly #bound = new Map<string, Set<string>>();
  readonly #goneExchanges = new Gone<Exchange>();
  readonly #goneQueues = new Gone<Queue>();
  /** Names that came beyond the bound. */
  overflow = 0;
  readonly #otherExchange = new Exchange('', '(others)');
  #lastQueue = 1;
  readonly #otherQueue = new Queue('', '(others)', 1);

  exchange(vhost: string, name: string): Exchange {
    const key = keyOf(vhost, name);
    const found = this.exchanges.get(key);
    if (found) return found;
    if (this.exchanges.size >= MOST && !this.#goneExchanges.makeRoom(this.exchanges)) {
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
    if (this.queues.size >= MOST && !this.#goneQueues.makeRoom(this.queues)) {
      this.overflow++;
      return this.#otherQueue;
    }
    const made = new Queue(vhost, name, ++this.#lastQueue);
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
    const key = bindingKey(binding);
    if (this.bindings.size >= MOST && !this.bindings.has(key)) {
      this.overflow++;
      return;
    }
    this.bindings.set(key, binding);
    this.past.delete(key);
    for (const end of endsOf(binding)) {
      const bound = this.#bound.get(end);
      if (bound) bound.add(key);
      else this.#bound.set(end, new Set([key]));
    }
  }

  unbind(binding: Binding): void {
    const key = bindingKey(binding);
    const bound = this.bindings.get(key);
    if (bound) this.#unbind(key, bound);
  }

  /** The bindings of a source exchange. */
  *bindingsOf(vhost: string, source: string): Iterable<Binding> {
    for (const key of this.#bound.get(sourceKey(vhost, source)) ?? []) yield this.bindings.get(key)!;
  }

  /** The queue or exchange is gone, and so are its bindings. */
  delete(entity: Exchange | Queue, deletion?: Deletion): void {
    const { vhost, name } = entity;
    entity.deleted = true;
    entity.deletion = deletion;
    entity.before = entity.declared ?? entity.before;
    entity.declared = undefined;
    const isQueue = entity instanceof Queue;
    if (isQueue) this.#goneQueues.add(entity);
    else this.#goneExchanges.add(entity);
    this.#unbindAll(destinationKey(vhost, isQueue ? 'queue' : 'exchange', name));
    if (!isQueue) this.#unbindAll(sourceKey(vhost, name));
  }

  #unbindAll(end: string): void {
    for (const key of this.#bound.get(end) ?? []) this.#unbind(key, this.bindings.get(key)!);
  }

  #unbind(key: string, binding: Binding): void {
    this.bindings.delete(key);
    if (this.past.size < MOST) this.past.set(key, binding);
    for (const end of endsOf(binding)) {
      const bound = this.#bound.get(end)!;
      bound.delete(key);
      if (bound.size === 0) this.#bound.delete(end);
    }
  }
}

function endsOf({ vhost, source, destination, destinationType }: Binding): [string, string] {
  return [sourceKey(vhost, source), destinationKey(vhost, destinationType, destination)];
}

function sourceKey(vhost: string, exchange: string): string {
  return `from\0${keyOf(vhost, exchange)}`;
}

function destinationKey(vhost: string, type: Binding['destinationType'], name: string): string {
  return `${type}\0${keyOf(vhost, name)}`;
}

function keyOf(vhost: string, name: string): string {
  return `${vhost}\0${name}`;
}

function bindingKey({ vhost, source, destination, destinationType, routingKey, arguments: table }: Binding): string {
  return JSON.stringify([vhost, source, destinationType, destination, routingKey, table], (_key, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}
