// The fast writer of events against the plain one: for any frame, real, random or tampered with, and whether secrets are
// shown or not, its bytes are those of the event's JSON.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cursor } from '../../../src/log/cursor.ts';
import { EventWriter } from '../../../src/log/event-writer.ts';
import { eventOf } from '../../../src/log/frame-event.ts';
import { FrameLog } from '../../../src/log/frame-log.ts';
import { ORIGINS } from '../../../src/log/runs.ts';
import { encodeContentHeaderFrame } from '../../../src/protocol/content-header.ts';
import { type Direction, encodeFrame, FRAME_HEADER, FRAME_METHOD } from '../../../src/protocol/frame.ts';
import { encodeMethodFrame } from '../../../src/protocol/method.ts';
import { BASIC_PROPERTIES, type BasicProperties, METHODS } from '../../../src/protocol/method-table.ts';
import { concat, hex, WIRE_STREAMS } from '../../protocol/wire.ts';
import { octets, someValuesOf, valuesOf } from '../arbitraries.ts';

const log = new FrameLog({ size: 1 << 20 });
const clearLog = new FrameLog({ size: 1 << 20, showSecrets: true });
const writers = [new EventWriter(false), new EventWriter(true)] as const;

function expectSameBytes(frame: Uint8Array, channelLog = log): void {
  const cursor = new Cursor(channelLog);
  channelLog.appendFrame(
    channelLog.openTape(frame.length, (frame.length & 1) as Direction),
    frame,
    frame.length * 1e7,
    frame.length % ORIGINS.length,
  );
  while (cursor.next()) {
    for (const showSecrets of [false, true]) {
      const writer = writers[showSecrets ? 1 : 0];
      writer.event(cursor);
      expect(Buffer.from(writer.take()).toString()).toBe(JSON.stringify(eventOf(cursor, showSecrets)));
    }
  }
}

const anyMethod = fc.constantFrom(...METHODS).chain((method) => fc.tuple(fc.constant(method), valuesOf(method.fields)));

describe('the event writer writes the event’s JSON', () => {
  it('of every record of a real conversation', () => {
    for (const direction of [0, 1] as const) {
      const cursor = new Cursor(clearLog);
      clearLog.append(clearLog.openTape(1, direction), WIRE_STREAMS[direction], 1795341600_123456);
      const expected: string[] = [];
      const writer = new EventWriter(false);
      while (cursor.next()) {
        expected.push(JSON.stringify(eventOf(cursor, false)));
        writer.event(cursor);
        writer.byte(0x0a);
      }
      expect(Buffer.from(writer.take()).toString()).toBe(`${expected.join('\n')}\n`);
    }
  });

  it('of every method', () => {
    const property = fc.property(anyMethod, fc.nat(0xffff), ([{ name }, values], channel) => {
      expectSameBytes(encodeMethodFrame(channel, name, values));
    });
    fc.assert(property, { numRuns: 15005 });
  });

  it('of any content header', () => {
    const sizes = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    const property = fc.property(someValuesOf(BASIC_PROPERTIES), sizes, (properties, size) => {
      expectSameBytes(encodeContentHeaderFrame(1, size, properties as BasicProperties));
    });
    fc.assert(property, { numRuns: 8005 });
  });

  it('of any method or content header with an octet changed', () => {
    const header = someValuesOf(BASIC_PROPERTIES).map((values) =>
      encodeContentHeaderFrame(1, 5n, values as BasicProperties),
    );
    const method = anyMethod.map(([{ name }, values]) => encodeMethodFrame(1, name, values));
    const property = fc.property(fc.oneof(header, method), fc.nat(), fc.nat(255), (frame, at, octet) => {
      frame[7 + (at % (frame.length - 8))] = octet;
      expectSameBytes(frame);
    });
    fc.assert(property, { numRuns: 15005 });
  });

  it('of any payload in any frame', () => {
    const ids = fc.constantFrom(...METHODS).map(({ classId, methodId }) => Uint8Array.of(0, classId, 0, methodId));
    const flags = fc.nat(0xffff).map((word) => concat(hex('003c00000000000000000001'), Uint8Array.of(word >> 8, word)));
    const payload = fc.oneof(
      fc.tuple(fc.constant(FRAME_METHOD), ids),
      fc.tuple(fc.constant(FRAME_HEADER), flags),
      fc.tuple(fc.constantFrom(1, 2, 3, 8), fc.constant(new Uint8Array(0))),
    );
    const property = fc.property(payload, octets(100), ([type, begin], rest) => {
      expectSameBytes(encodeFrame(type, 1, concat(begin, rest)));
    });
    fc.assert(property, { numRuns: 20005 });
  });

  it('of frames that were cut', () => {
    expectSameBytes(encodeFrame(3, 1, new Uint8Array(400_000).fill(7)));
    expectSameBytes(encodeMethodFrame(0, 'connection.secure', { challenge: 'x'.repeat(400_000) }));
  });
});
