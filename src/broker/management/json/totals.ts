// Counts over a whole virtual host or the whole broker, by walking through what there is.

import type { Channel } from '../../channel/channel.ts';
import type { BrokerConnection } from '../../connection/connection.ts';
import { MessageStats } from '../../message-stats.ts';
import type { VirtualHost } from '../../virtual-host.ts';
import type { Management } from '../management.ts';
import type { Counters } from '../rates.ts';
import { lengthCounters } from './stats-json.ts';

/** Messages in the queues of the virtual hosts. */
export function totalLengths(vhosts: Iterable<VirtualHost>): Counters {
  let ready = 0;
  let unacknowledged = 0;
  for (const { queues } of vhosts) {
    for (const queue of queues.values()) {
      ready += queue.readyCount;
      unacknowledged += queue.unsettledCount;
    }
  }
  return lengthCounters({ ready, unacknowledged });
}

/** What happened to messages in the whole broker. */
export function brokerStats({ broker }: Management): MessageStats {
  const stats = new MessageStats();
  stats.add(broker.departed);
  for (const { channels } of openConnections(broker.connections)) {
    for (const channel of channels.values()) if (!channel.closing) stats.add(channel.stats);
  }
  return stats;
}

/** What happened to messages in one virtual host. */
export function vhostStats({ broker }: Management, vhost: VirtualHost): MessageStats {
  const stats = new MessageStats();
  stats.add(vhost.departed);
  for (const connection of openConnections(broker.connections)) {
    if (connection.vhost !== vhost) continue;
    for (const channel of connection.channels.values()) if (!channel.closing) stats.add(channel.stats);
  }
  return stats;
}

/** Connections that have entered a virtual host. */
export function* openConnections(connections: Iterable<BrokerConnection>): Generator<BrokerConnection> {
  for (const connection of connections) if (connection.state === 'running') yield connection;
}

export function* openChannels(connections: Iterable<BrokerConnection>): Generator<Channel> {
  for (const connection of openConnections(connections)) yield* connection.channels.values();
}

export interface ObjectCounts {
  readonly channels: number;
  readonly connections: number;
  readonly consumers: number;
  readonly exchanges: number;
  readonly queues: number;
}

export function countObjects(vhosts: Iterable<VirtualHost>, connections: Iterable<BrokerConnection>): ObjectCounts {
  const counts = { channels: 0, connections: 0, consumers: 0, exchanges: 0, queues: 0 };
  for (const { queues, exchanges } of vhosts) {
    counts.queues += queues.size;
    counts.exchanges += exchanges.size;
    for (const queue of queues.values()) counts.consumers += queue.consumers.size;
  }
  for (const { channels } of openConnections(connections)) {
    counts.connections++;
    counts.channels += channels.size;
  }
  return counts;
}
