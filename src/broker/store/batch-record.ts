// What stands in a batch: the layout of its records, and their reading. Counterpart: batch-writer.ts.
// Invariant: bytes are read only after their checksum was found right, so a record that makes no sense is a defect or
// the work of someone else, never a torn write.
//
//   0        4         8            16
//   | crc32  | length  | sequence   | records …         crc32: of all that follows it; length: of the whole value
//
//   message   | 1 | level | priority | flags | queue:4 | position:8 | storedAt:8 | expiresAt:8 | expiration:8
//             | header length:4 | content length:4 | content
//   route     | 2 | 0 | exchange length:2 | routing key length:2 | exchange | routing key      of the messages after it
//   entity    | 3 | 0 0 0 | length:4 | position:8 | JSON of [kind, key, value]
//   deletion  | 4 | level | 0 0 | queue:4 | first position:8 | last position:8 | sequence of the batch they stand in:8
//   delivered | 5 | level | 0 0 | queue:4 | position:8 | deliveries:8
// Little-endian; eight-byte fields are doubles.

import { crc32 } from 'node:zlib';
import { AmqpSpyError } from '../../errors.ts';
import { decodeText } from '../../protocol/text.ts';
import { Message } from '../message/message.ts';

export const RECORD_MESSAGE = 1;
export const RECORD_ROUTE = 2;
export const RECORD_ENTITY = 3;
export const RECORD_DELETION = 4;
export const RECORD_DELIVERED = 5;

export const BATCH_HEADER = 16;
export const MESSAGE_HEADER = 48;
export const ROUTE_HEADER = 6;
export const ENTITY_HEADER = 16;
export const DELETION_SIZE = 32;
export const DELIVERED_SIZE = 24;

export const FLAG_PERSISTENT = 1;

/** Entities lie in a queue of their own, so that they live and die as messages do. No broker has that many queues. */
export const ENTITY_QUEUE = 0xffffffff;

/** Whether the bytes are whole, and the batch with this sequence. */
export function isWholeBatch(bytes: Buffer, sequence: number): boolean {
  return (
    bytes.length >= BATCH_HEADER &&
    bytes.readUInt32LE(4) === bytes.length &&
    bytes.readDoubleLE(8) === sequence &&
    bytes.readUInt32LE(0) === crc32(bytes.subarray(4))
  );
}

/** Walks the records of a batch, one at a time, without making an object of each. */
export class RecordReader {
  readonly bytes: Buffer;
  /** Where the current record starts and ends. */
  at: number = BATCH_HEADER;
  end: number = BATCH_HEADER;
  kind = 0;
  exchange = '';
  routingKey = '';

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Goes to the next record; false at the end. */
  next(): boolean {
    const { bytes } = this;
    this.at = this.end;
    if (this.at >= bytes.length) return false;
    this.kind = bytes[this.at]!;
    this.end = this.at + this.#size();
    if (this.end > bytes.length) throw senseless(bytes, this.at);
    if (this.kind === RECORD_ROUTE) this.#readRoute();
    return true;
  }

  get level(): number {
    return this.bytes[this.at + 1]!;
  }

  get queue(): number {
    return this.kind === RECORD_ENTITY ? ENTITY_QUEUE : this.bytes.readUInt32LE(this.at + 4);
  }

  /** A deletion's first position. */
  get position(): number {
    return this.bytes.readDoubleLE(this.at + 8);
  }

  /** A deletion's last position. */
  get lastPosition(): number {
    return this.bytes.readDoubleLE(this.at + 16);
  }

  /** The batch that a deletion is about. */
  get target(): number {
    return this.bytes.readDoubleLE(this.at + 24);
  }

  get deliveries(): number {
    return this.bytes.readDoubleLE(this.at + 16);
  }

  #size(): number {
    const { bytes, at } = this;
    switch (this.kind) {
      case RECORD_MESSAGE:
        return at + MESSAGE_HEADER > bytes.length ? MESSAGE_HEADER : MESSAGE_HEADER + bytes.readUInt32LE(at + 44);
      case RECORD_ROUTE:
        return at + ROUTE_HEADER > bytes.length
          ? ROUTE_HEADER
          : ROUTE_HEADER + bytes.readUInt16LE(at + 2) + bytes.readUInt16LE(at + 4);
      case RECORD_ENTITY:
        return at + ENTITY_HEADER > bytes.length ? ENTITY_HEADER : ENTITY_HEADER + bytes.readUInt32LE(at + 4);
      case RECORD_DELETION:
        return DELETION_SIZE;
      case RECORD_DELIVERED:
        return DELIVERED_SIZE;
      default:
        throw senseless(bytes, at);
    }
  }

  #readRoute(): void {
    const { bytes, at } = this;
    const routingKeyAt = at + ROUTE_HEADER + bytes.readUInt16LE(at + 2);
    this.exchange = decodeText(bytes, at + ROUTE_HEADER, routingKeyAt);
    this.routingKey = decodeText(bytes, routingKeyAt, this.end);
  }
}

/** The message whose record starts at `at`. Its content stays where it is: it keeps the batch in memory. */
export function readMessage(bytes: Buffer, at: number, exchange: string, routingKey: string): Message {
  const start = at + MESSAGE_HEADER;
  return new Message(exchange, routingKey, {
    bytes,
    start,
    bodyStart: start + bytes.readUInt32LE(at + 40),
    end: start + bytes.readUInt32LE(at + 44),
    persistent: (bytes[at + 3]! & FLAG_PERSISTENT) !== 0,
    priority: bytes[at + 2]!,
    expiration: bytes.readDoubleLE(at + 32),
  });
}

/** The text of an entity record: JSON of [kind, key, value]. */
export function readEntity(bytes: Buffer, at: number): string {
  return bytes.toString('utf8', at + ENTITY_HEADER, at + ENTITY_HEADER + bytes.readUInt32LE(at + 4));
}

function senseless(bytes: Buffer, at: number): AmqpSpyError {
  return new AmqpSpyError(
    'ERR_STORE_DAMAGED',
    `record of kind ${bytes[at]} at byte ${at} of batch ${bytes.readDoubleLE(8)}, ${bytes.length} bytes: no such record fits there`,
  );
}
