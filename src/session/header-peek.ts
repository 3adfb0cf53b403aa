// What tells one message from another, read from a content header's bytes without decoding it: the ids that its producer
// gave it, and a key made of them and of samples of its body, the same on both sides of the broker.
// Counterpart: messages.ts, which finds a delivery's publish by that key.
// Invariant: never throws on any bytes. What a broker may change on the way (headers, reply_to, expiration) is no part of the key.

import { u32At } from '../protocol/byte-reader.ts';
import { claimedBodySize } from '../protocol/content-header.ts';
import { decodeText } from '../protocol/text.ts';

/** Samples of the body that go into the key, at most: all bytes of small ones, evenly spread ones of larger ones. */
const SAMPLES = 64;
/** As many beside a message_id, which should tell enough. */
const SAMPLES_BESIDE_ID = 16;
const PRIME = 0x01000193;
const START = 0x811c9dc5 | 0;

const CONTENT_TYPE = 1 << 15;
const CONTENT_ENCODING = 1 << 14;
const HEADERS = 1 << 13;
const DELIVERY_MODE = 1 << 12;
const PRIORITY = 1 << 11;
const CORRELATION_ID = 1 << 10;
const REPLY_TO = 1 << 9;
const EXPIRATION = 1 << 8;
const MESSAGE_ID = 1 << 7;
const TIMESTAMP = 1 << 6;
const TYPE = 1 << 5;

/** Class id, weight, body size, flags. */
const FIXED = 14;

export class HeaderPeek {
  bodySize = 0;
  persistent = false;
  hasExpiration = false;
  correlationId: string | undefined;
  replyTo: string | undefined;
  messageId: string | undefined;
  /** Where the headers table stands in the bytes that were read; 0: there is none. */
  headersAt = 0;
  /** Bytes of what is in it. */
  headersSize = 0;
  #key = START;
  #stride = 1;
  #nextSample = 0;
  #bodyAt = 0;

  /** Reads a content header's payload `bytes[start, end)`. False if it is none of class basic, or cut. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    this.persistent = false;
    this.hasExpiration = false;
    this.correlationId = undefined;
    this.replyTo = undefined;
    this.messageId = undefined;
    this.headersAt = 0;
    this.headersSize = 0;
    this.#key = START;
    this.#bodyAt = 0;
    this.#nextSample = 0;
    if (end - start < FIXED) return false;
    const size = claimedBodySize(bytes, start, end);
    this.bodySize = size;
    const flags = (bytes[start + 12]! << 8) | bytes[start + 13]!;
    this.#stride = Math.max(1, Math.ceil(size / (flags & MESSAGE_ID ? SAMPLES_BESIDE_ID : SAMPLES)));
    if (flags & 1) return true;
    this.#properties(bytes, start + FIXED, end, flags);
    this.#mix(size & 0xff);
    this.#mix((size >>> 8) & 0xffff);
    return true;
  }

  /** Takes the next piece of the body, `bytes[start, end)`. Pieces may be cut anywhere: the key is the same. */
  body(bytes: Uint8Array, start: number, end: number): void {
    const base = start - this.#bodyAt;
    const bodyEnd = end - base;
    // More of it than the header said is no part of the message.
    const sampledEnd = Math.min(bodyEnd, this.bodySize);
    const stride = this.#stride;
    let key = this.#key;
    let next = this.#nextSample;
    for (; next < sampledEnd; next += stride) key = Math.imul(key ^ bytes[base + next]!, PRIME);
    this.#key = key;
    this.#nextSample = next;
    this.#bodyAt = bodyEnd;
  }

  /** The key of a message that was published to `place` (a number for exchange and routing key); not 0. */
  key(place: number): number {
    // An id of its own finds a message again wherever it is published to next, as a dead letter for one.
    const key = this.messageId === undefined ? Math.imul(this.#key ^ place, PRIME) : this.#key;
    return (key ^ (key >>> 15)) >>> 0 || 1;
  }

  #properties(bytes: Uint8Array, start: number, end: number, flags: number): void {
    let at = start;
    if (flags & CONTENT_TYPE) at += 1 + bytes[at]!;
    if (flags & CONTENT_ENCODING) at += 1 + bytes[at]!;
    if (flags & HEADERS) {
      this.headersAt = at;
      this.headersSize = u32At(bytes, at);
      at += 4 + this.headersSize;
    }
    if (flags & DELIVERY_MODE) this.persistent = bytes[at++] === 2;
    if (flags & PRIORITY) at++;
    if (flags & CORRELATION_ID) {
      const next = at + 1 + bytes[at]!;
      if (!(next <= end)) return;
      this.correlationId = decodeText(bytes, at + 1, next);
      at = this.#mixAll(bytes, at, next);
    }
    if (flags & REPLY_TO) {
      const next = at + 1 + bytes[at]!;
      if (!(next <= end)) return;
      this.replyTo = decodeText(bytes, at + 1, next);
      at = next;
    }
    if (flags & EXPIRATION) {
      this.hasExpiration = true;
      at += 1 + bytes[at]!;
    }
    if (flags & MESSAGE_ID) {
      const next = at + 1 + bytes[at]!;
      if (!(next <= end)) return;
      this.messageId = decodeText(bytes, at + 1, next);
      at = this.#mixAll(bytes, at, next);
    }
    if (flags & TIMESTAMP) at = this.#mixAll(bytes, at, Math.min(at + 8, end));
    if (flags & TYPE && at < end) this.#mixAll(bytes, at, Math.min(at + 1 + bytes[at]!, end));
  }

  #mixAll(bytes: Uint8Array, start: number, end: number): number {
    let key = this.#key;
    for (let at = start; at < end; at++) key = Math.imul(key ^ bytes[at]!, PRIME);
    this.#key = key;
    return end;
  }

  #mix(value: number): void {
    this.#key = Math.imul(this.#key ^ value, PRIME);
  }
}

/** A number for an exchange and a routing key, which stand one after the other as short strings in `bytes[start, end)`. */
export function placeOf(bytes: Uint8Array, start: number, end: number): number {
  let place = START;
  for (let at = start; at < end; at++) place = Math.imul(place ^ bytes[at]!, PRIME);
  return place;
}
