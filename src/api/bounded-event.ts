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
 * Records with more bytes than this are shown by their first ones, undecoded: eight times RabbitMQ's frame-max, so that
 * no real frame is met; a client that negotiated no limit at all must not make the spy build texts of 100 MB.
 */
export const LARGEST_SHOWN = 1 << 20;
/** The event of the record that the cursor shows, `payload` cut to LARGEST_SHOWN bytes. */
export function boundedEventOf(cursor: Cursor, showSecrets: boolean): LogEvent {
  return cursor.end - cursor.start > LARGEST_SHOWN ? cutEventOf(cursor) : eventOf(cursor, showSecrets);
}

function cutEventOf(cursor: Cursor): LogEvent {
  const isFrame = cursor.kind === KIND_FRAMES;
  const start = isFrame ? cursor.payloadStart : cursor.start;
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
