// GET /api/connections/:id: one connection whole: its handshake, its limits, how alive it is, its channels.

import { nowMicros } from '../log/clock.ts';
import { ApiError } from './api-error.ts';
import { connectionDetailJson } from './connection-json.ts';
import { checkParameters, pathNumber } from './query.ts';
import { type ApiContext, jsonReply, type Reply, type RouteRequest, sessionOf } from './route.ts';

/** Throws ApiError 400 for what is no id, 404 for a connection that is forgotten or has not come yet. */
export function connectionDetail(context: ApiContext, { id: text, query }: RouteRequest): Reply {
  checkParameters(query, []);
  const session = sessionOf(context);
  const id = pathNumber(text, 'the id of a connection');
  const connection = context.connections.get(id);
  if (!connection) throw new ApiError(404, whyUnknown(id, context.connections.opened));
  const channels = [...session.channels()].filter((channel) => channel.connection.id === id);
  const tracked = session.tracked(id) ?? channels[0]?.connection;
  const now = connection.closedAt ?? nowMicros();
  return jsonReply({ v: 1, ...connectionDetailJson(connection, tracked, channels, now) });
}

function whyUnknown(id: number, opened: number): string {
  if (id < 1) return 'there is no connection 0: ids begin at 1';
  if (id > opened) return `connection ${id} has not come yet: there were ${opened} so far`;
  return `connection ${id} is forgotten: only the last closed ones are kept`;
}
