// A connection as the API shows it: snake_case, times in ISO 8601. Counterpart of session/connection-table.ts.

import { formatTimestamp } from '../log/timestamp.ts';
import { CLIENT_TO_SERVER, type Direction, SERVER_TO_CLIENT } from '../protocol/frame.ts';
import type { Channel } from '../session/channel.ts';
import type { Connection } from '../session/connection-table.ts';
import type { TrackedConnection } from '../session/tracked-connection.ts';
import { channelsJson } from './channel-json.ts';
import type { CarriedJson, ConnectionDetailJson, ConnectionJson, HeardJson } from './json.ts';
import { rateJson } from './rate-json.ts';

/** What is not known yet, or was never said, is left out. */
export function connectionJson(connection: Connection): ConnectionJson {
  const { id, state, name, client, server, openedAt, closedAt, fromClient, fromServer } = connection;
  return {
    id,
    state,
    name,
    client: { address: client.address, port: client.port },
    server: { address: server.address, port: server.port },
    opened_at: formatTimestamp(openedAt),
    closed_at: closedAt === undefined ? undefined : formatTimestamp(closedAt),
    close_reason: connection.closeReason,
    client_product: connection.clientProduct,
    client_version: connection.clientVersion,
    server_product: connection.serverProduct,
    server_version: connection.serverVersion,
    mechanism: connection.mechanism,
    user: connection.user,
    vhost: connection.virtualHost,
    channel_max: connection.channelMax,
    frame_max: connection.frameMax,
    heartbeat: connection.heartbeat,
    blocked: connection.blocked,
    from_client: { frames: fromClient.frames, bytes: fromClient.bytes },
    from_server: { frames: fromServer.frames, bytes: fromServer.bytes },
  };
}

/**
 * All that is known of one connection. `tracked` is undefined once its channels are forgotten. Rates and ages are those
 * at `now`, in µs since the Unix epoch; ages are in ms.
 */
export function connectionDetailJson(
  connection: Connection,
  tracked: TrackedConnection | undefined,
  channels: readonly Channel[],
  now: number,
): ConnectionDetailJson {
  const { capabilities, fromClient, fromServer } = connection;
  return {
    ...connectionJson(connection),
    tls: connection.tls,
    capabilities: capabilities && Object.fromEntries(capabilities),
    from_client: { frames: fromClient.frames, bytes: fromClient.bytes, ...heardJson(tracked, CLIENT_TO_SERVER, now) },
    from_server: { frames: fromServer.frames, bytes: fromServer.bytes, ...heardJson(tracked, SERVER_TO_CLIENT, now) },
    midway: tracked?.midway || undefined,
    ...(tracked && {
      channels_opened: tracked.channelsOpened,
      published: tracked.published,
      delivered: tracked.delivered,
      publish_rate: sum(channels, ({ publishRate }) => rateJson(publishRate, now)),
      deliver_rate: sum(channels, ({ deliverRate }) => rateJson(deliverRate, now)),
    }),
    ...channelsJson(channels, now),
  };
}

/** How long one side has been silent. */
function heardJson(
  tracked: TrackedConnection | undefined,
  direction: Direction,
  now: number,
): Omit<HeardJson, keyof CarriedJson> {
  if (!tracked) return {};
  return {
    last_frame_age: ageJson(tracked.lastHeard[direction], now),
    heartbeats: tracked.heartbeats[direction],
    last_heartbeat_age: ageJson(tracked.lastHeartbeat[direction], now),
  };
}

/** ms since `time`; undefined for what has not happened, and where time stands still: the connection is closed. */
function ageJson(time: number, now: number): number | undefined {
  return time === 0 ? undefined : Math.max(0, Math.round((now - time) / 1000));
}

function sum(channels: readonly Channel[], rate: (channel: Channel) => number): number {
  return Math.round(channels.reduce((total, channel) => total + rate(channel), 0) * 1000) / 1000;
}
