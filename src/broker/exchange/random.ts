// The random exchange (RabbitMQ's plugin x-random): a message goes to one of the bindings, each as likely as any other.

import type { Message } from '../message/message.ts';
import type { Binding, Destination } from './binding.ts';
import { BindingList } from './binding-list.ts';
import type { BindingIndex, ExchangeType } from './exchange-type.ts';

class RandomIndex implements BindingIndex {
  readonly #bindings = new BindingList();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  add(binding: Binding): void {
    this.#bindings.add(binding);
  }

  remove(binding: Binding): void {
    this.#bindings.remove(binding);
  }

  destinations(_message: Message, found: Destination[]): void {
    const { items } = this.#bindings;
    if (items.length > 0) found.push(items[Math.floor(this.#random() * items.length)]!.destination);
  }
}

export const RANDOM: ExchangeType = {
  name: 'x-random',
  description: 'Randomly picks a binding (queue) to route via (to).',
  routesByKey: false,
  createIndex: (_args, random) => new RandomIndex(random),
};
