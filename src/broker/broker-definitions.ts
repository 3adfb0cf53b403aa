// The broker as definitions see it: where they are put, and what they are collected from.
// Counterparts: definitions/apply.ts and definitions/collect.ts.

import type { Broker } from './broker.ts';
import type { DefinitionsTarget } from './definitions/apply.ts';
import type { DefinitionsSource } from './definitions/collect.ts';
import type {
  BindingRecord,
  ExchangeRecord,
  GlobalParameterRecord,
  ParameterRecord,
  PermissionRecord,
  PolicyRecord,
  QueueRecord,
  TopicPermissionRecord,
  UserRecord,
  VhostRecord,
} from './definitions/records.ts';
import { exchangeType } from './exchange/registry.ts';
import { vhostLimit, vhostLimits } from './policy/vhost-limits.ts';
import { queueTypeOf } from './queue/queue-arguments.ts';
import { ReplyError } from './reply-error.ts';
import type { VirtualHost } from './virtual-host.ts';

export class BrokerDefinitions implements DefinitionsTarget, DefinitionsSource {
  readonly #broker: Broker;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  putVhost({ name, description, tags, defaultQueueType }: VhostRecord): void {
    this.#broker.addVhost(name, { description, tags, ...(defaultQueueType !== undefined && { defaultQueueType }) });
  }

  putUser(user: UserRecord): void {
    this.#broker.access.putUser(user);
  }

  putPermission(permission: PermissionRecord): void {
    this.#broker.access.setPermissions(permission);
  }

  putTopicPermission(permission: TopicPermissionRecord): void {
    this.#broker.access.setTopicPermissions(permission);
  }

  putExchange({ vhost, type, ...exchange }: ExchangeRecord): void {
    const host = this.#vhost(vhost);
    if (!host.exchanges.has(exchange.name)) host.declareExchange({ ...exchange, type: exchangeType(type) });
  }

  putGlobalParameter(parameter: GlobalParameterRecord): void {
    this.#broker.parameters.setGlobal(parameter);
  }

  putPolicy(policy: PolicyRecord): void {
    this.#broker.policies.set('policy', policy);
  }

  putParameter(parameter: ParameterRecord): void {
    this.#broker.parameters.set(parameter);
  }

  hasQueue(vhost: string, name: string): boolean {
    return this.#vhost(vhost).queues.has(name);
  }

  queueCount(vhost: string): number {
    return this.#vhost(vhost).queues.size;
  }

  queueLimit(vhost: string): number | undefined {
    return vhostLimit(this.#broker.parameters, vhost, 'max-queues');
  }

  putQueue({ vhost, name, durable, autoDelete, arguments: table }: QueueRecord): void {
    const host = this.#vhost(vhost);
    if (host.queues.has(name)) return;
    const type = queueTypeOf(host.queueText(name), table);
    host.declareQueue({ name, type, durable, autoDelete, owner: undefined, arguments: table });
  }

  putBinding({ vhost, source, destination, destinationType, routingKey, arguments: table }: BindingRecord): void {
    const host = this.#vhost(vhost);
    const target = destinationType === 'queue' ? host.queue(destination) : host.exchange(destination);
    host.bind(host.exchange(source), target, routingKey, table);
  }

  *vhosts(): Iterable<VhostRecord> {
    for (const { name, description } of this.#broker.vhosts.values()) {
      const { description: text = '', tags = [], defaultQueueType } = description;
      const limits = vhostLimits(this.#broker.parameters, name) as Readonly<Record<string, number>>;
      yield { name, description: text, tags, limits, ...(defaultQueueType !== undefined && { defaultQueueType }) };
    }
  }

  users(): Iterable<UserRecord> {
    return this.#broker.access.users.values();
  }

  permissions(): Iterable<PermissionRecord> {
    return this.#broker.access.permissions();
  }

  topicPermissions(): Iterable<TopicPermissionRecord> {
    return this.#broker.access.topicPermissions();
  }

  parameters(): Iterable<ParameterRecord> {
    return this.#broker.parameters.list();
  }

  globalParameters(): Iterable<GlobalParameterRecord> {
    return this.#broker.parameters.listGlobal();
  }

  policies(): Iterable<PolicyRecord> {
    return this.#broker.policies.list('policy');
  }

  *queues(): Iterable<QueueRecord> {
    for (const { name: vhost, queues } of this.#broker.vhosts.values()) {
      for (const { name, type, durable, autoDelete, owner, arguments: table } of queues.values()) {
        if (owner === undefined) yield { vhost, name, type, durable, autoDelete, arguments: table };
      }
    }
  }

  *exchanges(): Iterable<ExchangeRecord> {
    for (const { name: vhost, exchanges } of this.#broker.vhosts.values()) {
      for (const { name, type, durable, autoDelete, internal, arguments: table } of exchanges.values()) {
        yield { vhost, name, type: type.name, durable, autoDelete, internal, arguments: table };
      }
    }
  }

  *bindings(): Iterable<BindingRecord> {
    for (const { name: vhost, exchanges } of this.#broker.vhosts.values()) {
      for (const exchange of exchanges.values()) {
        for (const { source, destination, routingKey, arguments: table } of exchange.bindings.values()) {
          const { kind: destinationType, name } = destination;
          yield { vhost, source, destination: name, destinationType, routingKey, arguments: table };
        }
      }
    }
  }

  #vhost(name: string): VirtualHost {
    const vhost = this.#broker.vhosts.get(name);
    if (!vhost) throw new ReplyError(404, `no vhost '${name}'`);
    return vhost;
  }
}
