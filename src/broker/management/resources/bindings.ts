// Bindings: list, look, bind, unbind.

import { asClient } from '../as-client.ts';
import { notThere } from '../http-error.ts';
import { type BindingView, bindingJson, bindingsOf, propertiesKey } from '../json/binding-json.ts';
import { list, selectColumns } from '../listing.ts';
import { exchangeName, vhostOf, vhostsListed, vhostToChange } from '../lookup.ts';
import type { Management } from '../management.ts';
import { created, json, type ManagementRequest, noContent, type Reply, type Route } from '../route.ts';
import { tableField } from '../table-field.ts';

export const BINDING_ROUTES: readonly Route[] = [
  { path: '/api/bindings', audience: 'vhost', get: listBindings },
  { path: '/api/bindings/:vhost', audience: 'vhost', get: listBindings },
  {
    path: '/api/bindings/:vhost/e/:source/:kind/:destination',
    audience: 'vhost',
    get: listBetween,
    post: bind,
  },
  {
    path: '/api/bindings/:vhost/e/:source/:kind/:destination/:properties',
    audience: 'vhost',
    get: showBinding,
    delete: unbind,
  },
  { path: '/api/exchanges/:vhost/:exchange/bindings/source', audience: 'vhost', get: listFromExchange },
  { path: '/api/exchanges/:vhost/:exchange/bindings/destination', audience: 'vhost', get: listToExchange },
  { path: '/api/queues/:vhost/:queue/bindings', audience: 'vhost', get: listToQueue },
];

const ORDER = ['vhost', 'source', 'type', 'destination', 'routing_key', 'properties_key'];

function reply(bindings: readonly BindingView[], { query }: ManagementRequest): Reply {
  return json(list(bindings.map(bindingJson), query, { order: ORDER }));
}

function listBindings(management: Management, request: ManagementRequest): Reply {
  return reply(
    vhostsListed(management, request).flatMap((vhost) => [...bindingsOf(vhost)]),
    request,
  );
}

function listBetween(management: Management, request: ManagementRequest): Reply {
  return reply(between(management, request), request);
}

function listFromExchange(management: Management, request: ManagementRequest): Reply {
  const name = exchangeName(request);
  return reply(
    [...bindingsOf(vhostOf(management, request))].filter(({ source }) => source === name),
    request,
  );
}

function listToExchange(management: Management, request: ManagementRequest): Reply {
  return reply(to(management, request, 'exchange', exchangeName(request)), request);
}

function listToQueue(management: Management, request: ManagementRequest): Reply {
  return reply(to(management, request, 'queue', request.parameter('queue')), request);
}

function to(management: Management, request: ManagementRequest, kind: Kind, name: string): BindingView[] {
  return [...bindingsOf(vhostOf(management, request))].filter(
    ({ destination }) => destination.kind === kind && destination.name === name,
  );
}

type Kind = 'queue' | 'exchange';

/** What the path names: `…/e/source/q/destination`. Throws HttpError 404. */
function ends(request: ManagementRequest): { source: string; kind: Kind; destination: string } {
  const letter = request.parameter('kind');
  if (letter !== 'q' && letter !== 'e') throw notThere();
  const kind = letter === 'q' ? 'queue' : 'exchange';
  const destination = kind === 'queue' ? request.parameter('destination') : exchangeName(request, 'destination');
  return { source: exchangeName(request, 'source'), kind, destination };
}

function between(management: Management, request: ManagementRequest): BindingView[] {
  const { source, kind, destination } = ends(request);
  return to(management, request, kind, destination).filter((binding) => binding.source === source);
}

/** The binding of that key. Throws HttpError 404. */
function bindingOf(management: Management, request: ManagementRequest): BindingView {
  const key = request.parameter('properties');
  const found = between(management, request).find(
    ({ routingKey, arguments: table }) =>
      propertiesKey(routingKey, table) === key ||
      (table.length === 0 && routingKey !== '' && routingKey === unquote(key)),
  );
  if (!found) throw notThere();
  return found;
}

function unquote(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}

function showBinding(management: Management, request: ManagementRequest): Reply {
  return json(selectColumns(bindingJson(bindingOf(management, request)), request.query));
}

async function bind(management: Management, request: ManagementRequest): Promise<Reply> {
  const { source, kind, destination } = ends(request);
  const vhost = vhostToChange(management, request);
  const body = await request.object();
  const routingKey = String(body['routing_key'] ?? '');
  const table = tableField(body, 'arguments');
  const common = { routing_key: routingKey, arguments: table, nowait: false };
  await asClient(management, request, vhost.name, async (channel) =>
    kind === 'queue'
      ? await channel.call('queue.bind', { ...common, queue: destination, exchange: source })
      : await channel.call('exchange.bind', { ...common, destination, source }),
  );
  return created(`${encode(request.parameter('destination'))}/${encode(propertiesKey(routingKey, table))}`);
}

async function unbind(management: Management, request: ManagementRequest): Promise<Reply> {
  const { source, kind, destination } = ends(request);
  const { vhost, routingKey, arguments: table } = bindingOf(management, request);
  const common = { routing_key: routingKey, arguments: table };
  await asClient(management, request, vhost, async (channel) =>
    kind === 'queue'
      ? await channel.call('queue.unbind', { ...common, queue: destination, exchange: source })
      : await channel.call('exchange.unbind', { ...common, destination, source, nowait: false }),
  );
  return noContent();
}

function encode(segment: string): string {
  return encodeURIComponent(segment);
}
