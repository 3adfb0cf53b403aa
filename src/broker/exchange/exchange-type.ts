// What an exchange type is: a name, a check of its arguments, and an index of bindings that says where a message goes.
// One file a type beside this one; registry.ts lists them.

import type { FieldTable } from '../../protocol/field-table.ts';
import type { Message } from '../message/message.ts';
import type { Binding, Destination } from './binding.ts';

/** The bindings of one exchange, kept as its type needs them to route. */
export interface BindingIndex {
  /** The binding is new: the exchange has no equal one. */
  add(binding: Binding): void;
  /** The very object that was added. */
  remove(binding: Binding): void;
  /** Adds the destinations of the message to `found`; may add one twice. */
  destinations(message: Message, found: Destination[]): void;
}

export interface ExchangeType {
  /** `direct`, `x-consistent-hash`, … as in exchange.declare. */
  readonly name: string;
  /** In words, as RabbitMQ's management describes it. */
  readonly description: string;
  /** Where a message goes depends on nothing but its routing key and the bindings, so that it may be remembered. */
  readonly routesByKey: boolean;
  /** Throws ReplyError if exchange.declare's arguments are wrong for this type. */
  validate?(args: FieldTable): void;
  /** Throws ReplyError if a binding's routing key or arguments are wrong for this type; `args` are the exchange's. */
  validateBinding?(binding: Binding, args: FieldTable): void;
  /** An index without bindings. `random` gives [0, 1). */
  createIndex(args: FieldTable, random: () => number): BindingIndex;
}
