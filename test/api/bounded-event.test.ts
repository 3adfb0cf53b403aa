import { describe, expect, test } from 'vitest';
import { boundedEventOf, isTooLarge, LARGEST_SHOWN } from '../../src/api/bounded-event.ts';
import { Cursor } from '../../src/log/cursor.ts';
import { eventOf } from '../../src/log/frame-event.ts';
import { FrameLog } from '../../src/log/frame-log.ts';
import { encodeFrame, FRAME_BODY, SERVER_TO_CLIENT } from '../../src/protocol/frame.ts';

/** The cursor on a body frame with a payload of this size, behind which other bytes stand. */
function bodyOf(size: number): Cursor {
  const log = new FrameLog({ size: 16 << 20 });
  const tape = log.openTape(1, SERVER_TO_CLIENT);
  log.append(tape, encodeFrame(FRAME_BODY, 1, new Uint8Array(size).fill(1)), 0);
  log.append(tape, encodeFrame(FRAME_BODY, 1, new Uint8Array(100).fill(2)), 0);
  const cursor = new Cursor(log, 1);
  cursor.next();
  return cursor;
}

describe('a bounded event', () => {
  test.each([LARGEST_SHOWN - 4, LARGEST_SHOWN])('is the whole event for a payload of %i bytes', (size) => {
    const cursor = bodyOf(size);
    expect(isTooLarge(cursor)).toBe(false);
    const event = boundedEventOf(cursor, false);
    expect(event).toEqual(eventOf(cursor, false));
    expect(event).not.toHaveProperty('truncated');
  });

  test('holds the first bytes of a larger payload, and nothing behind it', () => {
    const cursor = bodyOf(LARGEST_SHOWN + 1);
    expect(isTooLarge(cursor)).toBe(true);
    const event = boundedEventOf(cursor, false) as unknown as { readonly payload: string };
    expect(event).toMatchObject({ type: 'body', size: LARGEST_SHOWN + 9, truncated: true });
    expect(Buffer.from(event.payload, 'base64')).toEqual(Buffer.alloc(LARGEST_SHOWN, 1));
  });
});
