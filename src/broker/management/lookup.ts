// What a request's path names: virtual hosts, queues, exchanges, users, connections, channels. What is not there is a 404.

import type { User } from '../access/user.ts';
import type { Channel } from '../channel/channel.ts';
import type { BrokerConnection } from '../connection/connection.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Queue } from '../queue/queue.ts';
import type { VirtualHost } from '../virtual-host.ts';
import { listedVhosts } from './authorization.ts';
import { notFound, notThere } from './http-error.ts';
import { channelName } from './json/channel-json.ts';
import { openChannels, openConnections } from './json/totals.ts';
import type { Management } from './management.ts';
import type { ManagementRequest } from './route.ts';

/** How the default exchange is called in paths. */
const DEFAULT_EXCHANGE = 'amq.default';

/** Throws HttpError 404. */
export function vhostOf({ broker }: Management, request: ManagementRequest): VirtualHost {
  const vhost = broker.vhosts.get(request.parameter('vhost'));
  if (!vhost) throw notThere();
  return vhost;
}

/** For what is made there: RabbitMQ then says what is missing. Throws HttpError 404. */
export function vhostToChange({ broker }: Management, request: ManagementRequest): VirtualHost {
  const vhost = broker.vhosts.get(request.parameter('vhost'));
  if (!vhost) throw notFound('vhost_not_found');
  return vhost;
}

/** The one in the path, or else all that the user may list. Throws HttpError 404. */
export function vhostsListed(management: Management, request: ManagementRequest): readonly VirtualHost[] {
  const { broker } = management;
  const names = listedVhosts(broker, request.who);
  if ('vhost' in request.parameters) return [vhostOf(management, request)].filter(({ name }) => names.includes(name));
  return names.map((name) => broker.vhosts.get(name)!);
}

export function exchangeName(request: ManagementRequest, parameter = 'exchange'): string {
  const name = request.parameter(parameter);
  return name === DEFAULT_EXCHANGE ? '' : name;
}

/** Throws HttpError 404. */
export function exchangeOf(management: Management, request: ManagementRequest): Exchange {
  const exchange = vhostOf(management, request).exchanges.get(exchangeName(request));
  if (!exchange) throw notThere();
  return exchange;
}

/** Throws HttpError 404. */
export function queueOf(management: Management, request: ManagementRequest): Queue {
  const queue = vhostOf(management, request).queues.get(request.parameter('queue'));
  if (!queue) throw notThere();
  return queue;
}

/** Throws HttpError 404. */
export function userOf({ broker }: Management, request: ManagementRequest): User {
  const user = broker.access.users.get(request.parameter('user'));
  if (!user) throw notThere();
  return user;
}

/** Throws HttpError 404. */
export function connectionOf({ broker }: Management, request: ManagementRequest): BrokerConnection {
  for (const connection of openConnections(broker.connections)) {
    if (connection.name === request.parameter('connection')) return connection;
  }
  throw notThere();
}

/** Throws HttpError 404. */
export function channelOf({ broker }: Management, request: ManagementRequest): Channel {
  for (const channel of openChannels(broker.connections)) {
    if (channelName(channel) === request.parameter('channel')) return channel;
  }
  throw notThere();
}
