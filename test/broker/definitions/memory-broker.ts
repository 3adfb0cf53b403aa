// As much of a broker as definitions see: what is put into it comes out again.

import { Access } from '../../../src/broker/access/access.ts';
import type { DefinitionsTarget } from '../../../src/broker/definitions/apply.ts';
import type { DefinitionsSource } from '../../../src/broker/definitions/collect.ts';
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
} from '../../../src/broker/definitions/records.ts';
import { Parameters } from '../../../src/broker/policy/parameters.ts';
import { Policies } from '../../../src/broker/policy/policies.ts';
import { vhostLimit, vhostLimits } from '../../../src/broker/policy/vhost-limits.ts';
import { ReplyError } from '../../../src/broker/reply-error.ts';

export class MemoryBroker implements DefinitionsTarget, DefinitionsSource {
  /** What was put, in order: `queue q`. */
  readonly steps: string[] = [];
  readonly #vhosts = new Map<string, VhostRecord>();
  readonly #exchanges: ExchangeRecord[] = [];
  readonly #queues: QueueRecord[] = [];
  readonly #bindings: BindingRecord[] = [];
  readonly access = new Access({ hasVhost: (name) => this.#vhosts.has(name) });
  readonly policyTable = new Policies();
  readonly parameterTable = new Parameters(this.policyTable);

  putVhost(vhost: VhostRecord): void {
    this.steps.push(`vhost ${vhost.name}`);
    this.#vhosts.set(vhost.name, vhost);
  }

  putUser(user: UserRecord): void {
    this.steps.push(`user ${user.name}`);
    this.access.putUser(user);
  }

  putPermission(permission: PermissionRecord): void {
    this.steps.push(`permission ${permission.user}`);
    this.access.setPermissions(permission);
  }

  putTopicPermission(permission: TopicPermissionRecord): void {
    this.steps.push(`topic permission ${permission.user}`);
    this.access.setTopicPermissions(permission);
  }

  putExchange(exchange: ExchangeRecord): void {
    this.steps.push(`exchange ${exchange.name}`);
    this.#exchanges.push(exchange);
  }

  putGlobalParameter(parameter: GlobalParameterRecord): void {
    this.steps.push(`global parameter ${parameter.name}`);
    this.parameterTable.setGlobal(parameter);
  }

  putPolicy(policy: PolicyRecord): void {
    this.steps.push(`policy ${policy.name}`);
    this.policyTable.set('policy', policy);
  }

  putParameter(parameter: ParameterRecord): void {
    this.steps.push(`parameter ${parameter.name}`);
    this.parameterTable.set(parameter);
  }

  hasQueue(vhost: string, name: string): boolean {
    return this.#queues.some((queue) => queue.vhost === vhost && queue.name === name);
  }

  queueCount(vhost: string): number {
    return this.#queues.filter((queue) => queue.vhost === vhost).length;
  }

  queueLimit(vhost: string): number | undefined {
    return vhostLimit(this.parameterTable, vhost, 'max-queues');
  }

  putQueue(queue: QueueRecord): void {
    if (queue.arguments.some(([name]) => name === 'x-wrong')) throw new ReplyError(406, "invalid arg 'x-wrong'");
    this.steps.push(`queue ${queue.name}`);
    this.#queues.push(queue);
  }

  putBinding(binding: BindingRecord): void {
    if (binding.destinationType === 'queue' && !this.hasQueue(binding.vhost, binding.destination)) {
      throw new ReplyError(404, `no queue '${binding.destination}' in vhost '${binding.vhost}'`);
    }
    this.steps.push(`binding ${binding.source} ${binding.destination}`);
    this.#bindings.push(binding);
  }

  vhosts = () =>
    [...this.#vhosts.values()].map((each) => ({ ...each, limits: vhostLimits(this.parameterTable, each.name) }));
  users = () => this.access.users.values();
  permissions = () => this.access.permissions();
  topicPermissions = () => this.access.topicPermissions();
  parameters = () => this.parameterTable.list();
  globalParameters = () => this.parameterTable.listGlobal();
  policies = () => this.policyTable.list('policy');
  queues = () => this.#queues;
  exchanges = () => this.#exchanges;
  bindings = () => this.#bindings;
}
