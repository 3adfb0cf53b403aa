// Users, their permissions and topic permissions, and their limits.

import { HASHING_ALGORITHMS, type HashingAlgorithm } from '../../access/password.ts';
import type { PermissionRecord, TopicPermissionRecord } from '../../access/permission.ts';
import { USER_LIMITS, type User, type UserLimit, type UserSetting } from '../../access/user.ts';
import { isJsonArray } from '../../definitions/exact-json.ts';
import { badRequest, notThere } from '../http-error.ts';
import { userJson } from '../json/setting-json.ts';
import { list, type Row, selectColumns } from '../listing.ts';
import { vhostOf } from '../lookup.ts';
import type { Management } from '../management.ts';
import { type JsonObject, requireKeys } from '../request-body.ts';
import { created, json, type ManagementRequest, noContent, type Reply, type Route } from '../route.ts';
import { setting } from '../settings.ts';

export const USER_ROUTES: readonly Route[] = [
  { path: '/api/users/bulk-delete', audience: 'administrator', post: deleteUsers },
  { path: '/api/users/without-permissions', audience: 'administrator', get: listWithoutPermissions },
  { path: '/api/users', audience: 'administrator', get: listUsers },
  { path: '/api/users/:user', audience: 'administrator', get: showUser, put: putUser, delete: deleteUser },
  { path: '/api/user-limits', audience: 'visible-vhost', get: listLimits },
  { path: '/api/user-limits/:user', audience: 'visible-vhost', get: listLimits },
  { path: '/api/user-limits/:user/:name', audience: 'administrator', put: putLimit, delete: deleteLimit },
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

/** Throws HttpError 404. */
function userOf({ broker }: Management, request: ManagementRequest): User {
  const user = broker.access.users.get(request.parameter('user'));
  if (!user) throw notThere();
  return user;
}

function listUsers({ broker }: Management, { query }: ManagementRequest): Reply {
  return json(list([...broker.access.users.values()].map(userJson), query));
}

function listWithoutPermissions({ broker }: Management, { query }: ManagementRequest): Reply {
  const known = new Set(broker.access.permissions().map(({ user }) => user));
  const users = [...broker.access.users.values()].filter(({ name }) => !known.has(name));
  return json(list(users.map(userJson), query));
}

function showUser(management: Management, request: ManagementRequest): Reply {
  return json(selectColumns(userJson(userOf(management, request)), request.query));
}

async function putUser({ broker }: Management, request: ManagementRequest): Promise<Reply> {
  const name = request.parameter('user');
  const existed = broker.access.users.has(name);
  const user = userSetting(name, await request.object());
  setting(() => broker.access.putUser(user));
  return existed ? noContent() : created();
}

function userSetting(name: string, body: JsonObject): UserSetting {
  const { password, password_hash: passwordHash } = body;
  if (body['tags'] === undefined) throw badRequest('tags_not_present');
  if (passwordHash !== undefined && !isBase64(passwordHash)) throw badRequest(['not_base64', passwordHash]);
  return {
    name,
    tags: tagsOf(body['tags']),
    ...(password !== undefined && { password: String(password) }),
    ...(passwordHash !== undefined && { passwordHash: String(passwordHash) }),
    ...hashingOf(body['hashing_algorithm']),
  };
}

function isBase64(value: JsonObject[string]): boolean {
  return typeof value === 'string' && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
}

function tagsOf(value: JsonObject[string] | undefined): string[] {
  const tags = isJsonArray(value) ? value.map(String) : String(value).split(',');
  return tags.map((tag) => tag.trim()).filter((tag) => tag !== '');
}

/** One that nobody knows counts as the default. */
function hashingOf(value: JsonObject[string] | undefined): { hashingAlgorithm?: HashingAlgorithm } {
  const known = HASHING_ALGORITHMS.find((algorithm) => algorithm === value);
  return known === undefined ? {} : { hashingAlgorithm: known };
}

function deleteUser(management: Management, request: ManagementRequest): Reply {
  const { name } = userOf(management, request);
  management.broker.access.deleteUser(name);
  return noContent();
}

async function deleteUsers({ broker }: Management, request: ManagementRequest): Promise<Reply> {
  const body = await request.object();
  requireKeys(body, ['users']);
  const { users } = body;
  if (!isJsonArray(users)) throw badRequest('users_not_a_list');
  for (const name of users) {
    if (broker.access.users.has(String(name))) broker.access.deleteUser(String(name));
  }
  return noContent();
}

function listLimits(management: Management, request: ManagementRequest): Reply {
  const all = [...management.broker.access.users.values()];
  const users = 'user' in request.parameters ? [userOf(management, request)] : all;
  const rows = users
    .filter(({ limits }) => Object.keys(limits).length > 0)
    .map(({ name, limits }): Row => ({ user: name, value: { ...limits } as Record<string, number> }));
  return json(list(rows, request.query, { order: [] }));
}

async function putLimit(management: Management, request: ManagementRequest): Promise<Reply> {
  const { name } = userOf(management, request);
  const body = await request.object();
  requireKeys(body, ['value']);
  const limits = { [request.parameter('name')]: body['value'] };
  setting(() => management.broker.access.setUserLimits(name, limits as never));
  return noContent();
}

function deleteLimit(management: Management, request: ManagementRequest): Reply {
  const { name } = userOf(management, request);
  const limit = request.parameter('name');
  if ((USER_LIMITS as readonly string[]).includes(limit)) {
    management.broker.access.clearUserLimits(name, limit as UserLimit);
  }
  return noContent();
}

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
