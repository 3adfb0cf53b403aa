// All exchange types. A new one: a file beside this one and a line here.

import { ReplyError } from '../reply-error.ts';
import { CONSISTENT_HASH } from './consistent-hash.ts';
import { delayedType } from './delayed.ts';
import { DIRECT } from './direct.ts';
import type { ExchangeType } from './exchange-type.ts';
import { FANOUT } from './fanout.ts';
import { HEADERS } from './headers.ts';
import { RANDOM } from './random.ts';
import { TOPIC } from './topic.ts';

export const DELAYED: ExchangeType = delayedType(exchangeType);

/** In the order in which RabbitMQ's management lists them: by name. */
export const EXCHANGE_TYPES: readonly ExchangeType[] = [
  DIRECT,
  FANOUT,
  HEADERS,
  TOPIC,
  CONSISTENT_HASH,
  DELAYED,
  RANDOM,
];

/** The type of that name. Throws ReplyError 503. */
export function exchangeType(name: string): ExchangeType {
  const type = EXCHANGE_TYPES.find((known) => known.name === name);
  if (type) return type;
  // RabbitMQ calls a name invalid, not unknown, if it is a word of its own code. The empty one is.
  throw new ReplyError(503, `${name === '' ? 'invalid' : 'unknown'} exchange type '${name}'`);
}
