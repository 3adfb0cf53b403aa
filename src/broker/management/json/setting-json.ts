// Users, permissions, policies and parameters as the management API shows them.

import type { User } from '../../access/user.ts';
import type { ExactJson } from '../../definitions/exact-json.ts';
import type { GlobalParameter, Parameter } from '../../policy/parameters.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Row } from '../listing.ts';

export function userJson({ name, passwordHash, hashingAlgorithm, tags, limits }: User): Row {
  return {
    name,
    password_hash: passwordHash,
    hashing_algorithm: hashingAlgorithm,
    tags,
    limits: { ...limits } as { readonly [name: string]: number },
  };
}

export function policyJson({ vhost, name, pattern, applyTo, definition, priority }: Policy): Row {
  return { vhost, name, pattern, 'apply-to': applyTo, definition: definition as Row, priority };
}

export function parameterJson({ value, vhost, component, name }: Parameter): Row {
  return { value: value as ExactJson, vhost, component, name };
}

export function globalParameterJson({ name, value }: GlobalParameter): Row {
  return { value: value as ExactJson, name };
}
