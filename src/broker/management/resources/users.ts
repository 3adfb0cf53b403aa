// Users and their limits. Counterpart: permissions.ts.

import { HASHING_ALGORITHMS, type HashingAlgorithm } from '../../access/password.ts';
import { USER_LIMITS, type UserLimit, type UserSetting } from '../../access/user.ts';
import { isJsonArray } from '../../definitions/exact-json.ts';
import { badRequest } from '../http-error.ts';
import { userJson } from '../json/setting-json.ts';
import { list, type Row, selectColumns } from '../listing.ts';
import { userOf } from '../lookup.ts';
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
];

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
