// Writes the records of one batch into a buffer. Counterpart: batch-record.ts, which has the layout and reads it.
// Invariant: a record is written whole, after `room` said that it fits; `seal` adds length and checksum.

import { crc32 } from 'node:zlib';
import { encodeText } from '../../protocol/text.ts';
import type { Message } from '../message/message.ts';
import type { Batch } from './batch.ts';
import {
  BATCH_HEADER,
  DELETION_SIZE,
  DELIVERED_SIZE,
  ENTITY_HEADER,
  FLAG_PERSISTENT,
  MESSAGE_HEADER,
  RECORD_DELETION,
  RECORD_DELIVERED,
  RECORD_ENTITY,
  RECORD_MESSAGE,
  RECORD_ROUTE,
  ROUTE_HEADER,
} from './batch-record.ts';

/** Up to this many bytes a plain loop beats TypedArray.set. */
const SHORT = 96;

/** How many bytes a message may take in any batch, its route included, at most. */
export function messageSize(exchange: string, routingKey: string, contentLength: number): number {
  return MESSAGE_HEADER + contentLength + ROUTE_HEADER + 3 * (exchange.length + routingKey.length);
}

export class BatchWriter {
  readonly batch: Batch;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #length = BATCH_HEADER;
  #exchange: string | undefined;
  #routingKey = '';

  /** The buffer is the writer's until the batch is stored. */
  constructor(batch: Batch, buffer: Buffer) {
    this.batch = batch;
    this.#bytes = buffer;
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }

  get isEmpty(): boolean {
    return this.#length === BATCH_HEADER;
  }

  /** Bytes that may still be written. */
  get room(): number {
    return this.#bytes.length - this.#length;
  }

  /** How many bytes a message of this route and content length may take here, at most. */
  messageSize(exchange: string, routingKey: string, contentLength: number): number {
    if (exchange === this.#exchange && routingKey === this.#routingKey) return MESSAGE_HEADER + contentLength;
    return messageSize(exchange, routingKey, contentLength);
  }

  message(queue: number, level: number, position: number, message: Message, storedAt: number, expiresAt: number): void {
    this.#route(message.exchange, message.routingKey);
    const at = this.#length;
    const length = message.end - message.start;
    const view = this.#view;
    const bytes = this.#bytes;
    bytes[at] = RECORD_MESSAGE;
    bytes[at + 1] = level;
    bytes[at + 2] = message.priority;
    bytes[at + 3] = message.persistent ? FLAG_PERSISTENT : 0;
    view.setUint32(at + 4, queue, true);
    view.setFloat64(at + 8, position, true);
    view.setFloat64(at + 16, storedAt, true);
    view.setFloat64(at + 24, expiresAt, true);
    view.setFloat64(at + 32, message.expiration, true);
    view.setUint32(at + 40, message.bodyStart - message.start, true);
    view.setUint32(at + 44, length, true);
    this.#length = at + MESSAGE_HEADER;
    this.#copy(message.bytes, message.start, message.end);
    this.batch.puts++;
    this.batch.live++;
  }

  /** Writes a message or entity record of another batch anew; `room` must have space for its route too. */
  copyRecord(bytes: Buffer, at: number, end: number, exchange: string, routingKey: string): void {
    if (bytes[at] === RECORD_MESSAGE) this.#route(exchange, routingKey);
    this.#copy(bytes, at, end);
    this.batch.puts++;
    this.batch.live++;
  }

  /** `text`: JSON of [kind, key, value]. */
  entity(position: number, text: Uint8Array): void {
    const at = this.#length;
    this.#view.setUint32(at, RECORD_ENTITY, true);
    this.#view.setUint32(at + 4, text.length, true);
    this.#view.setFloat64(at + 8, position, true);
    this.#length = at + ENTITY_HEADER;
    this.#copy(text, 0, text.length);
    this.batch.puts++;
    this.batch.live++;
  }

  deletion(target: Batch, queue: number, level: number, first: number, last: number): void {
    const at = this.#length;
    this.#place(RECORD_DELETION, queue, level, first);
    this.#view.setFloat64(at + 16, last, true);
    this.#view.setFloat64(at + 24, target.sequence, true);
    this.#length = at + DELETION_SIZE;
    this.batch.addDeletion(target);
  }

  delivered(queue: number, level: number, position: number, deliveries: number): void {
    const at = this.#length;
    this.#place(RECORD_DELIVERED, queue, level, position);
    this.#view.setFloat64(at + 16, deliveries, true);
    this.#length = at + DELIVERED_SIZE;
  }

  /** Completes the batch: its `bytes` are the value to store. */
  seal(): Batch {
    const { batch } = this;
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#view.setUint32(4, this.#length, true);
    this.#view.setFloat64(8, batch.sequence, true);
    this.#view.setUint32(0, crc32(bytes.subarray(4)), true);
    batch.bytes = bytes;
    batch.size = this.#length;
    return batch;
  }

  #place(kind: number, queue: number, level: number, position: number): void {
    const at = this.#length;
    this.#view.setUint32(at, kind | (level << 8), true);
    this.#view.setUint32(at + 4, queue, true);
    this.#view.setFloat64(at + 8, position, true);
  }

  /** Messages follow the route that was written last. */
  #route(exchange: string, routingKey: string): void {
    if (exchange === this.#exchange && routingKey === this.#routingKey) return;
    const at = this.#length;
    this.#bytes[at] = RECORD_ROUTE;
    this.#bytes[at + 1] = 0;
    this.#length = at + ROUTE_HEADER;
    this.#view.setUint16(at + 2, this.#text(exchange), true);
    this.#view.setUint16(at + 4, this.#text(routingKey), true);
    this.#exchange = exchange;
    this.#routingKey = routingKey;
  }

  /** Writes text, and says how many bytes it took. Names are mostly short and ASCII. */
  #text(text: string): number {
    const bytes = this.#bytes;
    const at = this.#length;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) {
        const encoded = encodeText(text);
        this.#copy(encoded, 0, encoded.length);
        return encoded.length;
      }
      bytes[at + i] = unit;
    }
    this.#length = at + text.length;
    return text.length;
  }

  #copy(from: Uint8Array, start: number, end: number): void {
    const bytes = this.#bytes;
    const at = this.#length;
    const length = end - start;
    if (length <= SHORT) {
      for (let i = 0; i < length; i++) bytes[at + i] = from[start + i]!;
    } else {
      bytes.set(from.subarray(start, end), at);
    }
    this.#length = at + length;
  }
}
