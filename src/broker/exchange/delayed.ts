// The delayed-message exchange (RabbitMQ's plugin x-delayed-message): routes as the type that its argument
// `x-delayed-type` names, some time after a message came: as many ms as the message's header `x-delay` says.
// Counterpart: the router, which holds messages back by `delayOf`; the index here knows nothing of time.

import { type FieldTable, fieldOf } from '../../protocol/field-table.ts';
import type { Message } from '../message/message.ts';
import { ReplyError } from '../reply-error.ts';
import { integerOf, stringOf } from '../term-text.ts';
import type { ExchangeType } from './exchange-type.ts';

const NAME = 'x-delayed-message';
const DELAYED_TYPE = 'x-delayed-type';
/** The longest timer of the plugin, in ms; a message that asks for more is not delayed at all. */
const LONGEST_DELAY = 2 ** 32 - 1;

/** The type, made by the registry: it needs to look up the type that each exchange names. */
export function delayedType(exchangeType: (name: string) => ExchangeType): ExchangeType {
  const typeOf = (args: FieldTable) => exchangeType(stringOf(fieldOf(args, DELAYED_TYPE)) ?? '');
  return {
    name: NAME,
    description: 'Delayed Message Exchange.',
    routesByKey: false,
    validate(args) {
      const name = stringOf(fieldOf(args, DELAYED_TYPE));
      if (name === undefined) {
        throw new ReplyError(406, `Invalid argument, '${DELAYED_TYPE}' must be an existing exchange type`);
      }
      if (name === NAME) {
        throw new ReplyError(406, `Invalid argument, '${NAME}' can't be used for '${DELAYED_TYPE}'`);
      }
      exchangeType(name).validate?.(args);
    },
    validateBinding: (binding, args) => typeOf(args).validateBinding?.(binding, args),
    createIndex: (args, random) => typeOf(args).createIndex(args, random),
  };
}

/**
 * For how many ms a delayed-message exchange holds the message back; undefined: not at all, for want of a header
 * `x-delay` with a positive number in reach. Integers, fractions (cut) and text are taken.
 */
export function delayOf(message: Message): number | undefined {
  const value = fieldOf(message.headers, 'x-delay');
  if (!value) return undefined;
  let delay = integerOf(value);
  if (value.type === 'f' || value.type === 'd') delay = Math.trunc(value.value);
  if (value.type === 'S' && /^\+?\d+$/.test(value.value)) delay = Number(value.value);
  return delay !== undefined && delay > 0 && delay <= LONGEST_DELAY ? delay : undefined;
}
