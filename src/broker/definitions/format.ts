// Writes definitions as JSON, in the two shapes that RabbitMQ has: rabbitmqctl's, and the management API's, whole or of one
// virtual host. Both are read by parse.ts and by RabbitMQ. Deviation: where RabbitMQ 3.10 writes an object as a list of pairs
// or an empty list, an object is written, as RabbitMQ 4 does.

import { fromFieldTable } from './arguments.ts';
import { type ExactJson, formatJson } from './exact-json.ts';
import type {
  BindingRecord,
  Definitions,
  ExchangeRecord,
  PolicyRecord,
  QueueRecord,
  UserRecord,
  VhostRecord,
} from './records.ts';

/** What the broker calls itself in exports. */
export interface ExportedProduct {
  /** The version of RabbitMQ that it passes for. */
  readonly rabbitVersion: string;
  readonly name: string;
  readonly version: string;
}

type Json = { readonly [key: string]: ExactJson };

/** As `rabbitmqctl export_definitions`: keys sorted, on one line; internal exchanges left out. */
export function formatDefinitions(definitions: Definitions, product: ExportedProduct): string {
  const { rabbitVersion } = product;
  const exchanges = definitions.exchanges.filter(({ internal }) => !internal);
  const json = {
    ...commonParts(definitions),
    ...nodeParts(definitions),
    rabbit_version: rabbitVersion,
    rabbitmq_version: rabbitVersion,
    exchanges: exchanges.map(exchangeJson).map(({ internal: _, ...rest }) => rest),
    queues: definitions.queues.map((queue) => ({ type: queue.type ?? 'classic', ...queueJson(queue) })),
    vhosts: definitions.vhosts.map(vhostJson),
    global_parameters: definitions.globalParameters
      .filter(({ name }) => !name.startsWith('internal'))
      .map(({ name, value }) => ({ name, value: value as ExactJson })),
  };
  return formatJson(sorted(json));
}

/** As `GET /api/definitions`. */
export function managementDefinitions(definitions: Definitions, product: ExportedProduct): Json {
  const { users, permissions, topic_permissions, global_parameters } = nodeParts(definitions);
  const { parameters, ...rest } = commonParts(definitions);
  return {
    rabbit_version: product.rabbitVersion,
    rabbitmq_version: product.rabbitVersion,
    product_name: product.name,
    product_version: product.version,
    users,
    vhosts: definitions.vhosts.map(({ name }) => ({ name })),
    permissions,
    topic_permissions,
    parameters,
    global_parameters,
    ...rest,
  };
}

/** As `GET /api/definitions/vhost`, of definitions collected from that virtual host. */
export function managementVhostDefinitions(definitions: Definitions, product: ExportedProduct): Json {
  const { parameters, policies, queues, exchanges, bindings } = commonParts(definitions);
  const withoutVhost = (entries: readonly Json[]) => entries.map(({ vhost: _, ...rest }) => rest);
  return {
    rabbit_version: product.rabbitVersion,
    parameters,
    policies,
    queues: withoutVhost(queues),
    exchanges: withoutVhost(exchanges),
    bindings: withoutVhost(bindings),
  };
}

/** Of virtual hosts. */
function commonParts(definitions: Definitions) {
  return {
    parameters: definitions.parameters.map(({ value, vhost, component, name }) => ({
      value: value as ExactJson,
      vhost,
      component,
      name,
    })),
    policies: definitions.policies.map(policyJson),
    queues: definitions.queues.map(queueJson),
    exchanges: definitions.exchanges.map(exchangeJson),
    bindings: definitions.bindings.map(bindingJson),
  };
}

/** Of the whole broker. */
function nodeParts({ users, permissions, topicPermissions, globalParameters }: Definitions) {
  return {
    users: users.map(userJson),
    permissions: permissions.map(({ user, vhost, configure, write, read }) => ({
      user,
      vhost,
      configure,
      write,
      read,
    })),
    topic_permissions: topicPermissions.map(({ user, vhost, exchange, write, read }) => ({
      user,
      vhost,
      exchange,
      write,
      read,
    })),
    global_parameters: globalParameters.map(({ name, value }) => ({ name, value: value as ExactJson })),
  };
}

function userJson({ name, passwordHash = '', hashingAlgorithm, tags, limits = {} }: UserRecord): Json {
  return {
    name,
    password_hash: passwordHash,
    hashing_algorithm: hashingAlgorithm ?? 'rabbit_password_hashing_sha256',
    tags,
    limits: { ...limits } as Json,
  };
}

function vhostJson({ name, description, tags, defaultQueueType, limits = {} }: VhostRecord): Json {
  const type = defaultQueueType === undefined ? {} : { default_queue_type: defaultQueueType };
  return { name, limits: { ...limits }, metadata: { description, tags, ...type } };
}

function policyJson({ vhost, name, pattern, applyTo, definition, priority }: PolicyRecord): Json {
  return { vhost, name, pattern, 'apply-to': applyTo, definition: definition as Json, priority };
}

function queueJson({ name, vhost, durable, autoDelete, arguments: args }: QueueRecord): Json {
  return { name, vhost, durable, auto_delete: autoDelete, arguments: fromFieldTable(args) };
}

function exchangeJson({ name, vhost, type, durable, autoDelete, internal, arguments: args }: ExchangeRecord): Json {
  return { name, vhost, type, durable, auto_delete: autoDelete, internal, arguments: fromFieldTable(args) };
}

function bindingJson(binding: BindingRecord): Json {
  return {
    source: binding.source,
    vhost: binding.vhost,
    destination: binding.destination,
    destination_type: binding.destinationType,
    routing_key: binding.routingKey,
    arguments: fromFieldTable(binding.arguments),
  };
}

/** Keys in alphabetical order, all the way down: Erlang's small maps. */
function sorted(json: ExactJson): ExactJson {
  if (Array.isArray(json)) return json.map(sorted);
  if (typeof json !== 'object' || json === null || Object.getPrototypeOf(json) !== Object.prototype) return json;
  const entries = Object.entries(json as Json).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}
