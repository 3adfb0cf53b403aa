// Direct reply-to (RabbitMQ): a client consumes from the pseudo-queue amq.rabbitmq.reply-to, and requests that it sends
// carry an address under which replies come straight to its channel, without a queue.

import type { Exchange } from '../exchange/exchange.ts';
import { createMessage } from '../message/edit.ts';
import type { Message } from '../message/message.ts';
import { ReplyError } from '../reply-error.ts';
import type { Channel } from './channel.ts';

export const REPLY_QUEUE = 'amq.rabbitmq.reply-to';

/** Where replies go, by address. */
export class ReplyAddresses {
  readonly #channels = new Map<string, Channel>();

  add(address: string, channel: Channel): void {
    this.#channels.set(address, channel);
  }

  delete(address: string): void {
    this.#channels.delete(address);
  }

  has(address: string): boolean {
    return this.#channels.has(address);
  }

  /** Delivers a message published to the default exchange under a reply address; false: it is none, or nobody is there. */
  deliver(exchange: Exchange, message: Message): boolean {
    if (exchange.name !== '' || this.#channels.size === 0) return false;
    const channel = this.#channels.get(message.routingKey);
    channel?.deliverReply(message);
    return channel !== undefined;
  }
}

/** The message with the channel's own address in reply-to, if it asks for it. Throws ReplyError 406 if there is none. */
export function withReplyAddress(message: Message, channel: Channel): Message {
  const { properties } = message;
  if (properties.reply_to !== REPLY_QUEUE) return message;
  if (channel.replyAddress === undefined) throw new ReplyError(406, 'fast reply consumer does not exist');
  return createMessage(
    message.exchange,
    message.routingKey,
    { ...properties, reply_to: channel.replyAddress },
    message.body,
  );
}
