// A policy: settings for the exchanges and queues whose names match a pattern. Plain data, and the check of it before it
// is set, with RabbitMQ's texts (rabbit_policy, rabbit_parameter_validation).

import { Pattern } from '../access/pattern.ts';
import { PatternError } from '../access/pcre.ts';
import { SettingError } from '../access/setting-error.ts';
import { erlangTerm } from '../erlang-term.ts';
import { definitionComplaint } from './policy-keys.ts';

/** Operator policies bound what policies of the same objects ask for. */
export type PolicyKind = 'policy' | 'operator-policy';

/** What it is for. `all` and the first three are those of RabbitMQ 3.10; the others came with 3.12. */
const APPLY_TO = ['all', 'queues', 'exchanges', 'classic_queues', 'quorum_queues', 'streams'] as const;
export type ApplyTo = (typeof APPLY_TO)[number];

/** JSON by key: `{"max-length": 5}`. */
export type PolicyDefinition = Readonly<Record<string, unknown>>;

export interface Policy {
  readonly vhost: string;
  readonly name: string;
  readonly pattern: string;
  readonly applyTo: ApplyTo;
  readonly priority: number;
  readonly definition: PolicyDefinition;
}

/** A policy as somebody asks for it: anything may be wrong with it. */
export interface PolicySetting {
  readonly vhost: string;
  readonly name: string;
  readonly pattern?: unknown;
  readonly applyTo?: unknown;
  readonly priority?: unknown;
  readonly definition?: unknown;
}

/** Throws SettingError with one line for each thing that is wrong. */
export function makePolicy(kind: PolicyKind, setting: PolicySetting): Policy {
  const { vhost, name, pattern, applyTo = 'all', priority = 0, definition } = setting;
  const complaints = [
    definitionComplaint(kind, definition),
    applyToComplaint(applyTo),
    patternComplaint(pattern),
    typeof priority === 'number' ? undefined : `priority should be a number, actually was ${erlangTerm(priority)}`,
  ].filter((complaint) => complaint !== undefined);
  if (complaints.length > 0) throw validationError(complaints);
  return { vhost, name, pattern, applyTo, priority, definition } as Policy;
}

/** As RabbitMQ writes what a parameter's validation found. */
export function validationError(complaints: readonly string[]): SettingError {
  return new SettingError(`Validation failed\n\n${complaints.map((complaint) => `${complaint}\n`).join('')}`);
}

function applyToComplaint(applyTo: unknown): string | undefined {
  if ((APPLY_TO as readonly unknown[]).includes(applyTo)) return undefined;
  const known = "'queues', 'classic_queues',  'quorum_queues', 'streams', 'exchanges', or 'all'";
  return `apply-to '${String(applyTo)}' unrecognised; should be one of: ${known}`;
}

/** Where Erlang breaks the line between the reason and the offset, and how far it indents. */
const LINE_WIDTH = 80;

function patternComplaint(pattern: unknown): string | undefined {
  if (typeof pattern !== 'string') return `pattern should be a binary but was ${erlangTerm(pattern)}`;
  try {
    new Pattern(pattern);
    return undefined;
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const text = 'pattern should be regular expression but is invalid: ';
    const fits = `${text}{"${error.reason}",${error.offset}}`.length <= LINE_WIDTH;
    return `${text}{"${error.reason}",${fits ? '' : `\n${' '.repeat(text.length + 1)}`}${error.offset}}`;
  }
}
