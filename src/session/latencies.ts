// All latencies by what they were measured on: publish to confirm and to delivery by exchange, publish to delivery and
// delivery to ack by queue, delivery to ack by consumer, methods to their -ok by method, messages that ask to their replies
// (rpc) all together. In µs.

import type { Channel } from './channel.ts';
import { Histogram } from './histogram.ts';
import type { SessionTables } from './tables.ts';

export const LATENCY_KINDS = ['publish_confirm', 'publish_deliver', 'deliver_ack', 'method', 'rpc'] as const;
export type LatencyKind = (typeof LATENCY_KINDS)[number];

export interface NamedLatency {
  readonly kind: LatencyKind;
  readonly of: 'exchange' | 'queue' | 'consumer' | 'method' | 'rpc';
  readonly name: string;
  readonly vhost?: string;
  readonly histogram: Histogram;
}

/** Those with at least one value, most values first. */
export function latenciesOf(tables: SessionTables, channels: Iterable<Channel>): NamedLatency[] {
  const found: NamedLatency[] = [...ofTopology(tables), ...ofConsumers(channels)];
  for (const [name, histogram] of tables.roundTrips) found.push({ kind: 'method', of: 'method', name, histogram });
  found.push({ kind: 'rpc', of: 'rpc', name: 'request to reply', histogram: tables.rpc.latency });
  return found.filter(({ histogram }) => histogram.count > 0).sort((a, b) => b.histogram.count - a.histogram.count);
}

function* ofTopology({ topology }: SessionTables): Iterable<NamedLatency> {
  for (const { name, vhost, publishConfirm, publishDeliver } of topology.exchanges.values()) {
    yield { kind: 'publish_confirm', of: 'exchange', name, vhost, histogram: publishConfirm };
    yield { kind: 'publish_deliver', of: 'exchange', name, vhost, histogram: publishDeliver };
  }
  for (const { name, vhost, publishDeliver, deliverAck } of topology.queues.values()) {
    yield { kind: 'publish_deliver', of: 'queue', name, vhost, histogram: publishDeliver };
    yield { kind: 'deliver_ack', of: 'queue', name, vhost, histogram: deliverAck };
  }
}

/** Consumers by their tag: those of several channels with the same tag are one. */
function ofConsumers(channels: Iterable<Channel>): Iterable<NamedLatency> {
  const byTag = new Map<string, NamedLatency>();
  for (const channel of channels) {
    for (const { tag, deliverAck } of channel.consumers.values()) {
      const { vhost } = channel.connection;
      const key = `${vhost}\0${tag}`;
      const found = byTag.get(key) ?? {
        kind: 'deliver_ack',
        of: 'consumer',
        name: tag,
        vhost,
        histogram: new Histogram(),
      };
      found.histogram.merge(deliverAck);
      byTag.set(key, found);
    }
  }
  return byTag.values();
}
