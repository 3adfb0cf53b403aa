// Who may log in and what for: users, permissions, topic permissions, kept in memory and told to whoever stores them.
// Counterpart: permits.ts, which answers for one connection. Invariant: `version` grows with each change, so that answers
// may be remembered as long as it stands still.

import { randomBytes } from 'node:crypto';
import { NO_METHOD, ReplyError } from '../reply-error.ts';
import { DEFAULT_HASHING, hashPassword, passwordFits, SALT_LENGTH } from './password.ts';
import {
  checkTopicPermission,
  compilePermission,
  type Permission,
  type PermissionRecord,
  type TopicPermissionRecord,
} from './permission.ts';
import { SettingError } from './setting-error.ts';
import { checkUserLimits, makeUser, type User, type UserLimit, type UserLimits, type UserSetting } from './user.ts';

/** The kinds of entities that are told to `changed` and come back through `restore`. */
export type AccessKind = 'user' | 'permission' | 'topic-permission';

export interface AccessOptions {
  /** Whether a virtual host of that name exists. */
  readonly hasVhost: (name: string) => boolean;
  /** Users who may connect from this machine only. */
  readonly loopbackUsers?: readonly string[];
  /** Four random bytes. */
  readonly salt?: () => Uint8Array;
}

/** The user, or why not: a text for the log, not for the client. */
export type Login =
  | { readonly user: User; readonly refused?: undefined }
  | { readonly user?: undefined; readonly refused: string };

/** Hashed when there is no such user, so that answering takes as long. */
const NOBODY = hashPassword('', Buffer.alloc(SALT_LENGTH), DEFAULT_HASHING);

export class Access {
  /** Called after each change, with the entity as plain data, or undefined once it is gone. */
  changed: ((kind: AccessKind, key: string, value: unknown) => void) | undefined;
  readonly #users = new Map<string, User>();
  readonly #permissions = new Map<string, Permission>();
  readonly #topicPermissions = new Map<string, TopicPermissionRecord>();
  readonly #hasVhost: (name: string) => boolean;
  readonly #loopbackUsers: readonly string[];
  readonly #salt: () => Uint8Array;
  #version = 1;

  constructor(options: AccessOptions) {
    this.#hasVhost = options.hasVhost;
    this.#loopbackUsers = options.loopbackUsers ?? ['guest'];
    this.#salt = options.salt ?? (() => randomBytes(SALT_LENGTH));
  }

  get version(): number {
    return this.#version;
  }

  get users(): ReadonlyMap<string, User> {
    return this.#users;
  }

  /** What a new RabbitMQ has: guest with password guest, an administrator with all permissions in `/`. */
  addDefaults(): void {
    this.putUser({ name: 'guest', password: 'guest', tags: ['administrator'] });
    this.setPermissions({ user: 'guest', vhost: '/', configure: '.*', write: '.*', read: '.*' });
  }

  /** Takes back what `changed` told. Throws SettingError. */
  restore(kind: AccessKind, value: unknown): void {
    if (kind === 'user') this.#users.set((value as User).name, value as User);
    else if (kind === 'permission') this.#restorePermission(value as PermissionRecord);
    else this.#topicPermissions.set(topicKey(value as TopicPermissionRecord), value as TopicPermissionRecord);
    this.#version++;
  }

  // ---- logging in

  authenticate(name: string, password: string | Uint8Array): Login {
    if (password.length === 0) return { refused: `user '${name}' attempted to log in with a blank password` };
    const user = this.#users.get(name);
    const fits = passwordFits(password, user?.passwordHash ?? NOBODY, user?.hashingAlgorithm ?? DEFAULT_HASHING);
    return user !== undefined && fits ? { user } : refusal(name);
  }

  /** For who is known by a certificate (EXTERNAL). */
  authenticateByName(name: string): Login {
    const user = this.#users.get(name);
    return user === undefined ? refusal(name) : { user };
  }

  isLoopbackOnly(name: string): boolean {
    return this.#loopbackUsers.includes(name);
  }

