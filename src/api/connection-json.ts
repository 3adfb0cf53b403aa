// A connection as the API shows it: snake_case, times in ISO 8601. Counterpart of session/connection-table.ts.

import { formatTimestamp } from '../log/timestamp.ts';
import type { Connection } from '../session/connection-table.ts';

/** What is not known yet, or was never said, is left out. */
export function connectionJson(connection: Connection): object {
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
    virtual_host: connection.virtualHost,
    channel_max: connection.channelMax,
    frame_max: connection.frameMax,
    heartbeat: connection.heartbeat,
    blocked: connection.blocked,
    from_client: { frames: fromClient.frames, bytes: fromClient.bytes },
    from_server: { frames: fromServer.frames, bytes: fromServer.bytes },
  };
}
