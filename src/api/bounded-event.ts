// Events bounded in size: what the API shows of a record, however large it is.
// Counterpart of log/frame-event.ts, which knows the shape.

import type { Cursor } from '../log/cursor.ts';
import { eventOf, type LogEvent, methodNameOf } from '../log/frame-event.ts';
import { base64 } from '../log/json-value.ts';
import { KIND_FRAMES } from '../log/runs.ts';
import { formatTimestamp } from '../log/timestamp.ts';
import { directionName, FRAME_METHOD, frameTypeName } from '../protocol/frame.ts';
import { REDACTED } from '../protocol/secrets.ts';

/**
 * Larger payloads are shown by their first bytes, undecoded: this is eight times RabbitMQ's frame-max, so that no real
 * frame is met; a client that negotiated no limit at all must not make the spy build texts of 100 MB.
 */
export const LARGEST_SHOWN = 1 << 20;

/** Whether of the record that the cursor shows no more than LARGEST_SHOWN bytes of payload are shown. */
export function isTooLarge(cursor: Cursor): boolean {
  const [start, end] = payloadOf(cursor);
  return end - start > LARGEST_SHOWN;
}

/** The event of the record that the cursor shows, `payload` cut to LARGEST_SHOWN bytes. */
export function boundedEventOf(cursor: Cursor, showSecrets: boolean): LogEvent {
  return isTooLarge(cursor) ? cutEventOf(cursor) : eventOf(cursor, showSecrets);
}

/** Where the payload of a frame, or a record that is none, stands in the cursor's bytes. */
function payloadOf(cursor: Cursor): [start: number, end: number] {
  if (cursor.kind !== KIND_FRAMES) return [cursor.start, cursor.end];
  return [cursor.payloadStart, cursor.payloadEnd];
}

function cutEventOf(cursor: Cursor): LogEvent {
  const isFrame = cursor.kind === KIND_FRAMES;
  const [start] = payloadOf(cursor);
  const event = {
    v: 1,
    id: cursor.id,
    time: formatTimestamp(cursor.time),
    connection: cursor.connection,
    direction: directionName(cursor.direction),
    ...(isFrame ? { channel: cursor.channel } : {}),
    type: isFrame ? frameTypeName(cursor.frameType) : 'bytes',
    ...(isFrame && cursor.frameType === FRAME_METHOD ? { method: methodNameOf(cursor) } : {}),
    size: cursor.size,
    origin: cursor.origin,
    truncated: true,
    payload: cursor.withheld ? REDACTED : base64(cursor.bytes, start, start + LARGEST_SHOWN),
  };
  return event as unknown as LogEvent;
}
