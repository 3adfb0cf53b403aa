// A message that was handed to a client and not yet settled, or came back. It remembers where in its queue it stood.

import type { Message } from '../message/message.ts';
import type { Consumer } from './consumer.ts';
import type { Queue } from './queue.ts';

export class Delivery {
  readonly queue: Queue;
  readonly message: Message;
  /** Priority level and position in it: its original place. For a stream, level 0 and the offset. */
  readonly level: number;
  readonly position: number;
  /** When it expires, ms since the epoch; 0: never. */
  readonly expiresAt: number;
  /** In which order messages that came back go out again, lowest first: by position, unless the queue says otherwise. */
  turn: number;
  /** How often it was delivered before and came back. */
  deliveries: number;
  /** Who has it; undefined after basic.get. */
  consumer: Consumer | undefined;

  constructor(queue: Queue, message: Message, level: number, position: number, expiresAt: number, deliveries: number) {
    this.queue = queue;
    this.message = message;
    this.level = level;
    this.position = position;
    this.turn = position;
    this.expiresAt = expiresAt;
    this.deliveries = deliveries;
    this.consumer = undefined;
  }
}
