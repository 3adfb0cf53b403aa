// A message on its way through a channel, in one direction: its method, and how far its content header and body have come.
// One a channel and direction, used again for each message. tracker.ts fills it.

import { HeaderPeek } from './header-peek.ts';
import type { Exchange } from './topology.ts';

/** Publishes that are compared with the last one's exchange and routing key without decoding: as many bytes at most. */
const LONGEST_PLACE = 512;

/** Many channels never carry anything. */
const EMPTY = new Uint8Array(0);

export type ContentKind = 'none' | 'publish' | 'deliver' | 'get-ok' | 'return';

export class Content {
  kind: ContentKind = 'none';
  /** Record id and time (µs) of the method. */
  record = 0;
  time = 0;
  exchange: Exchange | undefined;
  routingKey = '';
  /** A number for exchange and routing key. */
  place = 0;
  mandatory = false;
  consumerTag = '';
  deliveryTag = 0;
  redelivered = false;
  /** basic.return. */
  replyCode = 0;
  replyText = '';
  /** get-ok: what basic.get asked for. */
  queueName = '';
  noAck = false;
  readonly header = new HeaderPeek();
  /** Bytes of body that are still to come; NaN before the content header. */
  left = Number.NaN;
  /** Time of the last frame. */
  lastTime = 0;

  /** Exchange and routing key of the last one, as they stood on the wire. */
  #placeBytes = EMPTY;
  #placeSize = 0;

  begin(kind: ContentKind, record: number, time: number): void {
    this.kind = kind;
    this.record = record;
    this.time = time;
    this.left = Number.NaN;
  }

  /** Whether exchange and routing key in `bytes[start, end)` are those of the last one. */
  isSamePlace(bytes: Uint8Array, start: number, end: number): boolean {
    const size = end - start;
    if (size !== this.#placeSize) return false;
    const known = this.#placeBytes;
    for (let i = 0; i < size; i++) if (known[i] !== bytes[start + i]) return false;
    return true;
  }

  keepPlace(bytes: Uint8Array, start: number, end: number): void {
    const size = end - start;
    if (size > this.#placeBytes.length) this.#placeBytes = new Uint8Array(Math.min(LONGEST_PLACE, 2 * size));
    this.#placeBytes.set(bytes.subarray(start, end));
    this.#placeSize = size;
  }
}
