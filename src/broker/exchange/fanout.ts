// The fanout exchange: a message goes to everything that is bound, whatever the keys (AMQP 0-9-1 §3.1.3.2).

import type { Message } from '../message/message.ts';
import type { Binding, Destination } from './binding.ts';
import { BindingList } from './binding-list.ts';
import type { BindingIndex, ExchangeType } from './exchange-type.ts';

class FanoutIndex implements BindingIndex {
  readonly #bindings = new BindingList();

  add(binding: Binding): void {
    this.#bindings.add(binding);
  }

  remove(binding: Binding): void {
    this.#bindings.remove(binding);
  }

  destinations(_message: Message, found: Destination[]): void {
    this.#bindings.addDestinations(found);
  }
}

export const FANOUT: ExchangeType = {
  name: 'fanout',
  description: 'AMQP fanout exchange, as per the AMQP specification',
  routesByKey: true,
  createIndex: () => new FanoutIndex(),
};
