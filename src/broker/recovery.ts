// Puts a broker together from what its store kept: users and virtual hosts, then exchanges, queues with their messages,
// and bindings. Counterpart: durable-topology.ts, which wrote them.

import { ByteReader } from '../protocol/byte-reader.ts';
import { decodeTable, type FieldTable } from '../protocol/field-table.ts';
import type { Broker } from './broker.ts';
import type { StoredBinding, StoredExchange, StoredQueue } from './durable-topology.ts';
import { exchangeType } from './exchange/registry.ts';
import type { Entity, EntityKind, Store } from './store/store.ts';
import type { VirtualHostDescription } from './virtual-host.ts';

/** What stands on what: each kind finds those before it. */
const ORDER: readonly EntityKind[] = [
  'meta',
  'user',
  'vhost',
  'permission',
  'topic-permission',
  'parameter',
  'policy',
  'operator-policy',
  'exchange',
  'queue',
  'binding',
];

/** Returns whether the store is that of a broker that ran before. */
export function recover(broker: Broker, store: Store): boolean {
  const byKind = new Map<EntityKind, Entity[]>(ORDER.map((kind) => [kind, []]));
  for (const entity of store.entities()) byKind.get(entity.kind)?.push(entity);
  for (const kind of ORDER) for (const entity of byKind.get(kind)!) restore(broker, store, entity);
  for (const vhost of broker.vhosts.values()) {
    const delayed = byKind.get('meta')!.find(({ key }) => key === `delayed ${vhost.name}`)?.value as number | undefined;
    if (delayed !== undefined) vhost.delayed.recover(delayed, store.messages(delayed));
  }
  return byKind.get('vhost')!.length > 0 || byKind.get('user')!.length > 0;
}

function restore(broker: Broker, store: Store, { kind, key, value }: Entity): void {
  switch (kind) {
    case 'meta':
      if (key === 'next-queue') broker.restoreQueueId(value as number);
      return;
    case 'vhost': {
      const { name, description } = value as { name: string; description: VirtualHostDescription };
      broker.addVhost(name, description);
      return;
    }
    case 'user':
    case 'permission':
    case 'topic-permission':
      return broker.access.restore(kind, value);
    case 'parameter':
      return broker.parameters.restore(value);
    case 'policy':
    case 'operator-policy':
      return broker.policies.restore(kind, value);
    case 'exchange':
      return restoreExchange(broker, value as StoredExchange);
    case 'queue':
      return restoreQueue(broker, store, value as StoredQueue);
    case 'binding':
      return restoreBinding(broker, value as StoredBinding);
  }
}

function restoreExchange(broker: Broker, stored: StoredExchange): void {
  const { vhost, name, autoDelete, internal } = stored;
  broker.vhosts.get(vhost)?.recoverExchange({
    name,
    type: exchangeType(stored.type),
    durable: true,
    autoDelete,
    internal,
    arguments: readTable(stored.arguments),
  });
}

function restoreQueue(broker: Broker, store: Store, stored: StoredQueue): void {
  const { vhost, name, id, type, autoDelete } = stored;
  const table = readTable(stored.arguments);
  const queue = broker.vhosts
    .get(vhost)
    ?.recoverQueue({ name, type, durable: true, autoDelete, owner: undefined, arguments: table }, id);
  queue?.recover(store.messages(id));
  broker.restoreQueueId(id + 1);
}

function restoreBinding(broker: Broker, { vhost: name, ...stored }: StoredBinding): void {
  const vhost = broker.vhosts.get(name);
  const source = vhost?.exchanges.get(stored.source);
  const { kind, name: destinationName } = stored.destination;
  const destination = (kind === 'queue' ? vhost?.queues : vhost?.exchanges)?.get(destinationName);
  if (source && destination) vhost!.recoverBinding(source, destination, stored.routingKey, readTable(stored.arguments));
}

function readTable(base64: string): FieldTable {
  return base64 === '' ? [] : decodeTable(new ByteReader(Buffer.from(base64, 'base64')));
}
