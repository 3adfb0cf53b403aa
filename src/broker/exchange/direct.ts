// The direct exchange: a message goes wherever a binding has exactly its routing key (AMQP 0-9-1 §3.1.3.1).

import type { Message } from '../message/message.ts';
import type { Binding, Destination } from './binding.ts';
import { addDestinations, type Bound, withBinding, withoutBinding } from './binding-list.ts';
import type { BindingIndex, ExchangeType } from './exchange-type.ts';

/** Bindings by routing key. Topic exchanges keep those without wildcards in one, too. */
export class DirectIndex implements BindingIndex {
  readonly #byKey = new Map<string, Bound>();

  add(binding: Binding): void {
    this.#byKey.set(binding.routingKey, withBinding(this.#byKey.get(binding.routingKey), binding));
  }

  remove(binding: Binding): void {
    const rest = withoutBinding(this.#byKey.get(binding.routingKey), binding);
    if (rest) this.#byKey.set(binding.routingKey, rest);
    else this.#byKey.delete(binding.routingKey);
  }

  destinations(message: Message, found: Destination[]): void {
    const bound = this.#byKey.get(message.routingKey);
    if (bound) addDestinations(bound, found);
  }
}

export const DIRECT: ExchangeType = {
  name: 'direct',
  description: 'AMQP direct exchange, as per the AMQP specification',
  routesByKey: true,
  createIndex: () => new DirectIndex(),
};
