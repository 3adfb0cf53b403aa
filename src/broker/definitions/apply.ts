// Puts definitions into a broker, in RabbitMQ's order (rabbit_definitions:apply_defs), so that each thing finds what it
// stands on. Counterpart: collect.ts. What exists stays: exchanges and queues are made only where they are missing.

import { ConfigError } from '../../errors.ts';
import { SettingError } from '../access/setting-error.ts';
import { ReplyError } from '../reply-error.ts';
import { pathInFile } from './json-object.ts';
import type {
  BindingRecord,
  Definitions,
  ExchangeRecord,
  GlobalParameterRecord,
  ParameterRecord,
  PermissionRecord,
  PolicyRecord,
  QueueRecord,
  TopicPermissionRecord,
  UserRecord,
  VhostRecord,
} from './records.ts';

/** Where definitions go: a broker. Each `put` throws ReplyError or SettingError if it cannot be. */
export interface DefinitionsTarget {
  putUser(user: UserRecord): void;
  /** Makes it or changes its description and tags. */
  putVhost(vhost: VhostRecord): void;
  putPermission(permission: PermissionRecord): void;
  putTopicPermission(permission: TopicPermissionRecord): void;
  /** Leaves an existing one as it is. */
  putExchange(exchange: ExchangeRecord): void;
  putGlobalParameter(parameter: GlobalParameterRecord): void;
  putPolicy(policy: PolicyRecord): void;
  putParameter(parameter: ParameterRecord): void;
  hasQueue(vhost: string, name: string): boolean;
  queueCount(vhost: string): number;
  /** Of the virtual host: max-queues; undefined: none. */
  queueLimit(vhost: string): number | undefined;
  /** Leaves an existing one as it is. */
  putQueue(queue: QueueRecord): void;
  /** An equal one is no error. ReplyError 404 where an end is missing. */
  putBinding(binding: BindingRecord): void;
}

/** Throws ConfigError with the path of what the target refuses; what came before it is applied. */
export function applyDefinitions(
  definitions: Definitions,
  target: DefinitionsTarget,
  options: { readonly file?: string } = {},
): void {
  const { file } = options;
  each(definitions.users, 'users', file, (user) => target.putUser(user));
  each(definitions.vhosts, 'vhosts', file, (vhost) => target.putVhost(vhost));
  checkQueueLimits(definitions.queues, target, file);
  each(definitions.permissions, 'permissions', file, (permission) => target.putPermission(permission));
  each(definitions.topicPermissions, 'topic_permissions', file, (permission) => target.putTopicPermission(permission));
  each(definitions.exchanges, 'exchanges', file, (exchange) => {
    if (!isReserved(exchange.name)) target.putExchange(exchange);
  });
  each(definitions.globalParameters, 'global_parameters', file, (parameter) => target.putGlobalParameter(parameter));
  each(definitions.policies, 'policies', file, (policy) => target.putPolicy(policy));
  each(definitions.parameters, 'parameters', file, (parameter) => target.putParameter(parameter));
  each(definitions.queues, 'queues', file, (queue) => {
    if (!isReserved(queue.name)) target.putQueue(queue);
  });
  each(definitions.bindings, 'bindings', file, (binding) => putBinding(binding, target));
}

/** RabbitMQ's own names are neither imported nor exported; nor is the default exchange. */
export function isReserved(name: string): boolean {
  return name === '' || name.startsWith('amq.');
}

function each<Item>(items: readonly Item[], name: string, file: string | undefined, put: (item: Item) => void): void {
  items.forEach((item, index) => {
    try {
      put(item);
    } catch (error) {
      if (!(error instanceof ReplyError || error instanceof SettingError)) throw error;
      throw new ConfigError(pathInFile(file, `${name}[${index}]`), error.message, { cause: error });
    }
  });
}

/** Exports hold bindings of queues that they leave out, exclusive ones for example. RabbitMQ passes over them. */
function putBinding(binding: BindingRecord, target: DefinitionsTarget): void {
  try {
    target.putBinding(binding);
  } catch (error) {
    if (!(error instanceof ReplyError && error.replyCode === 404)) throw error;
  }
}

function checkQueueLimits(queues: readonly QueueRecord[], target: DefinitionsTarget, file: string | undefined): void {
  const added = new Map<string, number>();
  for (const { vhost, name } of queues) {
    if (!target.hasQueue(vhost, name)) added.set(vhost, (added.get(vhost) ?? 0) + 1);
  }
  for (const [vhost, adding] of added) {
    const limit = target.queueLimit(vhost);
    const count = target.queueCount(vhost);
    if (limit === undefined || count + adding <= limit) continue;
    const problem = `Adding ${adding} queue(s) to virtual host "${vhost}" would exceed the limit of ${limit} queue(s).`;
    const present = `This virtual host currently has ${count} queue(s) defined.`;
    throw new ConfigError(pathInFile(file, 'queues'), `${problem}\n\n${present}\n\nImport aborted!`);
  }
}
