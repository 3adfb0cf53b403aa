// A message as a stream keeps it: with its offset as header `x-stream-offset`, ready to be sent to any number of readers.
// Streams keep messages in AMQP 1.0's types, which shows: headers that are arrays or tables are lost, as is the
// cluster-id, and the rest of the headers comes sorted by name (RabbitMQ's rabbit_msg_record).
// Invariant: the kept message shares no bytes with the published one.

import { encodeContentHeader } from '../../protocol/content-header.ts';
import { Message } from '../message/message.ts';
import { LARGEST_IN_SLAB, type Slab } from '../message/slab.ts';

/** Property flags of the first word (AMQP 0-9-1 §4.2.6.1). */
const CONTENT_TYPE = 1 << 15;
const CONTENT_ENCODING = 1 << 14;
const HEADERS = 1 << 13;
const CLUSTER_ID = 1 << 2;
const CONTINUED = 1;
/** Class, weight, body size; then the flags, then the properties. */
const FLAGS_AT = 12;
const PROPERTIES_AT = 14;

const NAME = Buffer.from('x-stream-offset');
/**
 *   +----+-------------------+-----+----------------+
 *   | 15 | "x-stream-offset" | 'l' | offset         |
 *   +----+-------------------+-----+----------------+
 *     1    15                  1     8 bytes
 */
const ENTRY_SIZE = 1 + NAME.length + 1 + 8;

/** Where the kept headers of a message lie, as pairs of start and end, sorted by name; filled anew for each message. */
const kept: number[] = [];
/** How many of the numbers in `kept` come before the offset's entry. */
let before = 0;

/** The message as the stream keeps it at `offset`; its content lies in the slab, unless it is large. */
export function streamMessage(message: Message, offset: number, slab: Slab): Message {
  const { bytes, start, bodyStart, end } = message;
  const flags = (bytes[start + FLAGS_AT]! << 8) | bytes[start + FLAGS_AT + 1]!;
  if (flags & (CLUSTER_ID | CONTINUED)) return streamMessage(withoutClusterId(message), offset, slab);
  let at = start + PROPERTIES_AT;
  if (flags & CONTENT_TYPE) at += 1 + bytes[at]!;
  if (flags & CONTENT_ENCODING) at += 1 + bytes[at]!;
  let behind = at;
  let tableSize = ENTRY_SIZE;
  kept.length = 0;
  before = 0;
  if (flags & HEADERS) {
    behind = at + 4 + u32(bytes, at);
    tableSize += findKept(bytes, at + 4, behind);
  }
  const size = at - start + 4 + tableSize + end - behind;
  let target: Uint8Array;
  let targetStart = 0;
  if (size <= LARGEST_IN_SLAB) {
    targetStart = slab.claim(size);
    target = slab.bytes;
  } else {
    target = Buffer.allocUnsafeSlow(size);
  }
  let to = copy(target, targetStart, bytes, start, at);
  target[targetStart + FLAGS_AT] = (flags | HEADERS) >>> 8;
  to = putU32(target, to, tableSize);
  for (let i = 0; i < before; i += 2) to = copy(target, to, bytes, kept[i]!, kept[i + 1]!);
  to = putEntry(target, to, offset);
  for (let i = before; i < kept.length; i += 2) to = copy(target, to, bytes, kept[i]!, kept[i + 1]!);
  to = copy(target, to, bytes, behind, bodyStart);
  copy(target, to, bytes, bodyStart, end);
  return new Message(message.exchange, message.routingKey, {
    bytes: target,
    start: targetStart,
    bodyStart: to,
    end: targetStart + size,
    persistent: message.persistent,
    priority: message.priority,
    expiration: message.expiration,
  });
}

