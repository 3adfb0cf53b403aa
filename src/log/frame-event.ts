// The frame event: one JSON shape for NDJSON, WebSocket, HTTP and the library (version 1, snake_case).
// Made from the record that a cursor shows; counterpart of every reader that speaks to the outside.
// Invariant: building one never throws; what does not decode is said in `error`, with the raw payload beside it.

import { reasonOf } from '../errors.ts';
import { decodeContentHeader } from '../protocol/content-header.ts';
import type { FieldValues } from '../protocol/fields.ts';
import { type DirectionName, directionName, FRAME_BODY, FRAME_HEADER, FRAME_METHOD } from '../protocol/frame.ts';
import { decodeMethod } from '../protocol/method.ts';
import { BASIC_PROPERTIES } from '../protocol/method-table.ts';
import { protocolName } from '../protocol/protocol-header.ts';
import { REDACTED, secretArgument } from '../protocol/secrets.ts';
import type { Cursor } from './cursor.ts';
import { base64, type JsonObject, jsonFields, jsonInteger } from './json-value.ts';
import type { NoteFields } from './note.ts';
import { KIND_FRAMES, KIND_NOTE, KIND_PROTOCOL_HEADER, type Origin } from './runs.ts';
import { formatTimestamp } from './timestamp.ts';

/** An event in the making: keys in the order in which they are shown. */
type Draft = { [name: string]: unknown };

const textDecoder = new TextDecoder();

interface EventBase {
  readonly v: 1;
  readonly id: number;
  /** ISO 8601, UTC, µs. */
  readonly time: string;
  readonly connection: number;
}

interface WireBase extends EventBase {
  readonly direction: DirectionName;
  /** Bytes on the wire, the whole frame. */
  readonly size: number;
  readonly origin: Origin;
  /** Only the first bytes were kept (frames larger than a quarter of the log). */
  readonly truncated?: true;
}

interface FrameBase extends WireBase {
  readonly channel: number;
  /** Why the payload does not decode; the raw payload is then in `payload`. */
  readonly error?: string;
}

export interface ProtocolHeaderEvent extends WireBase {
  readonly type: 'protocol-header';
  readonly protocol: string;
}

export interface MethodEvent extends FrameBase {
  readonly type: 'method';
  /** `basic.publish`; `60.99` for ids that nobody knows. */
  readonly method: string;
  readonly arguments?: JsonObject;
  readonly payload?: string;
}

export interface HeaderEvent extends FrameBase {
  readonly type: 'header';
  readonly class?: string;
  readonly body_size?: number | string;
  readonly properties?: JsonObject;
  readonly payload?: string;
}

export interface BodyEvent extends FrameBase {
  readonly type: 'body';
  /** Base64. */
  readonly payload: string;
}

export interface HeartbeatEvent extends FrameBase {
  readonly type: 'heartbeat';
}

export interface OpaqueEvent extends WireBase {
  readonly type: 'bytes';
  /** Base64; `[redacted]` where it may hold credentials. */
  readonly payload: string;
}

export type FrameEvent = MethodEvent | HeaderEvent | BodyEvent | HeartbeatEvent;
export type NoteEvent = EventBase & NoteFields;
/** Tells a reader how many records it missed. */
export interface MissedEvent {
  readonly v: 1;
  readonly type: 'missed';
  readonly count: number;
}
export type LogEvent = ProtocolHeaderEvent | FrameEvent | OpaqueEvent | NoteEvent;

/** The event of the record that the cursor shows. */
export function eventOf(cursor: Cursor, showSecrets: boolean): LogEvent {
  const event: Draft = { v: 1, id: cursor.id, time: formatTimestamp(cursor.time), connection: cursor.connection };
  if (cursor.kind === KIND_NOTE) return Object.assign(event, noteOf(cursor)) as unknown as NoteEvent;
  event['direction'] = directionName(cursor.direction);
  if (cursor.kind === KIND_FRAMES) addFrame(event, cursor, showSecrets);
  else addBytes(event, cursor);
  return event as unknown as LogEvent;
}

/** The fields of the note that the cursor shows. */
export function noteOf(cursor: Cursor): NoteFields {
  return JSON.parse(textDecoder.decode(cursor.bytes.subarray(cursor.start, cursor.end)));
}

/** The name of the method of the frame that the cursor shows: `basic.publish`, or its ids where nobody knows it. */
export function methodNameOf(cursor: Cursor): string {
  const { method, bytes, payloadStart: at, payloadEnd } = cursor;
  if (method) return method.name;
  if (payloadEnd - at < 4) return 'unknown';
  return `${(bytes[at]! << 8) | bytes[at + 1]!}.${(bytes[at + 2]! << 8) | bytes[at + 3]!}`;
}

function addSize(event: Draft, cursor: Cursor): void {
  event['size'] = cursor.size;
  event['origin'] = cursor.origin;
  if (cursor.cut) event['truncated'] = true;
}

function addBytes(event: Draft, cursor: Cursor): void {
  const isHeader = cursor.kind === KIND_PROTOCOL_HEADER;
  event['type'] = isHeader ? 'protocol-header' : 'bytes';
  addSize(event, cursor);
  if (isHeader) event['protocol'] = protocolName(cursor.bytes, cursor.start);
  else event['payload'] = cursor.withheld ? REDACTED : base64(cursor.bytes, cursor.start, cursor.end);
}

function addFrame(event: Draft, cursor: Cursor, showSecrets: boolean): void {
  event['channel'] = cursor.channel;
  switch (cursor.frameType) {
    case FRAME_METHOD:
      return addMethod(event, cursor, showSecrets);
    case FRAME_HEADER:
      return addHeader(event, cursor);
    case FRAME_BODY:
      event['type'] = 'body';
      addSize(event, cursor);
      event['payload'] = base64(cursor.bytes, cursor.payloadStart, cursor.payloadEnd);
      return;
    default:
      event['type'] = 'heartbeat';
      addSize(event, cursor);
      if (cursor.payloadEnd > cursor.payloadStart) addError(event, cursor, 'a heartbeat has no payload');
  }
}

function addMethod(event: Draft, cursor: Cursor, showSecrets: boolean): void {
  const name = methodNameOf(cursor);
  const secret = showSecrets ? undefined : secretArgument(name);
  event['type'] = 'method';
  event['method'] = name;
  addSize(event, cursor);
  try {
    const decoded = decodeMethod(cursor.bytes, cursor.payloadStart, cursor.payloadEnd);
    event['arguments'] = jsonFields(decoded.method.fields, decoded.arguments, secret);
  } catch (error) {
    addError(event, cursor, reasonOf(error), secret !== undefined);
  }
}

function addHeader(event: Draft, cursor: Cursor): void {
  event['type'] = 'header';
  try {
    const header = decodeContentHeader(cursor.bytes, cursor.payloadStart, cursor.payloadEnd);
    event['class'] = 'basic';
    addSize(event, cursor);
    event['body_size'] = jsonInteger(header.bodySize);
    event['properties'] = jsonFields(BASIC_PROPERTIES, header.properties as FieldValues);
  } catch (error) {
    addSize(event, cursor);
    addError(event, cursor, reasonOf(error));
  }
}

function addError(event: Draft, cursor: Cursor, reason: string, secret = false): void {
  event['error'] = reason;
  event['payload'] = secret ? REDACTED : base64(cursor.bytes, cursor.payloadStart, cursor.payloadEnd);
}
