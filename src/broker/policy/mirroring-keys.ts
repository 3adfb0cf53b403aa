// The ha-* keys of a policy: how RabbitMQ before 4.0 mirrored classic queues. Checked as RabbitMQ does, without effect.
// Counterpart: policy-keys.ts, which lists them.

import { erlangTerm } from '../erlang-term.ts';

/** What is wrong with them, in RabbitMQ's words. */
export function mirroringComplaint(definition: Readonly<Record<string, unknown>>): string | undefined {
  const mode = definition['ha-mode'];
  if (mode === undefined) {
    const others = ['params', 'sync-mode', 'sync-batch-size', 'promote-on-shutdown', 'promote-on-failure'];
    if (!others.some((key) => Object.hasOwn(definition, `ha-${key}`))) return undefined;
    return 'ha-mode must be specified to specify ha-params, ha-sync-mode or ha-promote-on-shutdown';
  }
  return (
    modeComplaint(mode, definition['ha-params']) ??
    choiceComplaint('ha-sync-mode', ['manual', 'automatic'], definition['ha-sync-mode']) ??
    batchComplaint(definition['ha-sync-batch-size']) ??
    choiceComplaint('ha-promote-on-shutdown', ['always', 'when-synced'], definition['ha-promote-on-shutdown']) ??
    choiceComplaint('ha-promote-on-failure', ['always', 'when-synced'], definition['ha-promote-on-failure'])
  );
}

function modeComplaint(mode: unknown, params: unknown): string | undefined {
  switch (mode) {
    case 'all':
      return params === undefined ? undefined : 'ha-mode="all" does not take parameters';
    case 'exactly':
      return isPositive(params) ? undefined : `ha-mode="exactly" takes an integer, ${erlangTerm(params ?? null)} given`;
    case 'nodes': {
      if (!Array.isArray(params)) return `ha-mode="nodes" takes a list, ${erlangTerm(params ?? null)} given`;
      if (params.length === 0) return 'ha-mode="nodes" list must be non-empty';
      const invalid = params.filter((node) => typeof node !== 'string');
      if (invalid.length === 0) return undefined;
      return `ha-mode="nodes" takes a list of strings, ${erlangTerm(invalid)} was not a string`;
    }
    default:
      return `${erlangTerm(mode)} is not a valid ha-mode value`;
  }
}

function choiceComplaint(key: string, choices: readonly [string, string], value: unknown): string | undefined {
  if (value === undefined || choices.some((choice) => choice === value)) return undefined;
  return `${key} must be "${choices[0]}" or "${choices[1]}", got ${erlangTerm(value)}`;
}

function batchComplaint(value: unknown): string | undefined {
  if (value === undefined || isPositive(value)) return undefined;
  return `ha-sync-batch-size takes an integer greater than 0, ${erlangTerm(value)} given`;
}

function isPositive(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) > 0;
}
