// The fast way to write events says what the plain way says, for any frame at all.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cursor } from '../../src/log/cursor.ts';
import { EventWriter } from '../../src/log/event-writer.ts';
import { eventOf } from '../../src/log/frame-event.ts';
import { FrameLog } from '../../src/log/frame-log.ts';
import { ORIGINS } from '../../src/log/runs.ts';
import { encodeContentHeaderFrame } from '../../src/protocol/content-header.ts';
import { encodeFrame, FRAME_BODY, FRAME_HEARTBEAT, FRAME_METHOD, HEARTBEAT_FRAME } from '../../src/protocol/frame.ts';
import { encodeMethodFrame } from '../../src/protocol/method.ts';
import { BASIC_PROPERTIES, type BasicProperties, METHODS, type MethodName } from '../../src/protocol/method-table.ts';
import { someValuesOf, valuesOf } from '../property/arbitraries.ts';

const channel = fc.integer({ min: 0, max: 65535 });

const methodFrame = fc
  .constantFrom(...METHODS)
  .chain((method) => fc.tuple(channel, fc.constant(method.name), valuesOf(method.fields)))
  .map(([number, name, values]) => encodeMethodFrame<MethodName>(number, name, values as never));

const headerFrame = fc
  .tuple(channel, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), someValuesOf(BASIC_PROPERTIES))
  .map(([number, size, properties]) => encodeContentHeaderFrame(number, size, properties as BasicProperties));

const bodyFrame = fc.tuple(channel, fc.uint8Array({ maxLength: 700 })).map(([number, bytes]) => {
  return encodeFrame(FRAME_BODY, number, bytes);
});

const heartbeatFrame = fc.oneof(
  fc.constant(HEARTBEAT_FRAME),
  fc.uint8Array({ maxLength: 3 }).map((payload) => encodeFrame(FRAME_HEARTBEAT, 0, payload)),
);

/** A frame with some bytes of its payload changed, or with its payload cut short. */
const brokenFrame = fc
  .tuple(
    fc.oneof(methodFrame, headerFrame),
    fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }),
    fc.nat(5),
  )
  .map(([frame, changes, cut]) => {
    const payload = frame.slice(7, Math.max(7, frame.length - 1 - cut));
    for (const [at, byte] of changes) if (payload.length > 0) payload[at % payload.length] = byte;
    return encodeFrame(frame[0]!, 1, payload);
  });

const anyFrame = fc.oneof(methodFrame, headerFrame, bodyFrame, heartbeatFrame, brokenFrame);

function writtenAndExpected(log: FrameLog, showSecrets: boolean): [string, string][] {
  const writer = new EventWriter(showSecrets);
  const pairs: [string, string][] = [];
  for (const cursor = new Cursor(log, 1); cursor.next(); ) {
    writer.event(cursor);
    pairs.push([Buffer.from(writer.take()).toString(), JSON.stringify(eventOf(cursor, showSecrets))]);
  }
  return pairs;
}

function expectEqual(pairs: readonly [string, string][]): void {
  for (const [written, expected] of pairs) expect(written).toBe(expected);
}

describe('the event writer', () => {
  it.each([true, false])('says what JSON.stringify says of any frame (secrets shown: %s)', (showSecrets) => {
    const time = fc.integer({ min: 0, max: 2 ** 51 });
    fc.assert(
      fc.property(
        fc.array(anyFrame, { maxLength: 5 }),
        time,
        fc.nat(1),
        fc.nat(ORIGINS.length - 1),
        (frames, at, side, origin) => {
          const log = new FrameLog({ size: 1 << 20, showSecrets });
          const tape = log.openTape(7, side as 0 | 1);
          tape.phase = 'frames';
          for (const frame of frames) log.append(tape, frame, at, origin);
          const pairs = writtenAndExpected(log, showSecrets);
          expect(pairs.length).toBeGreaterThanOrEqual(frames.length);
          expectEqual(pairs);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('covers every method by the fast way and the slow', () => {
    const log = new FrameLog({ size: 1 << 20 });
    const tape = log.openTape(1, 1);
    for (const method of METHODS) {
      const [values] = fc.sample(valuesOf(method.fields), { numRuns: 1, seed: 42 });
      log.append(tape, encodeMethodFrame<MethodName>(1, method.name, values as never), 1e15);
    }
    const pairs = writtenAndExpected(log, true);
    expect(pairs).toHaveLength(METHODS.length);
    expectEqual(pairs);
  });

  it('leaves notes, protocol headers, foreign bytes and cut frames to the frame event', () => {
    const log = new FrameLog({ size: 1 << 20 });
    const tape = log.openTape(1, 0);
    log.append(tape, new TextEncoder().encode('AMQP\0\0\x09\x01'), 1e15);
    log.append(tape, encodeFrame(FRAME_BODY, 1, new Uint8Array(400_000)), 1e15);
    log.append(tape, encodeFrame(FRAME_METHOD, 1, Uint8Array.of(0, 60, 0, 99)), 1e15);
    log.append(tape, encodeFrame(FRAME_METHOD, 1, Uint8Array.of(1)), 1e15);
    log.append(tape, new TextEncoder().encode('GET / HTTP/1.1\r\n'), 1e15);
    log.note(1, { type: 'gap', direction: 'client-to-server', size: 3 }, 1e15);
    const pairs = writtenAndExpected(log, false);
    expect(pairs.map(([, event]) => JSON.parse(event).type)).toEqual([
      'protocol-header',
      'body',
      'method',
      'method',
      'opaque',
      'bytes',
      'gap',
    ]);
    expectEqual(pairs);
  });

  it('writes large bodies, and many events into one piece', () => {
    const log = new FrameLog({ size: 8 << 20 });
    const tape = log.openTape(1, 1);
    const payload = Uint8Array.from({ length: 100_001 }, (_, i) => (i * 7) & 255);
    for (let i = 0; i < 10; i++) log.append(tape, encodeFrame(FRAME_BODY, 1, payload.subarray(i)), 1e15 + i);
    const writer = new EventWriter(false);
    const expected: string[] = [];
    for (const cursor = new Cursor(log, 1); cursor.next(); ) {
      writer.event(cursor);
      writer.byte(0x0a);
      expected.push(`${JSON.stringify(eventOf(cursor, false))}\n`);
    }
    writer.missed(3);
    expected.push('{"v":1,"type":"missed","count":3}');
    expect(writer.size).toBe(Buffer.byteLength(expected.join('')));
    expect(Buffer.from(writer.take()).toString()).toBe(expected.join(''));
    expect(writer.size).toBe(0);
  });
});
