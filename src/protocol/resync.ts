// Finding the first whole frame in a stream that was joined in the middle, or that has lost bytes.
// Counterpart of the frame splitter, which starts at a known boundary; used when reading captures.
// Invariant: an offset is returned only on proof, two frames in a row or one that could hardly be chance.

import { CLASS_BASIC } from './content-header.ts';
import {
  FRAME_BODY,
  FRAME_END,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  FRAME_OVERHEAD,
  FRAME_PREFIX_SIZE,
  frameTypeName,
} from './frame.ts';
import { methodById } from './method-table.ts';
import { CLASS_CONNECTION } from './secrets.ts';

/** Not a frame. */
const NONE = 0;
/** As far as the bytes go, the begin of a frame. */
const CUT = -1;

/** Prefix of a frame, with class and method (or class and weight) behind it. */
const PREFIX_AND_IDS = FRAME_PREFIX_SIZE + 4;
/** Class, weight, body size and property flags: the least that a content header holds. */
const LEAST_HEADER_PAYLOAD = 14;

/**
 * Finds where the first frame begins in `bytes[start, end)` (AMQP 0-9-1 §4.2.3).
 *
 * A place counts as proven if a whole frame there is followed by a second one. Of that the prefix is enough if the
 * first is a method or a content header, or prefix and ids if the second is one. Nothing need follow a frame, other
 * than a body frame, that ends exactly at `end`. Body frames prove little: their payload may be anything.
 *
 * @param atEnd no more bytes will come: a frame that is followed by nothing, or by the begin of one, is proof enough
 * @returns the offset in `bytes`, or -1: not found yet (call again with more bytes behind these) or not there
 */
export function findFrameBoundary(bytes: Uint8Array, start: number, end: number, atEnd: boolean): number {
  for (let at = start; at < end; at++) {
    const type = bytes[at]!;
    if (type > FRAME_HEARTBEAT || type === 0) continue;
    if (isBoundary(bytes, at, end, atEnd)) return at;
  }
  return -1;
}

function isBoundary(bytes: Uint8Array, at: number, end: number, atEnd: boolean): boolean {
  const size = frameSizeAt(bytes, at, end);
  if (size <= 0) return false;
  const next = at + size;
  if (next === end) return atEnd || bytes[at] !== FRAME_BODY;
  const nextSize = frameSizeAt(bytes, next, end);
  if (nextSize === NONE) return false;
  if (nextSize > 0 || atEnd) return true;
  const seen = end - next;
  return hasIds(bytes[at]!) ? seen >= FRAME_PREFIX_SIZE : seen >= PREFIX_AND_IDS && hasIds(bytes[next]!);
}

/** Frames that tell the most: their payload begins with a class and a method id or a weight. */
function hasIds(type: number): boolean {
  return type === FRAME_METHOD || type === FRAME_HEADER;
}

/** Size of the whole frame at `at`, `CUT` if it goes on behind `end`, `NONE` if there is none. */
function frameSizeAt(bytes: Uint8Array, at: number, end: number): number {
  const type = bytes[at]!;
  const seen = end - at;
  if (seen < FRAME_PREFIX_SIZE) return frameTypeName(type) ? CUT : NONE;
  const channel = (bytes[at + 1]! << 8) | bytes[at + 2]!;
  const payload = ((bytes[at + 3]! << 24) | (bytes[at + 4]! << 16) | (bytes[at + 5]! << 8) | bytes[at + 6]!) >>> 0;
  if (!isPrefix(type, channel, payload)) return NONE;
  if (seen >= PREFIX_AND_IDS && !isPayload(bytes, at, type, channel)) return NONE;
  const size = payload + FRAME_OVERHEAD;
  if (size > seen) return CUT;
  return bytes[at + size - 1] === FRAME_END ? size : NONE;
}

/** Whether channel and payload size go with the frame type. */
function isPrefix(type: number, channel: number, payload: number): boolean {
  switch (type) {
    case FRAME_METHOD:
      return payload >= 4;
    case FRAME_HEADER:
      return channel !== 0 && payload >= LEAST_HEADER_PAYLOAD;
    case FRAME_BODY:
      return channel !== 0;
    case FRAME_HEARTBEAT:
      return channel === 0 && payload === 0;
    default:
      return false;
  }
}

/** Whether the first four octets of the payload go with the frame type. */
function isPayload(bytes: Uint8Array, at: number, type: number, channel: number): boolean {
  if (!hasIds(type)) return true;
  const classId = (bytes[at + 7]! << 8) | bytes[at + 8]!;
  const second = (bytes[at + 9]! << 8) | bytes[at + 10]!;
  if (type === FRAME_HEADER) return classId === CLASS_BASIC && second === 0;
  return (classId === CLASS_CONNECTION) === (channel === 0) && methodById(classId, second) !== undefined;
}
