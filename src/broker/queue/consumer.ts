// A consumer: who gets a queue's messages, under which tag, and how many it may hold unsettled (basic.consume).
// Counterparts: consumer-line.ts decides whose turn it is; channel.ts, through `Recipient`, writes the frames.

import type { FieldTable } from '../../protocol/field-table.ts';
import type { Message } from '../message/message.ts';
import type { Delivery } from './delivery.ts';
import type { Queue } from './queue.ts';

/** The channel, as queues see it. */
export interface Recipient {
  /** Nothing can be sent to any consumer of the channel now; it calls the queues' `wake` when that has changed. */
  readonly congested: boolean;
  /** Sends a message that needs no acknowledgement. */
  deliver(consumer: Consumer, message: Message, redelivered: boolean): void;
  /** Sends a message that must be settled; `message` is the delivery's own, or that with headers added for showing. */
  deliverUnsettled(consumer: Consumer, delivery: Delivery, message: Message): void;
  /** The queue is gone: the consumer ends with a basic.cancel from the server. */
  cancelledByServer(consumer: Consumer): void;
}

export interface ConsumerOptions {
  readonly tag: string;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  /** x-priority; higher ones are served first. */
  readonly priority: number;
  /** How many unsettled messages it may hold; 0: any number. */
  readonly prefetch: number;
  readonly arguments: FieldTable;
}

export class Consumer {
  readonly channel: Recipient;
  readonly queue: Queue;
  readonly tag: string;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  readonly priority: number;
  readonly prefetch: number;
  readonly arguments: FieldTable;
  /** Messages that it has and has not settled. */
  unsettled = 0;
  /** It stands in its queue's line; otherwise it was found unable, and waits to be woken. */
  inLine = false;
  cancelled = false;
  /** What basic.deliver begins with for this consumer; kept by the channel. */
  prefix: Uint8Array | undefined = undefined;

  constructor(channel: Recipient, queue: Queue, options: ConsumerOptions) {
    this.channel = channel;
    this.queue = queue;
    this.tag = options.tag;
    this.noAck = options.noAck;
    this.exclusive = options.exclusive;
    this.priority = options.priority;
    this.prefetch = options.prefetch;
    this.arguments = options.arguments;
  }

  /** Whether it can take a message now. */
  get able(): boolean {
    return !(this.channel.congested || (this.prefetch !== 0 && this.unsettled >= this.prefetch));
  }
}
