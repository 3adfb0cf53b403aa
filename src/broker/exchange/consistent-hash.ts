// The consistent-hash exchange (RabbitMQ's plugin x-consistent-hash): equal messages go to the same one of the
// destinations. A binding's routing key is its destination's weight. What is hashed is the message's routing key, or
// the header or property that the exchange's arguments name.
// Weighted rendezvous hashing: every destination draws a number that depends on it and the message alone, and the
// lowest wins; so a destination that comes or goes moves no message between the others. Any weight costs the same.

import { type FieldTable, fieldOf } from '../../protocol/field-table.ts';
import type { Message } from '../message/message.ts';
import { ReplyError } from '../reply-error.ts';
import { stringOf, TYPE_NAMES, termText } from '../term-text.ts';
import type { Binding, Destination } from './binding.ts';
import type { BindingIndex, ExchangeType } from './exchange-type.ts';

const HASH_HEADER = 'hash-header';
const HASH_PROPERTY = 'hash-property';
const PROPERTIES = ['correlation_id', 'message_id', 'timestamp'] as const;
type HashedProperty = (typeof PROPERTIES)[number];
/** Stands for what the message lacks: all such messages go the same way. */
const MISSING = '';

class Target {
  readonly destination: Destination;
  readonly weight: number;
  readonly seed: number;

  constructor({ destination, routingKey }: Binding) {
    this.destination = destination;
    this.weight = Number(routingKey);
    this.seed = hashText(`${destination.kind} ${destination.name}`);
  }
}

class ConsistentHashIndex implements BindingIndex {
  readonly #targets = new Map<Destination, Target>();
  readonly #header: string | undefined;
  readonly #property: HashedProperty | undefined;

  constructor(args: FieldTable) {
    this.#header = stringOf(fieldOf(args, HASH_HEADER));
    this.#property = stringOf(fieldOf(args, HASH_PROPERTY)) as HashedProperty | undefined;
  }

  /** As in RabbitMQ, a destination has the weight of its first binding, and loses it with any of them. */
  add(binding: Binding): void {
    if (!this.#targets.has(binding.destination)) this.#targets.set(binding.destination, new Target(binding));
  }

  remove(binding: Binding): void {
    this.#targets.delete(binding.destination);
  }

  destinations(message: Message, found: Destination[]): void {
    const key = hashText(this.#hashed(message));
    let nearest: Target | undefined;
    let lowest = Number.POSITIVE_INFINITY;
    for (const target of this.#targets.values()) {
      const drawn = (mix(key ^ target.seed) + 0.5) / 2 ** 32;
      // -ln x is at least 1 - x, which saves most logarithms.
      if (1 - drawn >= lowest * target.weight) continue;
      const distance = -Math.log(drawn) / target.weight;
      if (distance >= lowest) continue;
      lowest = distance;
      nearest = target;
    }
    if (nearest) found.push(nearest.destination);
  }

  #hashed(message: Message): string {
    if (this.#header !== undefined) {
      const value = fieldOf(message.headers, this.#header);
      return value ? `${TYPE_NAMES[value.type]} ${termText(value)}` : MISSING;
    }
    if (this.#property !== undefined) return `${message.properties[this.#property] ?? MISSING}`;
    return message.routingKey;
  }
}

/** 32 bits of text: FNV-1a over its code units. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** Spreads each bit of the input over all 32 of the output (MurmurHash3's finalizer). Unsigned. */
function mix(bits: number): number {
  let hash = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function validate(args: FieldTable): void {
  const header = nameIn(args, HASH_HEADER);
  const property = nameIn(args, HASH_PROPERTY);
  if (header !== undefined && property !== undefined) {
    throw new ReplyError(406, 'hash-header and hash-property are mutually exclusive');
  }
  if (property !== undefined && !PROPERTIES.includes(property as HashedProperty)) {
    throw new ReplyError(406, `Unsupported property: ${property}`);
  }
}

function nameIn(args: FieldTable, argument: string): string | undefined {
  const value = fieldOf(args, argument);
  // RabbitMQ's channel crashes at this point, and its connection ends with 541.
  if (value && value.type !== 'S') throw new ReplyError(541, `${argument} must be a long string`);
  return value?.value;
}

function validateBinding({ routingKey }: Binding): void {
  if (!/^[+-]?\d+$/.test(routingKey)) {
    const found = termText({ type: 'S', value: routingKey });
    throw new ReplyError(406, `The binding key must be an integer: ${found}`);
  }
  if (Number(routingKey) < 1) throw new ReplyError(406, 'The binding key must be greater than 0');
}

export const CONSISTENT_HASH: ExchangeType = {
  name: 'x-consistent-hash',
  description: 'Consistent Hashing Exchange',
  routesByKey: false,
  validate,
  validateBinding,
  createIndex: (args) => new ConsistentHashIndex(args),
};
