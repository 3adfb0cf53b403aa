// The x-arguments of queue.declare and basic.consume: which ones each queue type takes, and what is wrong with a value,
// in RabbitMQ's words. Counterpart: queue-settings.ts, which makes settings of them.

import { type FieldTable, type FieldValue, fieldOf } from '../../protocol/field-table.ts';
import { LONGEST_EXPIRY } from '../message/peek.ts';
import { ReplyError } from '../reply-error.ts';
import { integerOf, TYPE_NAMES, termText } from '../term-text.ts';
import type { QueueType } from './queue.ts';

/** What is wrong with a value, as an Erlang term; undefined: nothing. */
type Check = (value: FieldValue, table: FieldTable) => string | undefined;

function unacceptable({ type }: FieldValue): string {
  return `{unacceptable_type,${TYPE_NAMES[type]}}`;
}

const integer: Check = (value) =>
  integerOf(value) === undefined ? `"expected integer, got ${TYPE_NAMES[value.type]}"` : undefined;

const notNegative: Check = (value, table) =>
  integer(value, table) ?? (integerOf(value)! < 0 ? `{value_negative,${termText(value)}}` : undefined);

const positive: Check = (value, table) =>
  notNegative(value, table) ?? (integerOf(value) === 0 ? '{value_zero,0}' : undefined);

function expiry(value: FieldValue): string | undefined {
  const ms = integerOf(value)!;
  if (ms < 0) return `{value_negative,${termText(value)}}`;
  return ms > LONGEST_EXPIRY ? `{value_too_large,${termText(value)}}` : undefined;
}

const messageTtl: Check = (value, table) => integer(value, table) ?? expiry(value);

const expires: Check = (value, table) =>
  integer(value, table) ?? (integerOf(value) === 0 ? '{value_zero,0}' : expiry(value));

const MAX_PRIORITY = 255;
const maxPriority: Check = (value, table) =>
  notNegative(value, table) ??
  (integerOf(value)! > MAX_PRIORITY ? `{max_value_exceeded,${termText(value)}}` : undefined);

const boolean: Check = (value) => (value.type === 't' ? undefined : unacceptable(value));
const string: Check = (value) => (value.type === 'S' ? undefined : unacceptable(value));

const deadLetterKey: Check = (value, table) =>
  string(value, table) ?? (fieldOf(table, 'x-dead-letter-exchange') ? undefined : 'routing_key_but_no_dlx_defined');

function oneOf(known: readonly string[], wrong: (value: string) => string): Check {
  return (value, table) =>
    string(value, table) ?? (known.includes(value.value as string) ? undefined : wrong(value.value as string));
}

const overflow = oneOf(['drop-head', 'reject-publish', 'reject-publish-dlx'], () => 'invalid_overflow');
const strategy = oneOf(['at-most-once', 'at-least-once'], () => 'invalid_dlx_strategy');
const queueMode = oneOf(['default', 'lazy'], (mode) => `"unsupported queue mode '${mode}'"`);
const leaderLocator = oneOf(
  ['client-local', 'balanced', 'min-masters', 'random', 'least-leaders'],
  () => 'invalid_queue_locator_arg',
);
const queueType = oneOf(['classic', 'quorum', 'stream'], (type) => `"unsupported queue type '${type}'"`);

const queueVersion: Check = (value, table) =>
  notNegative(value, table) ??
  ([1, 2].includes(integerOf(value)!) ? undefined : `"unsupported queue version '${termText(value)}'"`);

const maxAge: Check = (value, table) =>
  string(value, table) ?? (parseMaxAge(value.value as string) === undefined ? 'invalid_max_age' : undefined);

const AGE_UNITS_MS: Readonly<Record<string, number>> = {
  Y: 365 * 86_400_000,
  M: 30 * 86_400_000,
  D: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
};

/** `7D`, `1h`: an age in ms, or undefined. */
export function parseMaxAge(text: string): number | undefined {
  const match = /^(\d+)([YMDhms])$/.exec(text);
  const age = match ? Number(match[1]) * AGE_UNITS_MS[match[2]!]! : 0;
  return age > 0 ? age : undefined;
}

/** In the order in which RabbitMQ looks at them. */
const QUEUE_CHECKS: Readonly<Record<string, Check>> = {
  'x-expires': expires,
  'x-message-ttl': messageTtl,
  'x-dead-letter-exchange': string,
  'x-dead-letter-routing-key': deadLetterKey,
  'x-dead-letter-strategy': strategy,
  'x-max-length': notNegative,
  'x-max-length-bytes': notNegative,
  'x-max-in-memory-length': notNegative,
  'x-max-in-memory-bytes': notNegative,
  'x-max-priority': maxPriority,
  'x-overflow': overflow,
  'x-queue-mode': queueMode,
  'x-queue-version': queueVersion,
  'x-single-active-consumer': boolean,
  'x-queue-type': queueType,
  'x-quorum-initial-group-size': positive,
  'x-max-age': maxAge,
  'x-stream-max-segment-size-bytes': notNegative,
  'x-initial-cluster-size': positive,
  'x-queue-leader-locator': leaderLocator,
};

