// What the user of one connection may do in its virtual host: the answers on the way of each message, so remembered.
// Counterpart: access.ts, whose version tells when to forget. Only what was granted is remembered, up to a bound, since a
// refusal closes the channel anyway.

import { ReplyError } from '../reply-error.ts';
import type { Access } from './access.ts';
import type { Pattern } from './pattern.ts';
import { expandTopicPattern, type PermissionName, type TopicPermissionRecord } from './permission.ts';

/** Names remembered for each permission. Server-named queues would fill it for ever. */
const MOST_NAMES = 1024;

interface TopicPatterns {
  readonly write: Pattern | undefined;
  readonly read: Pattern | undefined;
}

export class Permits {
  readonly #access: Access;
  readonly #user: string;
  readonly #vhost: string;
  #version = 0;
  readonly #configure = new Set<string>();
  readonly #write = new Set<string>();
  readonly #read = new Set<string>();
  /** By exchange; undefined where no topic permission is set at all. */
  #topics: Map<string, TopicPatterns> | undefined;

  constructor(access: Access, user: string, vhost: string) {
    this.#access = access;
    this.#user = user;
    this.#vhost = vhost;
  }

  /** Whoever remembers an answer asks again once this has changed. */
  get version(): number {
    return this.#access.version;
  }

  /** Throws ReplyError 403. The default exchange is checked by the name `amq.default`. */
  check(permission: PermissionName, kind: 'exchange' | 'queue', name: string): void {
    if (this.#version !== this.#access.version) this.#refresh();
    const granted = permission === 'write' ? this.#write : permission === 'read' ? this.#read : this.#configure;
    const checkedName = name === '' && kind === 'exchange' ? 'amq.default' : name;
    if (granted.has(checkedName)) return;
    const patterns = this.#access.compiledPermissions(this.#user, this.#vhost)?.patterns;
    if (patterns?.[permission].matches(checkedName) !== true) {
      const what = `${kind} '${checkedName}' in vhost '${this.#vhost}'`;
      throw new ReplyError(403, `access to ${what} refused for user '${this.#user}'`);
    }
    if (granted.size === MOST_NAMES) granted.clear();
    granted.add(checkedName);
  }

  /** For exchanges of type topic. Throws ReplyError 403; all is allowed where no topic permission is set. */
  checkTopic(permission: 'write' | 'read', exchange: string, routingKey: string): void {
    if (this.#version !== this.#access.version) this.#refresh();
    const patterns = this.#topics?.get(exchange);
    if (patterns === undefined || patterns[permission]?.matches(routingKey) === true) return;
    const what = `topic '${routingKey}' in exchange '${exchange}' in vhost '${this.#vhost}'`;
    throw new ReplyError(403, `access to ${what} refused for user '${this.#user}'`);
  }

  #refresh(): void {
    this.#version = this.#access.version;
    this.#configure.clear();
    this.#write.clear();
    this.#read.clear();
    const records = this.#access.topicPermissionsOf(this.#user, this.#vhost);
    const entry = (record: TopicPermissionRecord) => [record.exchange, this.#topicPatterns(record)] as const;
    this.#topics = records.length === 0 ? undefined : new Map(records.map(entry));
  }

  #topicPatterns({ write, read }: TopicPermissionRecord): TopicPatterns {
    const variables = { username: this.#user, vhost: this.#vhost };
    return { write: expandTopicPattern(write, variables), read: expandTopicPattern(read, variables) };
  }
}
