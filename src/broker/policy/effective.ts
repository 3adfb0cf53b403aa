// What holds for a queue or an exchange: its own x-arguments and the policy that it matches, joined. RabbitMQ's
// args_policy_lookup with each queue type's own resolution.
// Counterpart: policies.ts, which finds the policy.

import type { FieldTable, FieldValue } from '../../protocol/field-table.ts';
import type { QueueType } from '../queue/queue.ts';
import type { PolicyDefinition } from './policy.ts';
import { smaller } from './policy-keys.ts';

export type SettingValue = number | string | boolean;

/** By key without `x-`: `max-length`, `dead-letter-exchange`, … */
export type Settings = Readonly<Record<string, SettingValue>>;

interface Resolution {
  /** The smaller of both holds. */
  readonly min: ReadonlySet<string>;
  /** The policy's value holds. Everywhere else the argument's does. */
  readonly policy: ReadonlySet<string>;
}

const LIMITS = ['message-ttl', 'max-length', 'max-length-bytes'];

const RESOLUTIONS: Readonly<Record<QueueType, Resolution>> = {
  classic: { min: new Set([...LIMITS, 'expires']), policy: new Set() },
  quorum: {
    min: new Set([...LIMITS, 'max-in-memory-length', 'max-in-memory-bytes', 'delivery-limit']),
    policy: new Set(['overflow', 'expires']),
  },
  stream: { min: new Set(), policy: new Set(['max-length-bytes', 'max-age', 'stream-max-segment-size-bytes']) },
};

/** The arguments must be valid for a queue of this type. */
export function effectiveSettings(definition: PolicyDefinition, args: FieldTable, type: QueueType): Settings {
  const settings: Record<string, SettingValue> = { ...(definition as Settings) };
  const { min, policy } = RESOLUTIONS[type];
  for (const [name, field] of args) {
    const argument = name.startsWith('x-') ? plainValue(field) : undefined;
    if (argument === undefined) continue;
    const key = name.slice(2);
    const fromPolicy = definition[key] as SettingValue | undefined;
    if (fromPolicy === undefined) settings[key] = argument;
    else if (min.has(key)) settings[key] = smaller(key, Number(fromPolicy), Number(argument));
    else if (!policy.has(key)) settings[key] = argument;
  }
  return settings;
}

/** The name of an exchange's alternate exchange: its argument's, else the policy's. */
export function effectiveAlternateExchange(definition: PolicyDefinition, args: FieldTable): string | undefined {
  for (const [name, { value }] of args) if (name === 'alternate-exchange') return String(value);
  return definition['alternate-exchange'] as string | undefined;
}

function plainValue({ value }: FieldValue): SettingValue | undefined {
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'object' ? undefined : value;
}
