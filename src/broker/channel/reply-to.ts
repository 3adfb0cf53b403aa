// Direct reply-to (RabbitMQ): a client consumes from the pseudo-queue amq.rabbitmq.reply-to, and requests that it sends
// carry an address under which replies come straight to its channel, without a queue.

import type { Exchange } from '../exchange/exchange.ts';
import { createMessage } from '../message/edit.ts';
import type { Message } from '../message/message.ts';
import type { Consumer } from '../queue/consumer.ts';
import { ReplyError } from '../reply-error.ts';
import type { Channel } from './channel.ts';

export const REPLY_QUEUE = 'amq.rabbitmq.reply-to';

/** Where replies go, by address. */
export class ReplyAddresses {
  readonly #consumers = new Map<string, Consumer>();

  add(address: string, consumer: Consumer): void {
    this.#consumers.set(address, consumer);
  }

  delete(address: string): void {
    this.#consumers.delete(address);
  }

  has(address: string): boolean {
    return this.#consumers.has(address);
  }

  /** Delivers a message published to the default exchange under a reply address; false: it is none, or nobody is there. */
  deliver(exchange: Exchange, message: Message): boolean {
    if (exchange.name !== '' || this.#consumers.size === 0) return false;
    const consumer = this.#consumers.get(message.routingKey);
    if (!consumer) return false;
    consumer.channel.deliver(consumer, message, false);
    return true;
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
