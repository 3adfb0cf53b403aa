// What the broker must know of a content header at once, read from its bytes without decoding it: delivery mode,
// priority, expiration, and whether anything in it asks for more (CC, BCC, user-id, reply-to).
// Invariant: a header that does not decode raises ReplyError 502; what passes here can be decoded whole.

import { decodeContentHeader } from '../../protocol/content-header.ts';
import type { BasicProperties } from '../../protocol/method-table.ts';
import { decodeText } from '../../protocol/text.ts';
import { ReplyError } from '../reply-error.ts';

/** Flags of the first property word. */
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
const USER_ID = 1 << 4;
const APP_ID = 1 << 3;
const CLUSTER_ID = 1 << 2;
/** Class, weight, body size. */
const FLAGS_AT = 12;

/** What `peek` found; one object, filled anew each time. */
export const peeked = {
  persistent: false,
  priority: 0,
  /** In ms; -1: none. */
  expiration: -1,
  /** The message is to be refused for this. */
  fault: undefined as ReplyError | undefined,
  /** The header holds what must be looked at before routing: headers, user-id or reply-to. */
  special: false,
  /** All properties, where they had to be decoded. */
  properties: undefined as BasicProperties | undefined,
};

/** Reads the content header's payload `bytes[start, end)` into `peeked`. */
export function peek(bytes: Uint8Array, start: number, end: number): void {
  peeked.persistent = false;
  peeked.priority = 0;
  peeked.expiration = -1;
  peeked.special = false;
  peeked.fault = undefined;
  peeked.properties = undefined;
  const flags = (bytes[start + FLAGS_AT]! << 8) | bytes[start + FLAGS_AT + 1]!;
  let at = start + FLAGS_AT + 2;
  if (at > end) throw malformed();
  if (flags & 3) return peekSlowly(bytes, start, end);
  if (flags & CONTENT_TYPE) at += 1 + bytes[at]!;
  if (flags & CONTENT_ENCODING) at += 1 + bytes[at]!;
  if (flags & HEADERS) {
    // Tables are checked by decoding them: it is rare enough.
    return peekSlowly(bytes, start, end);
  }
  if (flags & DELIVERY_MODE) setDeliveryMode(bytes[at++]!);
  if (flags & PRIORITY) peeked.priority = bytes[at++] ?? 0;
  if (flags & CORRELATION_ID) at += 1 + bytes[at]!;
  if (flags & REPLY_TO) {
    at += 1 + bytes[at]!;
    peeked.special = true;
  }
  if (flags & EXPIRATION) {
    const size = bytes[at]!;
    if (at + 1 + size > end) throw malformed();
    setExpiration(decodeText(bytes, at + 1, at + 1 + size));
    at += 1 + size;
  }
  if (flags & MESSAGE_ID) at += 1 + bytes[at]!;
  if (flags & TIMESTAMP) at += 8;
  if (flags & TYPE) at += 1 + bytes[at]!;
  if (flags & USER_ID) {
    at += 1 + bytes[at]!;
    peeked.special = true;
  }
  if (flags & APP_ID) at += 1 + bytes[at]!;
  if (flags & CLUSTER_ID) at += 1 + bytes[at]!;
  // Reading past the end gave undefined and so NaN, which is not equal to the end either.
  if (at !== end) throw malformed();
}

function peekSlowly(bytes: Uint8Array, start: number, end: number): void {
  const { properties } = decodeContentHeader(bytes, start, end);
  peeked.properties = properties;
  if (properties.delivery_mode !== undefined) setDeliveryMode(properties.delivery_mode);
  peeked.priority = properties.priority ?? 0;
  if (properties.expiration !== undefined) setExpiration(properties.expiration);
  peeked.special =
    properties.headers !== undefined || properties.user_id !== undefined || properties.reply_to !== undefined;
}

function malformed(): ReplyError {
  return new ReplyError(502, 'the content header is malformed', 'connection');
}

/** The largest time to live that RabbitMQ takes: ten years, in ms. */
export const LONGEST_EXPIRY = 315_360_000_000;

function setDeliveryMode(mode: number): void {
  peeked.persistent = mode === 2;
  if (mode !== 1 && mode !== 2) {
    peeked.fault = new ReplyError(406, `invalid message: {delivery_mode_unknown,${mode}}`);
  }
}

/** The expiration property. RabbitMQ tells what is wrong with it before what is wrong with the delivery mode. */
function setExpiration(text: string): void {
  const [number, rest] = /^([+-]?\d+)?(.*)$/s.exec(text)!.slice(1);
  peeked.expiration = Number(number);
  const why = expirationFault(number, rest!);
  if (why !== undefined) peeked.fault = new ReplyError(406, `invalid expiration '${text}': ${why}`);
}

function expirationFault(number: string | undefined, rest: string): string | undefined {
  if (number === undefined) return 'no_integer';
  if (rest !== '') return `{leftover_string,${erlangString(rest)}}`;
  if (Number(number) < 0) return `{value_negative,${BigInt(number)}}`;
  return Number(number) > LONGEST_EXPIRY ? `{value_too_large,${BigInt(number)}}` : undefined;
}

function erlangString(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
