// The durable part of a virtual host's topology, as the store keeps it: exchanges, queues and the bindings between them.
// Counterpart: recovery.ts, which reads it back.

import { ByteWriter } from '../protocol/byte-writer.ts';
import { encodeTable, type FieldTable } from '../protocol/field-table.ts';
import { type Binding, bindingKey, type Destination } from './exchange/binding.ts';
import type { Exchange } from './exchange/exchange.ts';
import type { Queue } from './queue/queue.ts';
import type { Store } from './store/store.ts';

/** A table as the store's JSON holds it: its encoded bytes, so that every value keeps its type. */
function storedTable(table: FieldTable): string {
  if (table.length === 0) return '';
  const writer = new ByteWriter();
  encodeTable(writer, table);
  return Buffer.from(writer.finish()).toString('base64');
}

export interface StoredExchange {
  readonly vhost: string;
  readonly name: string;
  readonly type: string;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly arguments: string;
}

export interface StoredQueue {
  readonly vhost: string;
  readonly name: string;
  readonly id: number;
  readonly type: Queue['type'];
  readonly autoDelete: boolean;
  readonly arguments: string;
}

export interface StoredBinding {
  readonly vhost: string;
  readonly source: string;
  readonly destination: { readonly kind: Destination['kind']; readonly name: string };
  readonly routingKey: string;
  readonly arguments: string;
}

export class DurableTopology {
  readonly #vhost: string;
  readonly #store: Store;

  constructor(vhost: string, store: Store) {
    this.#vhost = vhost;
    this.#store = store;
  }

  putExchange({ name, type, durable, autoDelete, internal, arguments: table }: Exchange): void {
    if (!durable) return;
    const vhost = this.#vhost;
    const value: StoredExchange = { vhost, name, type: type.name, autoDelete, internal, arguments: storedTable(table) };
    this.#store.putEntity('exchange', this.#key(name), value);
  }

  deleteExchange({ name, durable }: Exchange): void {
    if (durable) this.#store.deleteEntity('exchange', this.#key(name));
  }

  putQueue(queue: Queue): void {
    if (!queue.durable) return;
    const { name, id, type, autoDelete } = queue;
    const vhost = this.#vhost;
    const value: StoredQueue = { vhost, name, id, type, autoDelete, arguments: storedTable(queue.arguments) };
    this.#store.putEntity('queue', this.#key(name), value);
  }

  deleteQueue({ name, durable }: Queue): void {
    if (durable) this.#store.deleteEntity('queue', this.#key(name));
  }

  putBinding(source: Exchange, binding: Binding): void {
    if (!isDurable(source, binding)) return;
    const { destination, routingKey, arguments: table } = binding;
    const value: StoredBinding = {
      vhost: this.#vhost,
      source: source.name,
      destination: { kind: destination.kind, name: destination.name },
      routingKey,
      arguments: storedTable(table),
    };
    this.#store.putEntity('binding', this.#key(`${source.name}\0${bindingKey(binding)}`), value);
  }

  deleteBinding(source: Exchange, binding: Binding): void {
    if (isDurable(source, binding)) {
      this.#store.deleteEntity('binding', this.#key(`${source.name}\0${bindingKey(binding)}`));
    }
  }

  #key(name: string): string {
    return `${this.#vhost}\0${name}`;
  }
}

/** A binding is as durable as both its ends. */
function isDurable(source: Exchange, { destination }: Binding): boolean {
  return source.durable && (destination as Exchange | Queue).durable;
}
