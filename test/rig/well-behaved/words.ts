// What exemplary programs have in common: how they connect, declare, consume and leave. Counterparts: workers.ts and
// callers.ts, the programs themselves.

import type { Conversation, ConversationClient } from '../conversation.ts';
import type { ConversationChannel, Message } from '../conversation-channel.ts';

/** The conversation of one or a few programs. */
export interface WellBehaved {
  /** Completes "a …". */
  readonly name: string;
  play(talk: Conversation): void;
}

/** A message as one should be published: persistent, with an id and a type. */
export function order(number: number, routingKey = 'orders'): Message {
  return {
    routingKey,
    properties: { content_type: 'application/json', delivery_mode: 2, message_id: `order-${number}` },
    body: JSON.stringify({ order: number, total: number * 10 }),
  };
}

/** Declares a durable queue, as both its publisher and its consumer may do. */
export function declareQuorumQueue(channel: ConversationChannel, queue = 'orders', messages = 0): void {
  const values = { queue, durable: true, arguments: { 'x-queue-type': 'quorum' } };
  channel.call('queue.declare', values, { message_count: messages });
}

/** A connection with a channel whose publishes are confirmed. */
export function confirming(talk: Conversation, name: string): [ConversationClient, ConversationChannel] {
  const client = talk.connect({ name, product: 'amqplib', version: '0.10.8' });
  const channel = client.channel();
  channel.call('confirm.select');
  return [client, channel];
}

/** A connection with a channel that consumes from a queue and acknowledges, within a prefetch. */
export function consuming(
  talk: Conversation,
  name: string,
  prefetch = 50,
  queue = 'orders',
): [ConversationClient, ConversationChannel] {
  const client = talk.connect({ name });
  const channel = client.channel();
  channel.call('basic.qos', { prefetch_count: prefetch });
  declareQuorumQueue(channel, queue);
  channel.call('basic.consume', { queue, consumer_tag: name });
  return [client, channel];
}

/** Closes in good order: the consumer first, if there is one, then the channel, then the connection. */
export function leave(client: ConversationClient, channel: ConversationChannel, consumerTag?: string): void {
  if (consumerTag !== undefined) channel.call('basic.cancel', { consumer_tag: consumerTag });
  channel.close();
  client.close();
}

/** Both sides' heartbeats for so many minutes, twice a minute: heartbeat 60 is sent every 30 s. */
export function idle(talk: Conversation, client: ConversationClient, minutes: number): void {
  for (let half = 0; half < 2 * minutes; half++) {
    talk.wait(30_000);
    client.heartbeat('client');
    client.heartbeat('server');
  }
}
