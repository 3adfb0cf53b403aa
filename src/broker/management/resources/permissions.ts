// Permissions and topic permissions of users on virtual hosts. Counterpart: users.ts.

import type { PermissionRecord, TopicPermissionRecord } from '../../access/permission.ts';
import { badRequest, notThere } from '../http-error.ts';
import { list, type Row, selectColumns } from '../listing.ts';
import { userOf, vhostOf } from '../lookup.ts';
import type { Management } from '../management.ts';
import { requireKeys } from '../request-body.ts';
import { created, json, type ManagementRequest, noContent, type Reply, type Route } from '../route.ts';
import { setting } from '../settings.ts';

export const PERMISSION_ROUTES: readonly Route[] = [
  { path: '/api/users/:user/permissions', audience: 'administrator', get: listOfUser },
  { path: '/api/users/:user/topic-permissions', audience: 'administrator', get: listTopicsOfUser },
  { path: '/api/vhosts/:vhost/permissions', audience: 'administrator', get: listOfVhost },
  { path: '/api/vhosts/:vhost/topic-permissions', audience: 'administrator', get: listTopicsOfVhost },
  { path: '/api/permissions', audience: 'administrator', get: listPermissions },
  {
    path: '/api/permissions/:vhost/:user',
    audience: 'administrator',
    get: showPermission,
    put: putPermission,
    delete: deletePermission,
  },
  { path: '/api/topic-permissions', audience: 'administrator', get: listTopics },
  {
    path: '/api/topic-permissions/:vhost/:user',
    audience: 'administrator',
    get: showTopics,
    put: putTopic,
    delete: deleteTopics,
  },
  {
    path: '/api/topic-permissions/:vhost/:user/:exchange',
    audience: 'administrator',
    get: showTopics,
    delete: deleteTopics,
  },
];

const ORDER = { order: ['vhost', 'user'] };

function permissionJson({ user, vhost, configure, write, read }: PermissionRecord): Row {
  return { user, vhost, configure, write, read };
}

function topicJson({ user, vhost, exchange, write, read }: TopicPermissionRecord): Row {
  return { user, vhost, exchange, write, read };
}

function permissionsReply(records: readonly PermissionRecord[], { query }: ManagementRequest): Reply {
  return json(list(records.map(permissionJson), query, ORDER));
}

function topicsReply(records: readonly TopicPermissionRecord[], { query }: ManagementRequest): Reply {
  return json(list(records.map(topicJson), query, ORDER));
}

function listPermissions({ broker }: Management, request: ManagementRequest): Reply {
  return permissionsReply(broker.access.permissions(), request);
}

function listOfUser(management: Management, request: ManagementRequest): Reply {
  const { name } = userOf(management, request);
  return permissionsReply(
    management.broker.access.permissions().filter(({ user }) => user === name),
    request,
  );
}

function listOfVhost(management: Management, request: ManagementRequest): Reply {
  const { name } = vhostOf(management, request);
  return permissionsReply(
    management.broker.access.permissions().filter(({ vhost }) => vhost === name),
    request,
  );
}

function listTopics({ broker }: Management, request: ManagementRequest): Reply {
  return topicsReply(broker.access.topicPermissions(), request);
}

function listTopicsOfUser(management: Management, request: ManagementRequest): Reply {
  const { name } = userOf(management, request);
  return topicsReply(
    management.broker.access.topicPermissions().filter(({ user }) => user === name),
    request,
  );
}

function listTopicsOfVhost(management: Management, request: ManagementRequest): Reply {
  const { name } = vhostOf(management, request);
  return topicsReply(
    management.broker.access.topicPermissions().filter(({ vhost }) => vhost === name),
    request,
  );
}

/** Throws HttpError 404. */
function permissionOf({ broker }: Management, request: ManagementRequest): PermissionRecord {
  const found = broker.access.permissionsOf(request.parameter('user'), request.parameter('vhost'));
  if (!found) throw notThere();
  return found;
}

function showPermission(management: Management, request: ManagementRequest): Reply {
  return json(selectColumns(permissionJson(permissionOf(management, request)), request.query));
}

/** Throws HttpError 400. */
function assertUserAndVhost({ broker }: Management, request: ManagementRequest): { user: string; vhost: string } {
  const user = request.parameter('user');
  const vhost = request.parameter('vhost');
  if (!broker.access.users.has(user) || !broker.vhosts.has(vhost)) throw badRequest('vhost_or_user_not_found');
  return { user, vhost };
}

async function putPermission(management: Management, request: ManagementRequest): Promise<Reply> {
  const { access } = management.broker;
  const { user, vhost } = assertUserAndVhost(management, request);
  const existed = access.permissionsOf(user, vhost) !== undefined;
  const body = await request.object();
  requireKeys(body, ['configure', 'write', 'read']);
  const record = {
    user,
    vhost,
    configure: String(body['configure']),
    write: String(body['write']),
    read: String(body['read']),
  };
  setting(() => access.setPermissions(record));
  return existed ? noContent() : created();
}

function deletePermission(management: Management, request: ManagementRequest): Reply {
  const { user, vhost } = permissionOf(management, request);
  management.broker.access.clearPermissions(user, vhost);
  return noContent();
}

/** Throws HttpError 404 if there are none. */
function topicsOf({ broker }: Management, request: ManagementRequest): TopicPermissionRecord[] {
  const found = broker.access.topicPermissionsOf(request.parameter('user'), request.parameter('vhost'));
  if (found.length === 0) throw notThere();
  return found;
}

function showTopics(management: Management, request: ManagementRequest): Reply {
  return json(topicsOf(management, request).map(topicJson));
}

async function putTopic(management: Management, request: ManagementRequest): Promise<Reply> {
  const { access } = management.broker;
  const { user, vhost } = assertUserAndVhost(management, request);
  const existed = access.topicPermissionsOf(user, vhost).length > 0;
  const body = await request.object();
  requireKeys(body, ['exchange', 'write', 'read']);
  const record = {
    user,
    vhost,
    exchange: String(body['exchange']),
    write: String(body['write']),
    read: String(body['read']),
  };
  setting(() => access.setTopicPermissions(record));
  return existed ? noContent() : created();
}

function deleteTopics(management: Management, request: ManagementRequest): Reply {
  topicsOf(management, request);
  const exchange = request.parameters['exchange'];
  management.broker.access.clearTopicPermissions(request.parameter('user'), request.parameter('vhost'), exchange);
  return noContent();
}
