// Runtime parameters: JSON by virtual host, component and name, and global ones by name. RabbitMQ's
// rabbit_runtime_parameters. Invariant: operator policies are parameters to whoever lists or sets them, but live in
// Policies; plain policies are no parameters at all.

import { SettingError } from '../access/setting-error.ts';
import { erlangTerm } from '../erlang-term.ts';
import type { Policies } from './policies.ts';
import { type Policy, validationError } from './policy.ts';
import { VHOST_LIMITS_COMPONENT, vhostLimitsComplaints } from './vhost-limits.ts';

export interface Parameter {
  readonly vhost: string;
  readonly component: string;
  readonly name: string;
  readonly value: unknown;
}

export interface GlobalParameter {
  readonly name: string;
  readonly value: unknown;
}

const OPERATOR_POLICY = 'operator_policy';

/** Components of plugins: kept for whoever exports definitions, without effect. */
const WITHOUT_EFFECT = new Set([
  'federation-upstream',
  'federation-upstream-set',
  'shovel',
  'imported_definition_hash_value',
]);

export class Parameters {
  /** Called after each change, with the parameter as plain data, or undefined once it is gone. */
  changed: ((kind: 'parameter', key: string, value: unknown) => void) | undefined;
  readonly #policies: Policies;
  readonly #parameters = new Map<string, Parameter>();
  readonly #globals = new Map<string, GlobalParameter>();

  constructor(policies: Policies) {
    this.#policies = policies;
  }

  /** Throws SettingError. */
  set(parameter: Parameter): void {
    const { vhost, component, name, value } = parameter;
    if (component === 'policy') throw new SettingError('policies may not be set using this method');
    if (component === OPERATOR_POLICY) {
      if (!isObject(value)) throw validationError([`${name} not a list ${erlangTerm(value)}`]);
      const { pattern, definition, priority, 'apply-to': applyTo } = value;
      this.#policies.set('operator-policy', { vhost, name, pattern, definition, priority, applyTo });
      return;
    }
    const complaints = complaintsOf(parameter);
    if (complaints.length > 0) throw validationError(complaints);
    this.#parameters.set(keyOf(parameter), parameter);
    this.changed?.('parameter', keyOf(parameter), parameter);
  }

  /** Whether there was one. */
  clear(vhost: string, component: string, name: string): boolean {
    if (component === 'policy') throw new SettingError('policies may not be cleared using this method');
    if (component === OPERATOR_POLICY) return this.#policies.delete('operator-policy', vhost, name);
    const key = keyOf({ vhost, component, name });
    if (!this.#parameters.delete(key)) return false;
    this.changed?.('parameter', key, undefined);
    return true;
  }

  value(vhost: string, component: string, name: string): unknown {
    if (component !== OPERATOR_POLICY) return this.#parameters.get(keyOf({ vhost, component, name }))?.value;
    const policy = this.#policies.get('operator-policy', vhost, name);
    return policy === undefined ? undefined : operatorPolicyValue(policy);
  }

  /** Of one virtual host, or of all; operator policies included. */
  list(vhost?: string): Parameter[] {
    const operatorPolicies = this.#policies.list('operator-policy', vhost).map((policy) => ({
      vhost: policy.vhost,
      component: OPERATOR_POLICY,
      name: policy.name,
      value: operatorPolicyValue(policy),
    }));
    const others = [...this.#parameters.values()].filter((each) => vhost === undefined || each.vhost === vhost);
    return [...operatorPolicies, ...others];
  }

  setGlobal(parameter: GlobalParameter): void {
    this.#globals.set(parameter.name, parameter);
    this.changed?.('parameter', parameter.name, parameter);
  }

  /** Whether there was one. */
  clearGlobal(name: string): boolean {
    if (!this.#globals.delete(name)) return false;
    this.changed?.('parameter', name, undefined);
    return true;
  }

  globalValue(name: string): unknown {
    return this.#globals.get(name)?.value;
  }

  listGlobal(): GlobalParameter[] {
    return [...this.#globals.values()];
  }

  /** Takes back what `changed` told. */
  restore(value: unknown): void {
    const parameter = value as Parameter | GlobalParameter;
    if ('vhost' in parameter) this.#parameters.set(keyOf(parameter), parameter);
    else this.#globals.set(parameter.name, parameter);
  }

  /** The virtual host is deleted: so are its parameters. */
  forgetVhost(vhost: string): void {
    for (const [key, parameter] of [...this.#parameters]) {
      if (parameter.vhost !== vhost) continue;
      this.#parameters.delete(key);
      this.changed?.('parameter', key, undefined);
    }
  }
}

function complaintsOf({ component, name, value }: Parameter): string[] {
  if (component === VHOST_LIMITS_COMPONENT) return vhostLimitsComplaints(name, value);
  return WITHOUT_EFFECT.has(component) ? [] : [`component ${component} not found`];
}

function operatorPolicyValue({ pattern, definition, priority, applyTo }: Policy): Record<string, unknown> {
  return { pattern, definition, priority, 'apply-to': applyTo };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function keyOf({ vhost, component, name }: Omit<Parameter, 'value'>): string {
  return `${vhost}\0${component}\0${name}`;
}
