// A stretch of a stream: messages with consecutive offsets, which go together when they are too many or too old.
// Counterpart: stream-log.ts, which lines segments up. Times do not fall from one message to the next.

import type { Message } from '../message/message.ts';

/** What RabbitMQ's segment file begins with, in bytes. */
const FILE_HEADER = 8;
/**
 * Bytes that a message takes in RabbitMQ's segment file beside its names and content, if it is alone in its chunk: the
 * chunk's header, the record's, and the AMQP 1.0 sections around the content.
 */
const RECORD_OVERHEAD = 80;

export class Segment {
  /** Offset of the first message. */
  readonly first: number;
  readonly messages: Message[] = [];
  /** What it counts towards retention and its own size, in bytes. */
  fileSize = FILE_HEADER;
  /** Bytes of the bodies. */
  bodyBytes = 0;
  /** What its messages count towards the memory watermark, in bytes. */
  cost = 0;
  /** When the last message came, ms since the epoch. */
  lastTime = 0;
  /** The offsets at which the time changed, and to what. */
  readonly #changes: number[] = [];
  readonly #times: number[] = [];

  constructor(first: number) {
    this.first = first;
  }

  /** The offset behind the last message. */
  get end(): number {
    return this.first + this.messages.length;
  }

  /** `time`: when the message came, ms since the epoch. */
  append(message: Message, time: number): void {
    if (this.messages.length === 0 || time > this.lastTime) {
      this.#changes.push(this.end);
      this.#times.push(time);
      this.lastTime = time;
    }
    this.messages.push(message);
    this.fileSize +=
      RECORD_OVERHEAD + message.end - message.start + message.exchange.length + message.routingKey.length;
    this.bodyBytes += message.bodySize;
    this.cost += message.cost;
  }

  /** The offset of the first message that came at `time` or later; the end if none did. */
  offsetAt(time: number): number {
    let low = 0;
    let high = this.#times.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#times[middle]! < time) low = middle + 1;
      else high = middle;
    }
    return low < this.#changes.length ? this.#changes[low]! : this.end;
  }
}
