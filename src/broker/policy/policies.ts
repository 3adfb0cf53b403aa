// The policies and operator policies of all virtual hosts, and which of them an exchange or a queue has: of those whose
// pattern matches, the one with the highest priority; of equal ones, the first by name. RabbitMQ's rabbit_policy.
// Counterpart: effective.ts, which joins them with a queue's arguments.

import { Pattern } from '../access/pattern.ts';
import type { QueueType } from '../queue/queue.ts';
import { makePolicy, type Policy, type PolicyDefinition, type PolicyKind, type PolicySetting } from './policy.ts';
import { mergeValue } from './policy-keys.ts';
import { UNSUPPORTED_KEYS } from './queue-type-keys.ts';

/** What an exchange or a queue has. */
export interface MatchedPolicy {
  readonly policy?: Policy;
  readonly operatorPolicy?: Policy;
  /** Both, merged; empty without either. */
  readonly definition: PolicyDefinition;
}

interface CompiledPolicy {
  readonly policy: Policy;
  readonly pattern: Pattern;
}

/** By name. */
type PolicySet = Map<string, CompiledPolicy>;

export class Policies {
  /** Called after each change with the policy as plain data, or undefined once it is gone. */
  changed: ((kind: PolicyKind, key: string, value: unknown) => void) | undefined;
  /** Called after each change: what the exchanges and queues of this virtual host match may be another policy now. */
  rematch: ((vhost: string) => void) | undefined;
  /** By kind and virtual host. */
  readonly #sets: Readonly<Record<PolicyKind, Map<string, PolicySet>>> = {
    policy: new Map(),
    'operator-policy': new Map(),
  };

  /** Makes a policy or replaces one. Throws SettingError. */
  set(kind: PolicyKind, setting: PolicySetting): void {
    const policy = makePolicy(kind, setting);
    this.#store(kind, policy);
    this.#tell(kind, policy.vhost, policy.name, policy);
  }

  /** Takes back what `changed` told. */
  restore(kind: PolicyKind, value: unknown): void {
    this.#store(kind, value as Policy);
  }

  /** Whether there was one. */
  delete(kind: PolicyKind, vhost: string, name: string): boolean {
    const existed = this.#sets[kind].get(vhost)?.delete(name) === true;
    if (existed) this.#tell(kind, vhost, name, undefined);
    return existed;
  }

  get(kind: PolicyKind, vhost: string, name: string): Policy | undefined {
    return this.#sets[kind].get(vhost)?.get(name)?.policy;
  }

  /** Of one virtual host, or of all. */
  list(kind: PolicyKind, vhost?: string): Policy[] {
    const sets = vhost === undefined ? [...this.#sets[kind].values()] : [this.#sets[kind].get(vhost) ?? new Map()];
    return sets.flatMap((set) => [...set.values()].map(({ policy }) => policy));
  }

  /** The virtual host is deleted: so are its policies. */
  forgetVhost(vhost: string): void {
    for (const kind of ['policy', 'operator-policy'] as const) {
      const names = this.list(kind, vhost).map(({ name }) => name);
      this.#sets[kind].delete(vhost);
      for (const name of names) this.changed?.(kind, policyKey(vhost, name), undefined);
    }
  }

  match(vhost: string, type: 'exchange' | QueueType, name: string): MatchedPolicy {
    const policy = this.#best('policy', vhost, type, name);
    const operatorPolicy = this.#best('operator-policy', vhost, type, name);
    return {
      ...(policy === undefined ? {} : { policy }),
      ...(operatorPolicy === undefined ? {} : { operatorPolicy }),
      definition: mergeDefinitions(policy?.definition, operatorPolicy?.definition),
    };
  }

  #best(kind: PolicyKind, vhost: string, type: 'exchange' | QueueType, name: string): Policy | undefined {
    let best: Policy | undefined;
    for (const { policy, pattern } of this.#sets[kind].get(vhost)?.values() ?? []) {
      if (best !== undefined && !outranks(policy, best)) continue;
      if (isFor(policy, type) && pattern.matches(name)) best = policy;
    }
    return best;
  }

  #store(kind: PolicyKind, policy: Policy): void {
    let set = this.#sets[kind].get(policy.vhost);
    if (set === undefined) {
      set = new Map();
      this.#sets[kind].set(policy.vhost, set);
    }
    set.set(policy.name, { policy, pattern: new Pattern(policy.pattern) });
  }

  #tell(kind: PolicyKind, vhost: string, name: string, value: unknown): void {
    this.changed?.(kind, policyKey(vhost, name), value);
    this.rematch?.(vhost);
  }
}

/** The settings of both; where both have one, the stricter or the operator's. */
export function mergeDefinitions(
  definition: PolicyDefinition | undefined,
  operatorDefinition: PolicyDefinition | undefined,
): PolicyDefinition {
  if (operatorDefinition === undefined) return definition ?? {};
  const merged: Record<string, unknown> = { ...definition };
  for (const [name, value] of Object.entries(operatorDefinition)) {
    merged[name] = Object.hasOwn(merged, name) ? mergeValue(name, merged[name], value) : value;
  }
  return merged;
}

function outranks(policy: Policy, other: Policy): boolean {
  if (policy.priority !== other.priority) return policy.priority > other.priority;
  return policy.name < other.name;
}

/** A policy with a key that a queue of this type does not know is not for it at all. */
function isFor({ applyTo, definition }: Policy, type: 'exchange' | QueueType): boolean {
  if (type === 'exchange') return applyTo === 'all' || applyTo === 'exchanges';
  const ofType = type === 'stream' ? 'streams' : `${type}_queues`;
  if (applyTo !== 'all' && applyTo !== 'queues' && applyTo !== ofType) return false;
  return !Object.keys(definition).some((name) => UNSUPPORTED_KEYS[type].has(name));
}

function policyKey(vhost: string, name: string): string {
  return `${vhost}\0${name}`;
}
