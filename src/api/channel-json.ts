// Channels as the API shows them: how each stands, who consumes on it, what waits. Counterpart of session/channel.ts.
// Invariant: what one answer shows is bounded.

import { formatTimestamp } from '../log/timestamp.ts';
import type { Channel } from '../session/channel.ts';
import type { Consumer } from '../session/consumer.ts';
import { BoundedTables } from './bounded-table.ts';
import type { ChannelJson, ChannelsJson, ConsumerJson } from './json.ts';
import { rateJson } from './rate-json.ts';

/** Channels and consumers in one answer, together: more than one watches by eye, and some MB of JSON. */
const MOST = 10_000;

/** As many of the channels as one answer holds. Rates are those at `now`, in µs since the Unix epoch. */
export function channelsJson(all: Iterable<Channel>, now: number): ChannelsJson {
  const tables = new BoundedTables();
  const channels: ChannelJson[] = [];
  let room = MOST;
  let omitted = 0;
  for (const channel of all) {
    room -= 1 + channel.consumers.size;
    if (room >= 0) channels.push(channelJson(channel, tables, now));
    else omitted++;
  }
  return { channels, omitted: omitted > 0 ? omitted : undefined };
}

/** Rates are those at `now`, in µs since the Unix epoch. What is not known is left out. */
export function channelJson(channel: Channel, tables: BoundedTables, now: number): ChannelJson {
  const { connection, closed } = channel;
  const oldest = channel.unacked.oldestTime;
  return {
    connection: connection.id,
    channel: channel.number,
    connection_name: connection.facts.name,
    state: channel.isOpen ? 'open' : 'closed',
    opened_at: formatTimestamp(channel.openedAt),
    closed_at: closed && formatTimestamp(closed.time),
    close_reason: closed?.text,
    close_code: closed && closed.code > 0 ? closed.code : undefined,
    close_method: closed?.method,
    closed_by: closed?.by,
    mode: channel.mode,
    prefetch: channel.prefetch,
    global_prefetch: channel.globalPrefetch,
    consumers: Array.from(channel.consumers.values(), (consumer) => consumerJson(consumer, tables)),
    unacked: channel.unacked.size,
    oldest_unacked_at: oldest === undefined ? undefined : formatTimestamp(oldest),
    unconfirmed: channel.unconfirmed.size,
    uncommitted: channel.uncommitted,
    flow_active: channel.flowActive,
    published: channel.published,
    confirmed: channel.confirmed,
    nacked_publishes: channel.nackedPublishes,
    returned: channel.returned,
    delivered: channel.delivered,
    got: channel.got,
    got_empty: channel.gotEmpty,
    acked: channel.acked,
    nacked: channel.nacked,
    rejected: channel.rejected,
    requeued: channel.requeued,
    redelivered: channel.redelivered,
    publish_rate: rateJson(channel.publishRate, now),
    deliver_rate: rateJson(channel.deliverRate, now),
    midway: channel.midway || undefined,
  };
}

function consumerJson(consumer: Consumer, tables: BoundedTables): ConsumerJson {
  return {
    consumer_tag: consumer.tag,
    queue: consumer.queue?.name,
    no_ack: consumer.noAck,
    exclusive: consumer.exclusive,
    arguments: tables.json(consumer.arguments),
    prefetch: consumer.prefetch,
    delivered: consumer.delivered,
    acked: consumer.acked,
    unacked: consumer.unacked,
    cancelled: consumer.cancelled || undefined,
  };
}
