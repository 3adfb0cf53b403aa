// Connections, channels and consumers: list, look, close.

import type { Channel } from '../../channel/channel.ts';
import type { BrokerConnection } from '../../connection/connection.ts';
import { assertOwn, isMonitor } from '../authorization.ts';
import { badRequest, notThere } from '../http-error.ts';
import { channelDetailJson, channelJson, channelSummary } from '../json/channel-json.ts';
import { connectionJson, connectionSummary } from '../json/connection-json.ts';
import { consumerJson } from '../json/consumer-json.ts';
import { openChannels, openConnections } from '../json/totals.ts';
import { list, listSubjects, selectColumns } from '../listing.ts';
import { channelOf, connectionOf, vhostOf } from '../lookup.ts';
import type { Management } from '../management.ts';
import { json, type ManagementRequest, noContent, type Reply, type Route } from '../route.ts';

export const CONNECTION_ROUTES: readonly Route[] = [
  { path: '/api/connections', audience: 'user', get: listConnections },
  { path: '/api/connections/:connection', audience: 'own', get: showConnection, delete: closeConnection },
  { path: '/api/connections/username/:user', audience: 'own', get: listOfUser, delete: closeOfUser },
  { path: '/api/connections/:connection/channels', audience: 'own', get: listOfConnection },
  { path: '/api/vhosts/:vhost/connections', audience: 'vhost', get: listConnections },
  { path: '/api/channels', audience: 'user', get: listChannels },
  { path: '/api/channels/:channel', audience: 'own', get: showChannel },
  { path: '/api/vhosts/:vhost/channels', audience: 'vhost', get: listChannels },
  { path: '/api/consumers', audience: 'user', get: listConsumers },
  { path: '/api/consumers/:vhost', audience: 'user', get: listConsumers },
];

/** Those that the user may see, in the virtual host of the path if there is one. */
function visible(management: Management, request: ManagementRequest): BrokerConnection[] {
  const vhost = 'vhost' in request.parameters ? vhostOf(management, request) : undefined;
  const { who } = request;
  return [...openConnections(management.broker.connections)].filter(
    (connection) =>
      (vhost === undefined || connection.vhost === vhost) && (isMonitor(who) || connection.user.name === who.name),
  );
}

function listConnections(management: Management, request: ManagementRequest): Reply {
  const describe = request.query.get('disable_stats') === 'true' ? connectionSummary : connectionJson;
  const telling = {
    brief: (connection: BrokerConnection) => connectionSummary(management, connection),
    full: (connection: BrokerConnection) => describe(management, connection),
  };
  return json(listSubjects(visible(management, request), telling, request.query, { pages: true }));
}

function listOfUser(management: Management, request: ManagementRequest): Reply {
  const user = request.parameter('user');
  assertOwn(request.who, user, false);
  const connections = visible(management, request).filter((connection) => connection.user.name === user);
  const rows = connections.map((connection) => connectionSummary(management, connection));
  return json(list(rows, request.query, { pages: true }));
}

function showConnection(management: Management, request: ManagementRequest): Reply {
  const connection = connectionOf(management, request);
  assertOwn(request.who, connection.user.name, false);
  return json(selectColumns(connectionJson(management, connection), request.query));
}

const REASON = 'Closed via management plugin';

function forceClose(connection: BrokerConnection, { message }: ManagementRequest): void {
  const reason = message.headers['x-reason'];
  connection.close(320, `CONNECTION_FORCED - ${typeof reason === 'string' && reason !== '' ? reason : REASON}`);
}

function closeConnection(management: Management, request: ManagementRequest): Reply {
  const connection = connectionOf(management, request);
  assertOwn(request.who, connection.user.name, true);
  forceClose(connection, request);
  return noContent();
}

function closeOfUser({ broker }: Management, request: ManagementRequest): Reply {
  const user = request.parameter('user');
  assertOwn(request.who, user, true);
  for (const connection of [...openConnections(broker.connections)]) {
    if (connection.user.name === user) forceClose(connection, request);
  }
  return noContent();
}

function assertStats(query: URLSearchParams): void {
  if (query.get('disable_stats') === 'true') throw badRequest('Stats in management UI are disabled on this node');
}

function listChannels(management: Management, request: ManagementRequest): Reply {
  assertStats(request.query);
  const telling = {
    brief: (channel: Channel) => channelSummary(channel),
    full: (channel: Channel) => channelJson(management, channel),
  };
  const channels = [...openChannels(visible(management, request))];
  return json(listSubjects(channels, telling, request.query, { pages: true }));
}

function listOfConnection(management: Management, request: ManagementRequest): Reply {
  const connection = connectionOf(management, request);
  assertOwn(request.who, connection.user.name, false);
  const rows = [...connection.channels.values()].map((channel) => channelJson(management, channel));
  return json(list(rows, request.query));
}

function showChannel(management: Management, request: ManagementRequest): Reply {
  const channel = channelOf(management, request);
  assertOwn(request.who, channel.connection.user.name, false);
  return json(selectColumns(channelDetailJson(management, channel), request.query));
}

function listConsumers(management: Management, request: ManagementRequest): Reply {
  assertStats(request.query);
  if ('vhost' in request.parameters && !management.broker.vhosts.has(request.parameter('vhost'))) throw notThere();
  const rows = [...openChannels(visible(management, request))].flatMap((channel) =>
    [...channel.consumers.values()].map((consumer) => consumerJson(management, consumer)),
  );
  return json(list(rows, request.query));
}
