// Virtual hosts and their limits.

import { isJsonArray } from '../../definitions/exact-json.ts';
import { clearVhostLimit, setVhostLimit, type VhostLimit, vhostLimits } from '../../policy/vhost-limits.ts';
import { visibleVhosts } from '../authorization.ts';
import { vhostJson } from '../json/vhost-json.ts';
import { list, type Row, selectColumns } from '../listing.ts';
import { vhostOf, vhostToChange } from '../lookup.ts';
import type { Management } from '../management.ts';
import { booleanField, requireKeys } from '../request-body.ts';
import { created, json, type ManagementRequest, noContent, type Reply, type Route } from '../route.ts';
import { setting } from '../settings.ts';

export const VHOST_ROUTES: readonly Route[] = [
  { path: '/api/vhosts', audience: 'user', get: listVhosts },
  { path: '/api/vhosts/:vhost', audience: 'administrator', get: showVhost, put: putVhost, delete: deleteVhost },
  { path: '/api/vhosts/:vhost/start/:node', audience: 'administrator', post: startVhost },
  { path: '/api/vhost-limits', audience: 'visible-vhost', get: listLimits },
  { path: '/api/vhost-limits/:vhost', audience: 'visible-vhost', get: listLimits },
  { path: '/api/vhost-limits/:vhost/:name', audience: 'administrator', put: putLimit, delete: deleteLimit },
];

function listVhosts(management: Management, { who, query }: ManagementRequest): Reply {
  const { broker } = management;
  const rows = visibleVhosts(broker, who).map((name) => vhostJson(management, broker.vhosts.get(name)!));
  return json(list(rows, query, { order: ['name'], pages: true }));
}

function showVhost(management: Management, request: ManagementRequest): Reply {
  return json(selectColumns(vhostJson(management, vhostOf(management, request)), request.query));
}

async function putVhost({ broker }: Management, request: ManagementRequest): Promise<Reply> {
  const name = request.parameter('vhost');
  const existed = broker.vhosts.has(name);
  const body = await request.object();
  // There is nothing to trace with; what is asked for must still be a truth value.
  booleanField(body, 'tracing');
  const { description = '', tags = '', defaultqueuetype: type } = body;
  broker.addVhost(name, {
    description: String(description),
    tags: isJsonArray(tags)
      ? tags.map(String)
      : String(tags)
          .split(',')
          .filter((tag) => tag !== ''),
    ...(typeof type === 'string' && { defaultQueueType: type }),
  });
  if (existed) return noContent();
  // Who makes it may use it.
  broker.access.setPermissions({ user: request.who.name, vhost: name, configure: '.*', write: '.*', read: '.*' });
  return created();
}

function deleteVhost(management: Management, request: ManagementRequest): Reply {
  const { name } = vhostOf(management, request);
  management.broker.deleteVhost(name);
  return noContent();
}

/** They are always running. */
function startVhost(management: Management, request: ManagementRequest): Reply {
  vhostOf(management, request);
  return noContent();
}

function listLimits(management: Management, request: ManagementRequest): Reply {
  const { broker } = management;
  const names =
    'vhost' in request.parameters ? [vhostOf(management, request).name] : visibleVhosts(broker, request.who);
  const rows = names
    .map((vhost): Row => ({ vhost, value: { ...vhostLimits(broker.parameters, vhost) } as Record<string, number> }))
    .filter(({ value }) => Object.keys(value as object).length > 0);
  return json(list(rows, request.query, { order: [] }));
}

async function putLimit(management: Management, request: ManagementRequest): Promise<Reply> {
  const { name: vhost } = vhostToChange(management, request);
  const body = await request.object();
  requireKeys(body, ['value']);
  setting(() => setVhostLimit(management.broker.parameters, vhost, request.parameter('name'), body['value']));
  return noContent();
}

function deleteLimit(management: Management, request: ManagementRequest): Reply {
  const { name: vhost } = vhostToChange(management, request);
  clearVhostLimit(management.broker.parameters, vhost, request.parameter('name') as VhostLimit);
  return noContent();
}
