// Bytes that nobody should send. Whatever comes, in whatever chunks: appending never throws, every record makes an event,
// nothing of what is not AMQP is lost, and no tape or ring grows.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cursor } from '../../src/log/cursor.ts';
import { EventWriter } from '../../src/log/event-writer.ts';
import { eventOf, type LogEvent } from '../../src/log/frame-event.ts';
import { FrameLog } from '../../src/log/frame-log.ts';
import {
  type Direction,
  encodeFrame,
  FRAME_BODY,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
} from '../../src/protocol/frame.ts';
import { encodeMethod } from '../../src/protocol/method.ts';
import { METHODS } from '../../src/protocol/method-table.ts';
import { concat, hex, WIRE_STREAMS } from '../protocol/wire.ts';
import { octets, valuesOf } from './arbitraries.ts';

/** One change to a stream. */
interface Mutation {
  readonly at: number;
  readonly kind: 'set' | 'flip' | 'insert' | 'remove' | 'repeat' | 'claim';
  readonly bytes: Uint8Array;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(5000),
  kind: fc.constantFrom('set', 'flip', 'insert', 'remove', 'repeat', 'claim'),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }),
});

function mutate(stream: Uint8Array, { at, kind, bytes }: Mutation): Uint8Array {
  const begin = at % (stream.length + 1);
  const [before, behind] = [stream.subarray(0, begin), stream.subarray(begin)];
  switch (kind) {
    case 'set':
      return concat(before, bytes, behind.subarray(bytes.length));
    case 'flip':
      return stream.map((byte, i) => (i === begin ? byte ^ (bytes[0]! || 1) : byte));
    case 'insert':
      return concat(before, bytes, behind);
    case 'remove':
      return concat(before, behind.subarray(bytes.length));
    case 'repeat':
      return concat(before, behind.subarray(0, 10 * bytes[0]!), behind);
    case 'claim':
      return concat(before, hex('ffffffff'), behind.subarray(4));
  }
}

const direction = fc.constantFrom<Direction>(0, 1);
const chunkSizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 5000 })), {
  minLength: 1,
  maxLength: 10,
});

const log = new FrameLog({ size: 1 << 20 });
const clearLog = new FrameLog({ size: 1 << 20, showSecrets: true });

const writers = { false: new EventWriter(false), true: new EventWriter(true) };

/** The event of the cursor's record, once it is certain that the fast writer of events says the same. */
function checkedEvent(cursor: Cursor, showSecrets: boolean): LogEvent {
  const event = eventOf(cursor, showSecrets);
  const writer = writers[`${showSecrets}`];
  writer.event(cursor);
  expect(Buffer.from(writer.take()).toString()).toBe(JSON.stringify(event));
  return event;
}

/** Feeds the stream to the log, reads and checks all records that come of it; returns the bytes that they hold. */
function survive(
  into: FrameLog,
  side: Direction,
  stream: Uint8Array,
  sizes: readonly number[],
  midway = false,
): number {
  const cursor = new Cursor(into);
  const tape = into.openTape(1, side, midway);
  let held = 0;
  const readAll = () => {
    while (cursor.next()) {
      expect(cursor.takeMissed()).toBe(0);
      const event = checkedEvent(cursor, into.showSecrets);
      expect(event.id).toBe(cursor.id);
      if ('size' in event && 'origin' in event) held += event.size;
    }
  };
  for (let at = 0, i = 0; at < stream.length; i++) {
    const size = sizes[i % sizes.length]!;
    into.append(tape, stream.subarray(at, at + size), i);
    at += size;
    readAll();
  }
  into.end(tape, 0);
  readAll();
  expect(tape.carry?.length ?? 0).toBeLessThan(1 << 20);
  return held;
}

describe('the log survives', () => {
  it('random bytes, and holds every one of them', () => {
    const property = fc.property(direction, octets(3000), chunkSizes, (side, stream, sizes) => {
      expect(survive(log, side, stream, sizes)).toBe(stream.length);
    });
    fc.assert(property, { numRuns: 150 });
  });

  it('a real conversation that was tampered with', () => {
    const property = fc.property(
      direction,
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      chunkSizes,
      fc.boolean(),
      (side, mutations, sizes, showSecrets) => {
        const stream = mutations.reduce(mutate, WIRE_STREAMS[side]);
        survive(showSecrets ? clearLog : log, side, stream, sizes);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  it('a tampered conversation that it joined in the middle', () => {
    const property = fc.property(
      direction,
      fc.array(mutation, { maxLength: 4 }),
      fc.nat(3000),
      chunkSizes,
      (side, mutations, joined, sizes) => {
        const stream = mutations.reduce(mutate, WIRE_STREAMS[side]).subarray(joined);
        survive(log, side, stream, sizes, true);
      },
    );
    fc.assert(property, { numRuns: 200 });
  });
});

describe('every payload in a valid frame makes an event', () => {
  function eventFor(frame: Uint8Array): { [name: string]: unknown } {
    const cursor = new Cursor(log);
    log.appendFrame(log.openTape(1, 1), frame, 0, 0);
    expect(cursor.next()).toBe(true);
    return checkedEvent(cursor, true) as unknown as { [name: string]: unknown };
  }

  it('of any bytes', () => {
    const type = fc.constantFrom(FRAME_METHOD, FRAME_HEADER, FRAME_BODY, FRAME_HEARTBEAT);
    const property = fc.property(type, fc.nat(0xffff), octets(200), (frameType, channel, payload) => {
      const event = eventFor(encodeFrame(frameType, channel, payload));
      expect(event).toMatchObject({ channel, size: payload.length + 8, origin: 'wire' });
      if (event['error'] !== undefined) expect(event).toHaveProperty('payload');
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('of any bytes behind the ids of a real method', () => {
    const property = fc.property(fc.constantFrom(...METHODS), octets(120), ({ classId, methodId, name }, rest) => {
      const payload = concat(Uint8Array.of(0, classId, 0, methodId), rest);
      expect(eventFor(encodeFrame(FRAME_METHOD, 1, payload))['method']).toBe(name);
    });
    fc.assert(property, { numRuns: 1000 });
  });

  it('of any bytes behind the flags of a content header', () => {
    const property = fc.property(fc.nat(0xffff), octets(120), (flags, rest) => {
      const payload = concat(hex('003c 0000 0000000000000001'), Uint8Array.of(flags >> 8, flags), rest);
      expect(eventFor(encodeFrame(FRAME_HEADER, 1, payload))['type']).toBe('header');
    });
    fc.assert(property, { numRuns: 1000 });
  });

  it('of a real method with one octet changed', () => {
    const method = fc.constantFrom(...METHODS).chain((m) => fc.tuple(fc.constant(m), valuesOf(m.fields)));
    const property = fc.property(method, fc.nat(), fc.nat(255), ([{ name }, values], at, octet) => {
      const payload = encodeMethod(name, values);
      payload[at % payload.length] = octet;
      const event = eventFor(encodeFrame(FRAME_METHOD, 1, payload));
      expect('arguments' in event).toBe(!('error' in event));
    });
    fc.assert(property, { numRuns: 500 });
  });
});
