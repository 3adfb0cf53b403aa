// The keys of a policy's definition: what values they take, and RabbitMQ's words for a wrong one. The union of what
// RabbitMQ 3.10 to 4.x know, so that a definitions file of any of them loads.
// Counterpart: effective.ts, which says what they do to a queue. Invariant: a key stands here once.

import { erlangPairs, erlangTerm } from '../erlang-term.ts';
import { mirroringComplaint } from './mirroring-keys.ts';
import type { PolicyKind } from './policy.ts';

interface PolicyKey {
  readonly accepts: (value: unknown) => boolean;
  /** What is said after a wrong value. */
  readonly complaint: string;
  /** Operator policies may have it, and then: the smaller value holds, or the operator's. */
  readonly operator?: 'min' | 'wins';
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isInteger = (value: unknown): boolean => Number.isInteger(value);
const atLeast = (least: number) => (value: unknown) => isInteger(value) && (value as number) >= least;
const within = (least: number, most: number) => (value: unknown) => atLeast(least)(value) && (value as number) <= most;
const oneOf =
  (...values: unknown[]) =>
  (value: unknown) =>
    values.includes(value);
const isMaxAge = (value: unknown): boolean => typeof value === 'string' && /^0*[1-9]\d*[YMDhms]$/.test(value);

/** The largest segment that RabbitMQ's streams take, in bytes. */
const LARGEST_SEGMENT = 3_000_000_000;

const KEYS: Readonly<Record<string, PolicyKey>> = {
  'alternate-exchange': { accepts: isText, complaint: 'is not a valid alternate exchange name' },
  'dead-letter-exchange': { accepts: isText, complaint: 'is not a valid dead letter exchange name' },
  'dead-letter-routing-key': { accepts: isText, complaint: 'is not a valid dead letter routing key' },
  'dead-letter-strategy': {
    accepts: oneOf('at-most-once', 'at-least-once'),
    complaint: 'is not a valid dead letter strategy',
  },
  'message-ttl': { accepts: atLeast(0), complaint: 'is not a valid message TTL', operator: 'min' },
  expires: { accepts: atLeast(1), complaint: 'is not a valid queue expiry', operator: 'min' },
  'max-length': { accepts: atLeast(0), complaint: 'is not a valid maximum length', operator: 'min' },
  'max-length-bytes': { accepts: atLeast(0), complaint: 'is not a valid maximum length in bytes', operator: 'min' },
  'max-in-memory-length': { accepts: atLeast(0), complaint: 'is not a valid maximum memory in bytes', operator: 'min' },
  'max-in-memory-bytes': { accepts: atLeast(0), complaint: 'is not a valid maximum memory in bytes', operator: 'min' },
  'queue-mode': { accepts: oneOf('default', 'lazy'), complaint: 'is not a valid queue-mode value' },
  'queue-version': { accepts: oneOf(1, 2), complaint: 'is not a valid queue-version value', operator: 'wins' },
  overflow: {
    accepts: oneOf('drop-head', 'reject-publish', 'reject-publish-dlx'),
    complaint: 'is not a valid overflow value',
    operator: 'wins',
  },
  // Below zero: no limit (RabbitMQ 4).
  'delivery-limit': { accepts: isInteger, complaint: 'is not a valid delivery limit', operator: 'min' },
  'consumer-timeout': { accepts: atLeast(0), complaint: 'is not a valid consumer timeout' },
  'consumer-disconnected-timeout': {
    accepts: atLeast(0),
    complaint: 'is not a valid consumer disconnected timeout',
  },
  'max-age': { accepts: isMaxAge, complaint: 'is not a valid max age' },
  'stream-max-segment-size-bytes': { accepts: within(0, LARGEST_SEGMENT), complaint: 'is not a valid segment size' },
  'stream-filter-size-bytes': {
    accepts: within(16, 255),
    complaint: 'is not a valid filter size. Valid range is 16-255',
  },
  'queue-leader-locator': {
    accepts: oneOf('client-local', 'balanced', 'random', 'least-leaders'),
    complaint: 'is not a valid queue leader locator value',
  },
  'queue-master-locator': {
    accepts: oneOf('client-local', 'min-masters', 'random'),
    complaint: 'invalid queue-master-locator value',
  },
  'initial-cluster-size': { accepts: atLeast(0), complaint: 'is not a valid cluster size' },
  'target-group-size': { accepts: atLeast(1), complaint: 'is not a valid qq target count value' },
};

/** Known, and without effect in a broker that stands alone. */
const WITHOUT_EFFECT = new Set([
  'ha-mode',
  'ha-params',
  'ha-sync-mode',
  'ha-sync-batch-size',
  'ha-promote-on-shutdown',
  'ha-promote-on-failure',
  'federation-upstream',
  'federation-upstream-set',
  'federation-upstream-pattern',
]);

/** What is wrong with a definition; the first thing found, in the order of the keys. */
export function definitionComplaint(kind: PolicyKind, definition: unknown): string | undefined {
  if (typeof definition !== 'object' || definition === null) {
    const validator = kind === 'policy' ? 'policy_validator' : 'operator_policy_validator';
    return `parse error while reading policy definition: ${erlangTerm(definition ?? 'undefined')}. Validator: ${validator}.`;
  }
  if (Array.isArray(definition) && definition.length > 0) {
    return `definition must be a dictionary: ${erlangTerm(definition)}`;
  }
  const entries = Object.entries(definition).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return 'no policy provided';
  const unknown: (readonly [string, unknown])[] = [];
  for (const [name, value] of entries) {
    const key = Object.hasOwn(KEYS, name) ? KEYS[name] : undefined;
    if (kind === 'policy' ? key === undefined && !WITHOUT_EFFECT.has(name) : key?.operator === undefined) {
      unknown.push([name, value]);
    } else if (key?.accepts(value) === false) {
      return `${erlangTerm(value)} ${key.complaint}`;
    }
  }
  const mirroring = kind === 'policy' ? mirroringComplaint(definition as Readonly<Record<string, unknown>>) : undefined;
  if (mirroring !== undefined || unknown.length === 0) return mirroring;
  return `${erlangPairs(unknown)} are not recognised policy settings`;
}

/** The value that holds where policy and operator policy both have the key. */
export function mergeValue(name: string, value: unknown, operatorValue: unknown): unknown {
  if (KEYS[name]?.operator !== 'min') return operatorValue;
  return smaller(name, value as number, operatorValue as number);
}

/** The stricter of two numbers. A delivery limit below zero is none. */
export function smaller(name: string, a: number, b: number): number {
  // RabbitMQ 4 prefers the one that is a limit.
  if (name === 'delivery-limit' && (a < 0 || b < 0)) return Math.max(a, b);
  return Math.min(a, b);
}