/** The arguments that each type takes; RabbitMQ compares these when a queue is declared again. */
export const QUEUE_ARGUMENTS: Readonly<Record<QueueType, readonly string[]>> = {
  classic: [
    'x-expires',
    'x-message-ttl',
    'x-dead-letter-exchange',
    'x-dead-letter-routing-key',
    'x-max-length',
    'x-max-length-bytes',
    'x-max-priority',
    'x-overflow',
    'x-queue-mode',
    'x-queue-version',
    'x-single-active-consumer',
    'x-queue-type',
    'x-queue-master-locator',
  ],
  quorum: [
    'x-dead-letter-exchange',
    'x-dead-letter-routing-key',
    'x-dead-letter-strategy',
    'x-expires',
    'x-max-length',
    'x-max-length-bytes',
    'x-max-in-memory-length',
    'x-max-in-memory-bytes',
    'x-overflow',
    'x-single-active-consumer',
    'x-queue-type',
    'x-quorum-initial-group-size',
    'x-delivery-limit',
    'x-message-ttl',
    'x-queue-leader-locator',
  ],
  stream: [
    'x-max-length-bytes',
    'x-queue-type',
    'x-max-age',
    'x-stream-max-segment-size-bytes',
    'x-initial-cluster-size',
    'x-queue-leader-locator',
  ],
};

const CONSUMER_CHECKS: Readonly<Record<string, Check>> = {
  'x-priority': integer,
  'x-cancel-on-ha-failover': boolean,
};

const CONSUMER_ARGUMENTS: Readonly<Record<QueueType, readonly string[]>> = {
  classic: ['x-cancel-on-ha-failover', 'x-priority', 'x-credit'],
  quorum: ['x-priority', 'x-credit'],
  stream: ['x-stream-offset', 'x-credit'],
};

/** RabbitMQ's names of the modules that implement the types; they show in a reply text. */
const TYPE_MODULES: Readonly<Record<QueueType, string>> = {
  classic: 'rabbit_classic_queue',
  quorum: 'rabbit_quorum_queue',
  stream: 'rabbit_stream_queue',
};

/** The type that the arguments ask for. Throws ReplyError 406 for one that there is not. */
export function queueTypeOf(resource: string, table: FieldTable): QueueType {
  check(resource, table, { 'x-queue-type': queueType });
  return (fieldOf(table, 'x-queue-type')?.value as QueueType | undefined) ?? 'classic';
}

/** Throws ReplyError 406 for what a queue of this type cannot be declared with. */
export function checkQueueArguments(resource: string, type: QueueType, table: FieldTable): void {
  const names = QUEUE_ARGUMENTS[type];
  check(resource, table, QUEUE_CHECKS, names);
  refuseForeign(resource, type, table, QUEUE_ARGUMENTS);
}

/** Throws ReplyError 406 for what a consumer of such a queue cannot be declared with. */
export function checkConsumerArguments(resource: string, type: QueueType, table: FieldTable): void {
  check(resource, table, CONSUMER_CHECKS, CONSUMER_ARGUMENTS[type]);
  refuseForeign(resource, type, table, CONSUMER_ARGUMENTS);
}

function check(
  resource: string,
  table: FieldTable,
  checks: Readonly<Record<string, Check>>,
  names: readonly string[] = Object.keys(checks),
): void {
  for (const [name, wrong] of Object.entries(checks)) {
    const value = names.includes(name) ? fieldOf(table, name) : undefined;
    const why = value && wrong(value, table);
    if (why !== undefined) throw new ReplyError(406, `invalid arg '${name}' for ${resource}: ${why}`);
  }
}

/** Refuses an argument that other queue types know and this one does not; what none knows passes. */
function refuseForeign(
  resource: string,
  type: QueueType,
  table: FieldTable,
  known: Readonly<Record<QueueType, readonly string[]>>,
): void {
  const others = Object.values(known).flat();
  for (const [name] of table) {
    if (others.includes(name) && !known[type].includes(name)) {
      throw new ReplyError(406, `invalid arg '${name}' for ${resource} of queue type ${TYPE_MODULES[type]}`);
    }
  }
}

/** The term that RabbitMQ shows for a value that it could not make sense of. */
export function typedTerm(value: FieldValue): string {
  return `{${TYPE_NAMES[value.type]},${termText(value)}}`;
}
