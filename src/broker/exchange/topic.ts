// The topic exchange: bindings are patterns over the words of the routing key (AMQP 0-9-1 §3.1.3.3).
// Bindings without wildcards are found by their key at once; only the others are searched, in topic-trie.ts.

import type { Message } from '../message/message.ts';
import type { Binding, Destination } from './binding.ts';
import { DirectIndex } from './direct.ts';
import type { BindingIndex, ExchangeType } from './exchange-type.ts';
import { TopicTrie } from './topic-trie.ts';

/** A word that is a wildcard: `*` and `#` inside a longer word mean themselves. */
const WILDCARD = /(?:^|\.)[*#](?:\.|$)/;

class TopicIndex implements BindingIndex {
  readonly #plain = new DirectIndex();
  readonly #patterns = new TopicTrie();

  add(binding: Binding): void {
    if (WILDCARD.test(binding.routingKey)) this.#patterns.add(binding);
    else this.#plain.add(binding);
  }

  remove(binding: Binding): void {
    if (WILDCARD.test(binding.routingKey)) this.#patterns.remove(binding);
    else this.#plain.remove(binding);
  }

  destinations(message: Message, found: Destination[]): void {
    this.#plain.destinations(message, found);
    this.#patterns.match(message.routingKey, found);
  }
}

export const TOPIC: ExchangeType = {
  name: 'topic',
  description: 'AMQP topic exchange, as per the AMQP specification',
  routesByKey: true,
  createIndex: () => new TopicIndex(),
};