/** The same with its content header written anew, in one flag word. */
function withoutClusterId(message: Message): Message {
  const { cluster_id: _, ...properties } = message.properties;
  const header = encodeContentHeader(BigInt(message.bodySize), properties);
  const bytes = Buffer.concat([header, message.body]);
  const { persistent, priority, expiration } = message;
  const content = { bytes, start: 0, bodyStart: header.length, end: bytes.length, persistent, priority, expiration };
  return new Message(message.exchange, message.routingKey, content);
}

/** Finds the entries of the table `[at, end)` that stay; returns their size in bytes. */
function findKept(bytes: Uint8Array, at: number, end: number): number {
  let size = 0;
  let sorted = true;
  while (at < end) {
    const typeAt = at + 1 + bytes[at]!;
    const type = bytes[typeAt]!;
    const next = typeAt + 1 + valueSize(type, bytes, typeAt + 1);
    if (type !== ARRAY && type !== TABLE && !isOffsetName(bytes, at)) {
      if (sorted && kept.length > 0 && compareNames(bytes, kept[kept.length - 2]!, bytes, at) > 0) sorted = false;
      kept.push(at, next);
      size += next - at;
    }
    at = next;
  }
  if (!sorted) sortKept(bytes);
  while (before < kept.length && compareNames(bytes, kept[before]!, ENTRY_NAME, 0) < 0) before += 2;
  return size;
}

function sortKept(bytes: Uint8Array): void {
  const entries: [start: number, end: number][] = [];
  for (let i = 0; i < kept.length; i += 2) entries.push([kept[i]!, kept[i + 1]!]);
  entries.sort(([a], [b]) => compareNames(bytes, a, bytes, b));
  kept.length = 0;
  for (const [start, end] of entries) kept.push(start, end);
}

/** The name as a short string. */
const ENTRY_NAME = Buffer.concat([Buffer.of(NAME.length), NAME]);

function isOffsetName(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === NAME.length && compareNames(bytes, at, ENTRY_NAME, 0) === 0;
}

/** Compares two short strings byte by byte. */
function compareNames(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): number {
  const aSize = a[aAt]!;
  const bSize = b[bAt]!;
  const shorter = Math.min(aSize, bSize);
  for (let i = 1; i <= shorter; i++) {
    const difference = a[aAt + i]! - b[bAt + i]!;
    if (difference !== 0) return difference;
  }
  return aSize - bSize;
}

const ARRAY = 'A'.charCodeAt(0);
const TABLE = 'F'.charCodeAt(0);
/** Bytes of a value by its type octet (AMQP 0-9-1 §4.2.1); -1: they follow a length of four bytes. */
const VALUE_SIZES = new Int8Array(256);
for (const [types, size] of [
  ['tbB', 1],
  ['sUu', 2],
  ['Iif', 4],
  ['lLTd', 8],
  ['D', 5],
  ['SxAF', -1],
] as const) {
  for (const type of types) VALUE_SIZES[type.charCodeAt(0)] = size;
}

function valueSize(type: number, bytes: Uint8Array, at: number): number {
  const size = VALUE_SIZES[type]!;
  return size < 0 ? 4 + u32(bytes, at) : size;
}

function u32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function putU32(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
  return at + 4;
}

const INT64 = 'l'.charCodeAt(0);

function putEntry(bytes: Uint8Array, at: number, offset: number): number {
  at = copy(bytes, at, ENTRY_NAME, 0, ENTRY_NAME.length);
  bytes[at++] = INT64;
  at = putU32(bytes, at, Math.floor(offset / 2 ** 32));
  return putU32(bytes, at, offset >>> 0);
}

/** Shorter than this, a plain loop beats the making of a view. */
const SHORT = 64;

/** Copies `source[from, end)` to `at`; returns where the copy ends. */
function copy(target: Uint8Array, at: number, source: Uint8Array, from: number, end: number): number {
  if (end - from >= SHORT) {
    target.set(source.subarray(from, end), at);
    return at + end - from;
  }
  while (from < end) target[at++] = source[from++]!;
  return at;
}
