// What one pretty line tells of: a command, or one frame dressed as a command of its own.
// Invariant: making it never throws; `body` is valid until the log is written to again.

import { ProtocolError } from '../errors.ts';
import type { Cursor } from '../log/cursor.ts';
import { methodNameOf } from '../log/frame-event.ts';
import { KIND_PROTOCOL_HEADER } from '../log/runs.ts';
import { decodeContentHeader } from '../protocol/content-header.ts';
import { FRAME_BODY, FRAME_HEADER, FRAME_METHOD } from '../protocol/frame.ts';
import { decodeMethod } from '../protocol/method.ts';
import { protocolName } from '../protocol/protocol-header.ts';
import { REDACTED } from '../protocol/secrets.ts';
import type { Command } from '../session/command-assembler.ts';

export interface Shown
  extends Pick<
    Command,
    | 'firstId'
    | 'time'
    | 'connection'
    | 'direction'
    | 'channel'
    | 'origin'
    | 'size'
    | 'method'
    | 'header'
    | 'body'
    | 'bodySize'
    | 'problem'
  > {
  readonly name: string;
  /** Said before everything else. */
  readonly remark?: string | undefined;
}

const NOTHING = new Uint8Array(0);

/** A command. */
export function shownCommand(command: Command): Shown {
  return command.name === undefined ? { ...command, name: 'content' } : (command as Shown);
}

/** The frame that the cursor shows. */
export function shownFrame(cursor: Cursor): Shown {
  try {
    return decoded(cursor);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { ...undecoded(cursor), problem: error.message };
  }
}

/** Protocol headers and bytes that are no AMQP 0-9-1. */
export function shownBytes(cursor: Cursor): Shown {
  const base = { ...baseOf(cursor), channel: 0 };
  if (cursor.kind === KIND_PROTOCOL_HEADER) {
    return { ...base, name: 'protocol-header', remark: protocolName(cursor.bytes, cursor.start) };
  }
  if (cursor.withheld) return { ...base, name: 'bytes', remark: REDACTED };
  const body = cursor.bytes.subarray(cursor.start, cursor.end);
  return { ...base, name: 'bytes', body, bodySize: body.length };
}

function baseOf(cursor: Cursor): Omit<Shown, 'name' | 'channel'> {
  return {
    firstId: cursor.id,
    time: cursor.time,
    connection: cursor.connection,
    direction: cursor.direction,
    origin: cursor.origin,
    size: cursor.size,
    method: undefined,
    header: undefined,
    body: NOTHING,
    bodySize: 0,
    problem: undefined,
  };
}

function decoded(cursor: Cursor): Shown {
  const { bytes, payloadStart, payloadEnd, channel } = cursor;
  const base = { ...baseOf(cursor), channel };
  switch (cursor.frameType) {
    case FRAME_METHOD:
      return { ...base, name: methodNameOf(cursor), method: decodeMethod(bytes, payloadStart, payloadEnd) };
    case FRAME_HEADER: {
      const header = decodeContentHeader(bytes, payloadStart, payloadEnd);
      return { ...base, name: 'header', header, remark: `body_size=${header.bodySize}` };
    }
    case FRAME_BODY:
      return undecoded(cursor);
    default:
      return { ...base, name: 'heartbeat' };
  }
}

/** The payload as it is. */
function undecoded(cursor: Cursor): Shown {
  const { frameType, channel } = cursor;
  const name = frameType === FRAME_METHOD ? methodNameOf(cursor) : frameType === FRAME_HEADER ? 'header' : 'body';
  const body = cursor.bytes.subarray(cursor.payloadStart, cursor.payloadEnd);
  return { ...baseOf(cursor), channel, name, body, bodySize: cursor.payloadSize };
}
