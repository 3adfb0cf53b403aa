// Reads definitions: the JSON that `rabbitmqctl export_definitions` and the management API write, of RabbitMQ 3.x and 4.x, whole
// or of one virtual host. Keys that nobody knows are passed over. Counterpart: format.ts.
// Invariant: all of a file is checked before anything of it is applied.

import { ConfigError } from '../../errors.ts';
import { DEFAULT_HASHING, HASHING_ALGORITHMS, isPasswordHash } from '../access/password.ts';
import type { UserLimits } from '../access/user.ts';
import { type ExactJson, JsonSyntaxError, parseJson } from './exact-json.ts';
import { JsonObject, pathInFile } from './json-object.ts';
import type { Definitions, UserRecord, VhostRecord } from './records.ts';

export interface ParseOptions {
  /** The file's name, for messages. */
  readonly file?: string;
  /** Everything goes into this virtual host; users, permissions and other virtual hosts are not read. */
  readonly vhost?: string;
  /** For entries that name no virtual host. Without it, that is an error. */
  readonly defaultVhost?: string;
}

const QUEUE_TYPES = ['classic', 'quorum', 'stream'] as const;

/** Throws ConfigError with the path in the file, or with line and column where it is no JSON. */
export function parseDefinitions(text: string, options: ParseOptions = {}): Definitions {
  const root = new JsonObject(parseText(text, options.file), '', options.file);
  if (options.file !== undefined && !SECTIONS.some((section) => root.has(section))) throw noDefinitions(options.file);
  const vhostOf = (entry: JsonObject): string => options.vhost ?? entry.text('vhost', options.defaultVhost);
  const nodeWide = (key: string): JsonObject[] => (options.vhost === undefined ? root.objects(key) : []);
  const version = root.optionalText('rabbitmq_version') ?? root.optionalText('rabbit_version') ?? '';
  return {
    users: nodeWide('users').map((entry) => parseUser(entry, version)),
    vhosts: nodeWide('vhosts').map(parseVhost),
    permissions: nodeWide('permissions').map((entry) => ({
      user: entry.text('user'),
      vhost: vhostOf(entry),
      configure: entry.text('configure'),
      write: entry.text('write'),
      read: entry.text('read'),
    })),
    topicPermissions: nodeWide('topic_permissions').map((entry) => ({
      user: entry.text('user'),
      vhost: vhostOf(entry),
      exchange: entry.text('exchange'),
      write: entry.text('write'),
      read: entry.text('read'),
    })),
    parameters: root.objects('parameters').map((entry) => ({
      vhost: vhostOf(entry),
      component: entry.text('component'),
      name: entry.text('name'),
      value: entry.value('value'),
    })),
    globalParameters: nodeWide('global_parameters').map((entry) => ({
      name: entry.text('name'),
      value: entry.value('value'),
    })),
    policies: root.objects('policies').map((entry) => ({
      vhost: vhostOf(entry),
      name: entry.text('name'),
      pattern: entry.text('pattern'),
      applyTo: entry.text('apply-to', 'all'),
      priority: entry.number('priority', 0),
      definition: entry.map('definition'),
    })),
    exchanges: root.objects('exchanges').map((entry) => ({
      vhost: vhostOf(entry),
      name: entry.text('name'),
      type: entry.text('type'),
      durable: entry.flag('durable', true),
      autoDelete: entry.flag('auto_delete', false),
      internal: entry.flag('internal', false),
      arguments: entry.arguments('arguments'),
    })),
    queues: root.objects('queues').map((entry) => ({
      vhost: vhostOf(entry),
      name: entry.text('name'),
      ...(entry.has('type') ? { type: entry.choice('type', QUEUE_TYPES) } : {}),
      durable: entry.flag('durable', true),
      autoDelete: entry.flag('auto_delete', false),
      arguments: entry.arguments('arguments'),
    })),
    bindings: root.objects('bindings').map((entry) => ({
      vhost: vhostOf(entry),
      source: entry.text('source'),
      destination: entry.text('destination'),
      destinationType: entry.choice('destination_type', ['queue', 'exchange']),
      routingKey: entry.text('routing_key', ''),
      arguments: entry.arguments('arguments'),
    })),
  };
}

function parseText(text: string, file: string | undefined): ExactJson {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const place = `line ${error.line}, column ${error.column}`;
    throw new ConfigError(pathInFile(file, place), error.message, { cause: error });
  }
}

function parseUser(entry: JsonObject, version: string): UserRecord {
  const name = entry.text('name');
  const password = entry.optionalText('password');
  const passwordHash = entry.optionalText('password_hash');
  if (password !== undefined && passwordHash !== undefined) entry.fail('password', 'either password or password_hash');
  if (passwordHash !== undefined && !isPasswordHash(passwordHash)) entry.fail('password_hash', 'base64');
  const hashingAlgorithm = entry.has('hashing_algorithm')
    ? entry.choice('hashing_algorithm', HASHING_ALGORITHMS)
    : defaultHashing(version);
  return {
    name,
    tags: entry.tags('tags'),
    limits: entry.map('limits') as UserLimits,
    ...(password === undefined ? {} : { password }),
    ...(passwordHash === undefined ? {} : { passwordHash, hashingAlgorithm }),
  };
}

/** Before 3.6 all hashes were MD5, and files did not say so. */
function defaultHashing(version: string): UserRecord['hashingAlgorithm'] & string {
  return /^3\.[0-5]\./.test(version) ? 'rabbit_password_hashing_md5' : DEFAULT_HASHING;
}

function parseVhost(entry: JsonObject): VhostRecord {
  const metadata = entry.object('metadata');
  const holder = (key: string): JsonObject | undefined => [entry, metadata].find((each) => each.has(key));
  const defaultQueueType = holder('default_queue_type')?.text('default_queue_type');
  return {
    name: entry.text('name'),
    description: holder('description')?.text('description') ?? '',
    tags: holder('tags')?.tags('tags') ?? [],
    ...(defaultQueueType === undefined || defaultQueueType === 'undefined' ? {} : { defaultQueueType }),
    ...(entry.has('tracing') ? { tracing: entry.flag('tracing', false) } : {}),
  };
}

/** What a file of definitions has, some of it or all. */
const SECTIONS = [
  ...['users', 'vhosts', 'permissions', 'topic_permissions', 'parameters', 'global_parameters', 'policies'],
  ...['queues', 'exchanges', 'bindings'],
];

/** A whole file that says nothing was hardly meant. */
function noDefinitions(file: string): ConfigError {
  return new ConfigError(file, `these are no definitions: none of ${SECTIONS.join(', ')} is in it`);
}
