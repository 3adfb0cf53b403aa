// A channel of a conversation: messages both ways, and their settlement. Counterpart: conversation.ts, which opens it.
// Invariant: method, content header and body frames of one message are one write; bodies are split by frame-max.

import { encodeContentHeaderFrame } from '../../src/protocol/content-header.ts';
import type { FieldTable } from '../../src/protocol/field-table.ts';
import { encodeFrame, FRAME_BODY, FRAME_OVERHEAD } from '../../src/protocol/frame.ts';
import type { BasicProperties, MethodName } from '../../src/protocol/method-table.ts';
import { idsOf, type Peer, type PlainTable, Speaker, tableOf, type Values, type Wire } from './conversation-speaker.ts';

export interface Message {
  /** '' by default: the default exchange. */
  readonly exchange?: string;
  readonly routingKey?: string;
  readonly properties?: Omit<BasicProperties, 'headers'> & { readonly headers?: FieldTable | PlainTable };
  /** 'hello' by default. */
  readonly body?: string | Uint8Array;
}

export interface Publication extends Message {
  readonly mandatory?: boolean;
  readonly immediate?: boolean;
}

export interface Delivery extends Message {
  readonly deliveryTag: number | bigint;
  readonly redelivered?: boolean;
}

export interface ConsumerDelivery extends Delivery {
  readonly consumerTag: string;
}

export interface GetDelivery extends Delivery {
  readonly messageCount?: number;
}

export interface Return extends Message {
  /** 312 NO_ROUTE by default. */
  readonly replyCode?: number;
  readonly replyText?: string;
}

export class ConversationChannel extends Speaker {
  readonly #largestBody: number;

  /** `frameMax` in bytes; 0: any. */
  constructor(wire: Wire, number: number, frameMax: number) {
    super(wire, number);
    this.#largestBody = frameMax === 0 ? Number.POSITIVE_INFINITY : frameMax - FRAME_OVERHEAD;
  }

  publish(publication: Publication = {}): number {
    const { mandatory = false, immediate = false } = publication;
    return this.#send('client', 'basic.publish', { ...addressOf(publication), mandatory, immediate }, publication);
  }

  deliver(delivery: ConsumerDelivery): number {
    const { consumerTag: consumer_tag, deliveryTag: delivery_tag, redelivered = false } = delivery;
    const values = { ...addressOf(delivery), consumer_tag, delivery_tag, redelivered };
    return this.#send('server', 'basic.deliver', values, delivery);
  }

  /** What basic.get is answered with. */
  getOk(delivery: GetDelivery): number {
    const { deliveryTag: delivery_tag, redelivered = false, messageCount: message_count = 0 } = delivery;
    const values = { ...addressOf(delivery), delivery_tag, redelivered, message_count };
    return this.#send('server', 'basic.get-ok', values, delivery);
  }

  return_(message: Return): number {
    const { replyCode: reply_code = 312, replyText: reply_text = 'NO_ROUTE' } = message;
    return this.#send('server', 'basic.return', { ...addressOf(message), reply_code, reply_text }, message);
  }

  /** The client acknowledges a delivery. */
  ack(deliveryTag: number | bigint, multiple = false): number {
    return this.client('basic.ack', { delivery_tag: deliveryTag, multiple });
  }

  /** The client refuses deliveries. */
  nack(deliveryTag: number | bigint, { multiple = false, requeue = true } = {}): number {
    return this.client('basic.nack', { delivery_tag: deliveryTag, multiple, requeue });
  }

  reject(deliveryTag: number | bigint, requeue = true): number {
    return this.client('basic.reject', { delivery_tag: deliveryTag, requeue });
  }

  /** The server confirms a publish. */
  confirm(deliveryTag: number | bigint, multiple = false): number {
    return this.server('basic.ack', { delivery_tag: deliveryTag, multiple });
  }

  /** The client closes the channel, and the server agrees. */
  close(replyCode = 200, replyText = 'Goodbye'): number {
    return this.call('channel.close', { reply_code: replyCode, reply_text: replyText });
  }

  /** The server closes the channel for what a method did, and the client agrees. */
  closeByServer(replyCode: number, replyText: string, method?: MethodName): number {
    const id = this.server('channel.close', { reply_code: replyCode, reply_text: replyText, ...idsOf(method) });
    this.client('channel.close-ok');
    return id;
  }

  /** The frames of a method, its content header and its bodies. */
  encodeMessage<M extends MethodName>(method: M, values: Values<M>, message: Message): Uint8Array[] {
    const { properties = {}, body = 'hello' } = message;
    const { headers, ...others } = properties;
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const frames = [
      this.encode(method, values),
      encodeContentHeaderFrame(this.number, BigInt(bytes.length), {
        ...others,
        ...(headers !== undefined && { headers: tableOf(headers) }),
      }),
    ];
    for (let at = 0; at < bytes.length; at += this.#largestBody) {
      frames.push(encodeFrame(FRAME_BODY, this.number, bytes.subarray(at, at + this.#largestBody)));
    }
    return frames;
  }

  #send<M extends MethodName>(from: Peer, method: M, values: Values<M>, message: Message): number {
    return this.wire.write(from, Buffer.concat(this.encodeMessage(method, values, message)));
  }
}

function addressOf({ exchange = '', routingKey = '' }: Message) {
  return { exchange, routing_key: routingKey };
}
