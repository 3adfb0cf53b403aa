// Limits of a virtual host: how many connections and queues it may have. They are the parameter `limits` of the component
// `vhost-limits`. RabbitMQ's rabbit_vhost_limit.

import { erlangPairs, erlangTerm } from '../erlang-term.ts';
import { ReplyError } from '../reply-error.ts';
import type { Parameters } from './parameters.ts';

export const VHOST_LIMITS_COMPONENT = 'vhost-limits';
const VHOST_LIMITS_NAME = 'limits';

const VHOST_LIMITS = ['max-connections', 'max-queues'] as const;
export type VhostLimit = (typeof VHOST_LIMITS)[number];
export type VhostLimits = Readonly<Partial<Record<VhostLimit, number>>>;

export function vhostLimits(parameters: Parameters, vhost: string): VhostLimits {
  return (parameters.value(vhost, VHOST_LIMITS_COMPONENT, VHOST_LIMITS_NAME) as VhostLimits | undefined) ?? {};
}

/** Undefined: no limit; a negative one is none. */
export function vhostLimit(parameters: Parameters, vhost: string, name: VhostLimit): number | undefined {
  const limit = vhostLimits(parameters, vhost)[name];
  return limit === undefined || limit < 0 ? undefined : limit;
}

/** Sets one limit and keeps the other. Throws SettingError. */
export function setVhostLimit(parameters: Parameters, vhost: string, name: string, limit: unknown): void {
  storeLimits(parameters, vhost, { ...vhostLimits(parameters, vhost), [name]: limit });
}

export function clearVhostLimit(parameters: Parameters, vhost: string, name: VhostLimit): void {
  const { [name]: _, ...kept } = vhostLimits(parameters, vhost);
  storeLimits(parameters, vhost, kept);
}

/** `open`: how many connections the virtual host has already. Throws ReplyError 530. */
export function checkVhostConnectionLimit(parameters: Parameters, vhost: string, user: string, open: number): void {
  const limit = vhostLimit(parameters, vhost, 'max-connections');
  if (limit === undefined || open < limit) return;
  throw new ReplyError(
    530,
    `access to vhost '${vhost}' refused for user '${user}': connection limit (${limit}) is reached`,
  );
}

/** `count`: how many queues the virtual host has already. Throws ReplyError 406. */
export function checkVhostQueueLimit(parameters: Parameters, vhost: string, queue: string, count: number): void {
  const limit = vhostLimit(parameters, vhost, 'max-queues');
  if (limit === undefined || count < limit) return;
  throw new ReplyError(406, `cannot declare queue '${queue}': queue limit in vhost '${vhost}' (${limit}) is reached`);
}

/** What is wrong with the parameter's value, in RabbitMQ's words. */
export function vhostLimitsComplaints(name: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [`${name} not a list ${erlangTerm(value)}`];
  const unknown = Object.entries(value).filter(([key]) => !(VHOST_LIMITS as readonly string[]).includes(key));
  const wrong = VHOST_LIMITS.flatMap((key) => {
    const limit: unknown = (value as VhostLimits)[key];
    if (limit === undefined || Number.isInteger(limit)) return [];
    return [`${key} should be a number, actually was ${erlangTerm(limit)}`];
  });
  if (unknown.length === 0) return wrong.reverse();
  return [`Unrecognised terms ${erlangPairs(unknown)} in ${name}`, ...wrong.reverse()];
}

function storeLimits(parameters: Parameters, vhost: string, value: unknown): void {
  parameters.set({ vhost, component: VHOST_LIMITS_COMPONENT, name: VHOST_LIMITS_NAME, value });
}
