// Exchanges, queues and bindings as the API shows them: as declared, and as used. Counterpart of session/topology.ts.
// Invariant: what is not known is left out; arguments and consumers are bounded, all together.

import { PREDECLARED_EXCHANGES } from '../protocol/predeclared-exchanges.ts';
import type { Channel } from '../session/channel.ts';
import type { Consumer } from '../session/consumer.ts';
import type { Session } from '../session/session.ts';
import type { Binding, Declared, Exchange, Queue, Topology } from '../session/topology.ts';
import { BoundedTables } from './bounded-table.ts';
import type { BindingJson, DeclaredJson, ExchangeJson, QueueJson, TopologyJson } from './json.ts';
import { rateJson } from './rate-json.ts';

/** Consumers in one answer. */
const MOST_CONSUMERS = 10_000;

interface ConsumerPlace {
  readonly channel: Channel;
  readonly consumer: Consumer;
}

/** Rates are those at `now`, in µs since the Unix epoch. `past`: with what is gone, bindings marked `removed`. */
export function topologyJson(session: Pick<Session, 'topology' | 'channels'>, now: number, past = false): TopologyJson {
  const { topology } = session;
  const tables = new BoundedTables();
  const consumers = consumersOf(session.channels(), past);
  const declaredOf = ({ declared, before }: Exchange | Queue) => declared ?? (past ? before : undefined);
  const bindings = Array.from(topology.bindings.values(), (binding) => bindingJson(binding, tables));
  if (past)
    for (const binding of topology.past.values()) bindings.push({ ...bindingJson(binding, tables), removed: true });
  return {
    v: 1,
    exchanges: Array.from(topology.exchanges.values(), (exchange) =>
      exchangeJson(exchange, declaredOf(exchange), tables, now),
    ),
    queues: Array.from(topology.queues.values(), (queue) =>
      queueJson(queue, declaredOf(queue), consumers.get(queue) ?? [], tables, now),
    ),
    bindings,
    overflow: overflowOf(topology),
  };
}

function overflowOf({ overflow }: Topology): number | undefined {
  return overflow > 0 ? overflow : undefined;
}

function exchangeJson(
  exchange: Exchange,
  declared: Declared | undefined,
  tables: BoundedTables,
  now: number,
): ExchangeJson {
  const { vhost, name } = exchange;
  return {
    vhost,
    name,
    type: declared?.type ?? PREDECLARED_EXCHANGES.get(name)?.type,
    ...declaredJson(declared, tables),
    internal: declared?.internal,
    deleted: exchange.deleted || undefined,
    published: exchange.published,
    returned: exchange.returned,
    publish_rate: rateJson(exchange.publishRate, now),
    publishers: [...exchange.users],
  };
}

function queueJson(
  queue: Queue,
  declared: Declared | undefined,
  consumers: readonly ConsumerPlace[],
  tables: BoundedTables,
  now: number,
): QueueJson {
  const { vhost, name } = queue;
  return {
    vhost,
    name,
    ...declaredJson(declared, tables),
    exclusive: declared?.exclusive,
    deleted: queue.deleted || undefined,
    message_count: queue.messageCount,
    delivered: queue.delivered,
    got: queue.got,
    acked: queue.acked,
    requeued: queue.requeued,
    unacked: queue.unacked,
    deliver_rate: rateJson(queue.deliverRate, now),
    consumers: consumers.map(({ channel, consumer }) => ({
      connection: channel.connection.id,
      channel: channel.number,
      consumer_tag: consumer.tag,
    })),
  };
}

/** What exchanges and queues have in common. */
function declaredJson(declared: Declared | undefined, tables: BoundedTables): DeclaredJson {
  if (!declared) return {};
  return {
    durable: declared.durable,
    auto_delete: declared.autoDelete,
    arguments: tables.json(declared.arguments),
    declared_by: { connection: declared.connection, channel: declared.channel, id: declared.record },
  };
}

function bindingJson(binding: Binding, tables: BoundedTables): BindingJson {
  return {
    vhost: binding.vhost,
    source: binding.source,
    destination: binding.destination,
    destination_type: binding.destinationType,
    routing_key: binding.routingKey,
    arguments: tables.json(binding.arguments),
    id: binding.record,
  };
}

/** Who consumes from each queue now; `past`: or did. */
function consumersOf(channels: Iterable<Channel>, past: boolean): Map<Queue, ConsumerPlace[]> {
  const found = new Map<Queue, ConsumerPlace[]>();
  let left = MOST_CONSUMERS;
  for (const channel of channels) {
    if (!channel.isOpen && !past) continue;
    for (const consumer of channel.consumers.values()) {
      const { queue } = consumer;
      if (!queue || (consumer.cancelled && !past) || left-- <= 0) continue;
      const places = found.get(queue);
      if (places) places.push({ channel, consumer });
      else found.set(queue, [{ channel, consumer }]);
    }
  }
  return found;
}
