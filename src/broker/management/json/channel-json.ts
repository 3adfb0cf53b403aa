// A channel as the management API shows it.

import type { Channel } from '../../channel/channel.ts';
import type { Row } from '../listing.ts';
import type { Management } from '../management.ts';
import { consumerJson } from './consumer-json.ts';
import { allCounters, messageStats } from './stats-json.ts';

export function channelName({ connection, number }: Channel): string {
  return `${connection.name} (${number})`;
}

/** What lists are sorted and filtered by, as a rule. */
export function channelSummary(channel: Channel): Row {
  const { connection, number } = channel;
  return { name: channelName(channel), number, user: connection.user.name, vhost: connection.vhost.name };
}

/** As in lists. */
export function channelJson({ broker, rates }: Management, channel: Channel): Row {
  const { connection, number } = channel;
  const { peer, user, vhost } = connection;
  return {
    acks_uncommitted: channel.transaction?.settledCount ?? 0,
    confirm: channel.confirms !== undefined,
    connection_details: { name: connection.name, peer_host: peer.address, peer_port: peer.port },
    consumer_count: channel.consumers.size,
    global_prefetch_count: channel.consumerPrefetch,
    ...messageStats(rates, channel.stats, () => allCounters(channel.stats)),
    messages_unacknowledged: channel.deliveries.count,
    messages_uncommitted: channel.transaction?.publishCount ?? 0,
    messages_unconfirmed: channel.confirms?.outstanding ?? 0,
    name: channelName(channel),
    node: broker.name,
    number,
    pending_raft_commands: 0,
    prefetch_count: channel.consumerPrefetch,
    state: 'running',
    transactional: channel.transaction !== undefined,
    user: user.name,
    user_who_performed_action: user.name,
    vhost: vhost.name,
  };
}

/** By itself: with its consumers. */
export function channelDetailJson(management: Management, channel: Channel): Row {
  return {
    ...channelJson(management, channel),
    consumer_details: [...channel.consumers.values()].map((consumer) => consumerJson(management, consumer)),
    deliveries: [],
    publishes: [],
  };
}
