// Writes messages to a client: basic.deliver, basic.get-ok or basic.return, the content header, and the body in frames of
// the client's size. Counterpart: publisher.ts, which reads them.
// The hot half of the broker: a delivery is written byte by byte into the output, with nothing allocated.

import { ByteWriter } from '../../protocol/byte-writer.ts';
import { FRAME_BODY, FRAME_END, FRAME_HEADER, FRAME_METHOD, FRAME_OVERHEAD } from '../../protocol/frame.ts';
import type { Output } from '../connection/output.ts';
import type { Message } from '../message/message.ts';
import type { Consumer } from '../queue/consumer.ts';

/** Messages larger than this leave as they lie, without a copy, in bytes. */
const LARGEST_COPIED = 16 << 10;
/** basic.deliver, class and method. */
const DELIVER = [0, 60, 0, 60];

export class ContentWriter {
  readonly #output: Output;
  readonly #channel: number;
  readonly #bodyMax: number;
  /** Exchange and routing key of the last message, as they stand in basic.deliver. */
  #address: Uint8Array = new Uint8Array(0);
  #exchange: string | undefined;
  #routingKey = '';

  /** `bodyMax`: bytes of body that one frame may carry. */
  constructor(output: Output, channel: number, bodyMax: number) {
    this.#output = output;
    this.#channel = channel;
    this.#bodyMax = bodyMax;
  }

  deliver(consumer: Consumer, message: Message, deliveryTag: number, redelivered: boolean): void {
    consumer.prefix ??= deliverPrefix(consumer.tag);
    const { prefix } = consumer;
    const address = this.#addressOf(message);
    const size = prefix.length + 9 + address.length;
    const output = this.#output;
    let at = output.reserve(size + FRAME_OVERHEAD);
    const { bytes } = output;
    at = writePrefix(bytes, at, FRAME_METHOD, this.#channel, size);
    for (let i = 0; i < prefix.length; i++) bytes[at++] = prefix[i]!;
    at = writeTag(bytes, at, deliveryTag);
    bytes[at++] = redelivered ? 1 : 0;
    for (let i = 0; i < address.length; i++) bytes[at++] = address[i]!;
    bytes[at++] = FRAME_END;
    output.at = at;
    this.content(message);
  }

  /** The content header frame and the body frames. */
  content(message: Message): void {
    const { bytes: source, start, bodyStart, end } = message;
    if (end - start > LARGEST_COPIED || end - bodyStart > this.#bodyMax) return this.#largeContent(message);
    const output = this.#output;
    let at = output.reserve(end - start + 2 * FRAME_OVERHEAD);
    const { bytes } = output;
    at = writePrefix(bytes, at, FRAME_HEADER, this.#channel, bodyStart - start);
    for (let i = start; i < bodyStart; i++) bytes[at++] = source[i]!;
    bytes[at++] = FRAME_END;
    const bodySize = end - bodyStart;
    if (bodySize > 0) {
      at = writePrefix(bytes, at, FRAME_BODY, this.#channel, bodySize);
      if (bodySize <= 96) {
        for (let i = bodyStart; i < end; i++) bytes[at++] = source[i]!;
      } else {
        bytes.set(source.subarray(bodyStart, end), at);
        at += bodySize;
      }
      bytes[at++] = FRAME_END;
    }
    output.at = at;
  }

  #largeContent({ bytes, start, bodyStart, end }: Message): void {
    this.#frame(FRAME_HEADER, bytes, start, bodyStart);
    for (let at = bodyStart; at < end; at += this.#bodyMax) {
      this.#frame(FRAME_BODY, bytes, at, Math.min(end, at + this.#bodyMax));
    }
  }

  #frame(type: number, source: Uint8Array, start: number, end: number): void {
    const output = this.#output;
    let at = output.reserve(FRAME_OVERHEAD);
    output.at = writePrefix(output.bytes, at, type, this.#channel, end - start);
    output.write(source, start, end);
    at = output.reserve(1);
    output.bytes[at] = FRAME_END;
    output.at = at + 1;
  }

  #addressOf({ exchange, routingKey }: Message): Uint8Array {
    if (exchange !== this.#exchange || routingKey !== this.#routingKey) {
      const writer = new ByteWriter();
      writer.shortstr(exchange);
      writer.shortstr(routingKey);
      this.#address = writer.finish();
      this.#exchange = exchange;
      this.#routingKey = routingKey;
    }
    return this.#address;
  }
}

function deliverPrefix(tag: string): Uint8Array {
  const writer = new ByteWriter();
  for (const byte of DELIVER) writer.u8(byte);
  writer.shortstr(tag);
  return writer.finish();
}

/** Type, channel, size; returns where the payload begins. */
function writePrefix(bytes: Uint8Array, at: number, type: number, channel: number, size: number): number {
  bytes[at] = type;
  bytes[at + 1] = channel >>> 8;
  bytes[at + 2] = channel;
  bytes[at + 3] = size >>> 24;
  bytes[at + 4] = size >>> 16;
  bytes[at + 5] = size >>> 8;
  bytes[at + 6] = size;
  return at + 7;
}

/** A delivery tag, below 2^53, as a 64-bit integer. */
export function writeTag(bytes: Uint8Array, at: number, tag: number): number {
  const high = Math.floor(tag / 0x1_0000_0000);
  const low = tag >>> 0;
  bytes[at] = high >>> 24;
  bytes[at + 1] = high >>> 16;
  bytes[at + 2] = high >>> 8;
  bytes[at + 3] = high;
  bytes[at + 4] = low >>> 24;
  bytes[at + 5] = low >>> 16;
  bytes[at + 6] = low >>> 8;
  bytes[at + 7] = low;
  return at + 8;
}