  /** Throws ReplyError 530. RabbitMQ asks in this order: this, connection limits, access. */
  checkVhostExists(vhost: string): void {
    if (!this.#hasVhost(vhost)) throw new ReplyError(530, `vhost ${vhost} not found`);
  }

  /** Throws ReplyError 530, also where there is no such virtual host. */
  checkVhostAccess(user: string, vhost: string): void {
    if (this.#hasVhost(vhost) && this.#permissions.has(pairKey(user, vhost))) return;
    throw new ReplyError(530, `access to vhost '${vhost}' refused for user '${user}'`);
  }

  /** `open`: how many connections the user has already. Throws ReplyError 530. */
  checkUserConnectionLimit(user: string, open: number): void {
    const limit = this.#limit(user, 'max-connections');
    if (open < limit) return;
    throw new ReplyError(530, `connection refused for user '${user}': user connection limit (${limit}) is reached`);
  }

  /** `open`: how many channels the user has already, over all connections. Throws ReplyError 530. */
  checkUserChannelLimit(user: string, open: number): void {
    const limit = this.#limit(user, 'max-channels');
    if (open < limit) return;
    const most = `the maximum allowed user limit of (${limit})`;
    const reason = `number of channels opened for user '${user}' has reached ${most}`;
    throw new ReplyError(530, reason, 'connection', NO_METHOD);
  }

  /** Whether it matters how many channels the user has open. */
  limitsChannels(user: string): boolean {
    return this.#limit(user, 'max-channels') !== Number.POSITIVE_INFINITY;
  }

  /** `claimed`: a message's user-id property. Throws ReplyError 406. */
  checkUserId(user: string, claimed: string): void {
    if (claimed === user || this.#users.get(user)?.tags.includes('impersonator') === true) return;
    throw new ReplyError(406, `user_id property set to '${claimed}' but authenticated user was '${user}'`);
  }

  // ---- users

  /** Makes a user or changes one: password, tags; limits are added. Throws SettingError. */
  putUser(setting: UserSetting): void {
    this.#storeUser(makeUser(setting, this.#users.get(setting.name), this.#salt));
  }

  changePassword(name: string, password: string): void {
    const passwordHash = hashPassword(password, this.#salt(), DEFAULT_HASHING);
    this.#storeUser({ ...this.#user(name), passwordHash, hashingAlgorithm: DEFAULT_HASHING });
  }

  clearPassword(name: string): void {
    this.#storeUser({ ...this.#user(name), passwordHash: '' });
  }

  setTags(name: string, tags: readonly string[]): void {
    this.#storeUser({ ...this.#user(name), tags: [...tags] });
  }

  setUserLimits(name: string, limits: UserLimits): void {
    checkUserLimits(limits);
    const user = this.#user(name);
    this.#storeUser({ ...user, limits: { ...user.limits, ...limits } });
  }

  clearUserLimits(name: string, limit: UserLimit | 'all'): void {
    const user = this.#user(name);
    const kept = Object.entries(user.limits).filter(([key]) => limit !== 'all' && key !== limit);
    this.#storeUser({ ...user, limits: Object.fromEntries(kept) });
  }

  /** With all permissions. Throws SettingError if there is none. */
  deleteUser(name: string): void {
    this.#user(name);
    this.#forget((record) => record.user === name);
    this.#users.delete(name);
    this.#tell('user', name, undefined);
  }

  // ---- permissions

  /** Throws SettingError: no such user, no such virtual host, an invalid regular expression. */
  setPermissions(record: PermissionRecord): void {
    const permission = compilePermission(record);
    this.#checkUserAndVhost(record);
    this.#permissions.set(pairKey(record.user, record.vhost), permission);
    this.#tell('permission', pairKey(record.user, record.vhost), record);
  }

  clearPermissions(user: string, vhost: string): void {
    this.#checkUserAndVhost({ user, vhost });
    const key = pairKey(user, vhost);
    if (this.#permissions.delete(key)) this.#tell('permission', key, undefined);
  }

  permissions(): PermissionRecord[] {
    return [...this.#permissions.values()].map(({ record }) => record);
  }

  /** With patterns compiled; undefined: the user may not use the virtual host. */
  compiledPermissions(user: string, vhost: string): Permission | undefined {
    return this.#permissions.get(pairKey(user, vhost));
  }

  permissionsOf(user: string, vhost: string): PermissionRecord | undefined {
    return this.compiledPermissions(user, vhost)?.record;
  }

  /** Throws SettingError as setPermissions does. */
  setTopicPermissions(record: TopicPermissionRecord): void {
    checkTopicPermission(record);
    this.#checkUserAndVhost(record);
    this.#topicPermissions.set(topicKey(record), record);
    this.#tell('topic-permission', topicKey(record), record);
  }

  /** Of one exchange, or of all in the virtual host. */
  clearTopicPermissions(user: string, vhost: string, exchange?: string): void {
    this.#checkUserAndVhost({ user, vhost });
    for (const record of this.topicPermissionsOf(user, vhost)) {
      if (exchange === undefined || record.exchange === exchange) this.#forgetTopicPermission(record);
    }
  }

  topicPermissions(): TopicPermissionRecord[] {
    return [...this.#topicPermissions.values()];
  }

  topicPermissionsOf(user: string, vhost: string): TopicPermissionRecord[] {
    return this.topicPermissions().filter((record) => record.user === user && record.vhost === vhost);
  }

  /** The virtual host is deleted: so are the permissions in it. */
  forgetVhost(vhost: string): void {
    this.#forget((record) => record.vhost === vhost);
  }

  #forget(isGone: (record: { readonly user: string; readonly vhost: string }) => boolean): void {
    for (const [key, { record }] of [...this.#permissions]) {
      if (!isGone(record)) continue;
      this.#permissions.delete(key);
      this.#tell('permission', key, undefined);
    }
    for (const record of this.topicPermissions()) if (isGone(record)) this.#forgetTopicPermission(record);
  }

  #forgetTopicPermission(record: TopicPermissionRecord): void {
    this.#topicPermissions.delete(topicKey(record));
    this.#tell('topic-permission', topicKey(record), undefined);
  }

  #restorePermission(record: PermissionRecord): void {
    this.#permissions.set(pairKey(record.user, record.vhost), compilePermission(record));
  }

  #storeUser(user: User): void {
    this.#users.set(user.name, user);
    this.#tell('user', user.name, user);
  }

  #user(name: string): User {
    const user = this.#users.get(name);
    if (user === undefined) throw new SettingError(`User ${name} does not exist`);
    return user;
  }

  #checkUserAndVhost({ user, vhost }: { readonly user: string; readonly vhost: string }): void {
    this.#user(user);
    if (!this.#hasVhost(vhost)) throw new SettingError(`Virtual host ${vhost} does not exist`);
  }

  /** A negative limit is none. */
  #limit(user: string, name: UserLimit): number {
    const limit = this.#users.get(user)?.limits[name] ?? -1;
    return limit < 0 ? Number.POSITIVE_INFINITY : limit;
  }

  #tell(kind: AccessKind, key: string, value: unknown): void {
    this.#version++;
    this.changed?.(kind, key, value);
  }
}

function refusal(name: string): Login {
  return { refused: `user '${name}' - invalid credentials` };
}

function pairKey(user: string, vhost: string): string {
  return `${user}\0${vhost}`;
}

function topicKey({ user, vhost, exchange }: TopicPermissionRecord): string {
  return `${pairKey(user, vhost)}\0${exchange}`;
}
