// An exchange type's index as tests use it: bind and unbind queues by name, and ask where a message goes.

import type { Binding, Destination } from '../../../src/broker/exchange/binding.ts';
import type { BindingIndex, ExchangeType } from '../../../src/broker/exchange/exchange-type.ts';
import { Message } from '../../../src/broker/message/message.ts';
import { encodeContentHeader } from '../../../src/protocol/content-header.ts';
import type { BasicProperties } from '../../../src/protocol/method-table.ts';
import { type PlainValue, table } from '../../rig/field-values.ts';

type Arguments = { readonly [name: string]: PlainValue };

/** A message without a body. */
export function message(routingKey: string, properties: BasicProperties = {}): Message {
  const bytes = encodeContentHeader(0n, properties);
  const { length } = bytes;
  const flags = { persistent: false, priority: 0, expiration: -1 };
  return new Message('x', routingKey, { bytes, start: 0, bodyStart: length, end: length, ...flags });
}

/** A message with these headers. */
export function messageWith(headers: Arguments): Message {
  return message('', { headers: table(headers) });
}

export class Bindings {
  readonly #type: ExchangeType;
  readonly #args: ReturnType<typeof table>;
  readonly #index: BindingIndex;
  readonly #queues = new Map<string, Destination>();

  constructor(type: ExchangeType, args: Arguments = {}, random: () => number = () => 0) {
    this.#type = type;
    this.#args = table(args);
    this.#type.validate?.(this.#args);
    this.#index = type.createIndex(this.#args, random);
  }

  bind(queue: string, routingKey = '', args: Arguments = {}): Binding {
    const destination = this.#queues.get(queue) ?? { kind: 'queue', name: queue };
    this.#queues.set(queue, destination);
    const binding = { source: 'x', destination, routingKey, arguments: table(args) };
    this.#type.validateBinding?.(binding, this.#args);
    this.#index.add(binding);
    return binding;
  }

  unbind(binding: Binding): void {
    this.#index.remove(binding);
  }

  /** The names of the queues that the message goes to, sorted, repeated as found. */
  queuesOf(routed: Message | string): string[] {
    const found: Destination[] = [];
    this.#index.destinations(typeof routed === 'string' ? message(routed) : routed, found);
    return found.map(({ name }) => name).sort();
  }
}
