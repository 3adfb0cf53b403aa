// A reply code that the broker raises: it closes the channel or the connection (AMQP 0-9-1 §1.2), with the text that
// RabbitMQ would send. Counterpart: connection.ts, which turns it into channel.close or connection.close.

import { AmqpSpyError, type ErrorScope } from '../errors.ts';
import { REPLY_CODES, type ReplyCode } from '../protocol/spec.ts';

/** Class and method that a close method names. */
export interface Culprit {
  readonly classId: number;
  readonly methodId: number;
}

/** For what is no method's fault: frames, limits, logins. */
export const NO_METHOD: Culprit = { classId: 0, methodId: 0 };

export class ReplyError extends AmqpSpyError {
  readonly replyCode: ReplyCode;
  readonly scope: ErrorScope;
  /** Undefined: the method that is being handled. */
  readonly culprit: Culprit | undefined;

  /** `reason` is what follows the name: `no queue 'q' in vhost '/'`. The scope is the code's own unless given. */
  constructor(
    replyCode: ReplyCode,
    reason: string,
    scope: ErrorScope = REPLY_CODES[replyCode].scope,
    culprit?: Culprit,
  ) {
    super('ERR_REPLY', `${replyName(replyCode)} - ${reason}`);
    this.replyCode = replyCode;
    this.scope = scope;
    this.culprit = culprit;
  }

  /** The reply text as it goes on the wire: a short string, cut to 255 bytes. */
  get replyText(): string {
    return cutToShortString(this.message);
  }
}

/** `PRECONDITION_FAILED`, as RabbitMQ writes it. */
function replyName(code: ReplyCode): string {
  return REPLY_CODES[code].name.toUpperCase().replaceAll('-', '_');
}

const LONGEST = 255;

function cutToShortString(text: string): string {
  if (Buffer.byteLength(text) <= LONGEST) return text;
  // RabbitMQ cuts at 252 bytes and adds an ellipsis.
  let cut = text.slice(0, LONGEST);
  while (Buffer.byteLength(cut) > LONGEST - 3) cut = cut.slice(0, -1);
  return `${cut}...`;
}
