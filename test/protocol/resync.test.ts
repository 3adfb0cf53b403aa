import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FRAME_BODY, FRAME_HEADER, FRAME_METHOD, HEARTBEAT_FRAME } from '../../src/protocol/frame.ts';
import { METHODS } from '../../src/protocol/method-table.ts';
import { findFrameBoundary } from '../../src/protocol/resync.ts';

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A method frame with so many octets of arguments. */
function method(classId: number, methodId: number, size = 0, channel = classId === 10 ? 0 : 1): Uint8Array {
  return encodeFrame(FRAME_METHOD, channel, Uint8Array.of(0, classId, 0, methodId, ...new Uint8Array(size).fill(0x20)));
}

const publish = method(60, 40, 20);
const ack = method(60, 80, 9);
const header = encodeFrame(FRAME_HEADER, 1, Uint8Array.of(0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0));
const body = encodeFrame(FRAME_BODY, 1, Uint8Array.of(0x68, 0x65, 0xce, 0x6c, 0x6f));

function find(bytes: Uint8Array, atEnd = false): number {
  return findFrameBoundary(bytes, 0, bytes.length, atEnd);
}

describe('a frame boundary is found', () => {
  it('at once where two frames follow on each other', () => {
    expect(find(concat(publish, header))).toBe(0);
    expect(find(concat(body, body))).toBe(0);
    expect(find(concat(HEARTBEAT_FRAME, publish))).toBe(0);
  });

  it('behind the rest of a frame that was joined in the middle', () => {
    const rest = body.subarray(3);
    expect(find(concat(rest, publish, header, body))).toBe(rest.length);
  });

  it.each([
    ['method', publish],
    ['content header', header],
    ['heartbeat', HEARTBEAT_FRAME],
  ])('at a lone %s frame that ends with the bytes', (_, frame) => {
    expect(find(concat(Uint8Array.of(1, 2, 3), frame))).toBe(3);
  });

  it('at a frame before the prefix of another one', () => {
    expect(find(concat(ack, publish.subarray(0, 7)))).toBe(0);
    expect(find(concat(body, publish.subarray(0, 11)))).toBe(0);
  });

  it('within the given bounds only', () => {
    const bytes = concat(publish, header, body);
    expect(findFrameBoundary(bytes, 1, bytes.length, false)).toBe(publish.length);
    expect(findFrameBoundary(bytes, 0, publish.length - 1, false)).toBe(-1);
  });
});

describe('a frame boundary is not yet found', () => {
  it.each([
    ['no bytes', new Uint8Array(0)],
    ['a cut frame', publish.subarray(0, -1)],
    ['a body frame with nothing behind', body],
    ['a body frame with too little behind', concat(body, publish.subarray(0, 10))],
    ['a method frame with too little behind', concat(publish, header.subarray(0, 6))],
  ])('in %s', (_, bytes) => {
    expect(find(bytes)).toBe(-1);
  });

  it('in a body, though it holds frame ends and frame types', () => {
    expect(find(new Uint8Array(1000).fill(0xce))).toBe(-1);
    for (const octet of [0, 1, 2, 3, 8]) expect(find(new Uint8Array(1000).fill(octet))).toBe(-1);
  });
});

describe('with nothing more to come, less proof is enough', () => {
  it.each([
    ['a body frame', body],
    ['a method frame and the begin of a frame', concat(publish, header.subarray(0, 3))],
    ['a body frame and the begin of a frame', concat(body, header.subarray(0, 3))],
  ])('%s', (_, bytes) => {
    expect(find(concat(Uint8Array.of(0xff), bytes), true)).toBe(1);
  });

  it('but a cut frame alone is none', () => {
    expect(find(publish.subarray(0, -1), true)).toBe(-1);
    expect(find(concat(body, Uint8Array.of(7)), true)).toBe(-1);
  });
});

describe('what cannot be a frame is passed over', () => {
  it.each([
    ['an unknown class', method(61, 40)],
    ['an unknown method', method(60, 41)],
    ['a method of class connection on a channel', method(10, 10, 0, 1)],
    ['a channel method on channel 0', method(60, 40, 0, 0)],
    ['a method frame too short for its ids', encodeFrame(FRAME_METHOD, 1, Uint8Array.of(0, 60, 0))],
    ['a content header of another class', encodeFrame(FRAME_HEADER, 1, Uint8Array.of(0, 61, ...new Uint8Array(12)))],
    ['a content header with a weight', encodeFrame(FRAME_HEADER, 1, Uint8Array.of(0, 60, 0, 1, ...new Uint8Array(10)))],
    ['a content header on channel 0', encodeFrame(FRAME_HEADER, 0, Uint8Array.of(0, 60, ...new Uint8Array(12)))],
    ['a content header that is too short', encodeFrame(FRAME_HEADER, 1, Uint8Array.of(0, 60, ...new Uint8Array(11)))],
    ['a body on channel 0', encodeFrame(FRAME_BODY, 0, Uint8Array.of(1, 2, 3))],
    ['a heartbeat on a channel', encodeFrame(8, 1, new Uint8Array(0))],
    ['a heartbeat with a payload', encodeFrame(8, 0, Uint8Array.of(9))],
    ['an unknown frame type', encodeFrame(4, 1, Uint8Array.of(9))],
    ['a frame without frame-end', concat(publish.subarray(0, -1), Uint8Array.of(0xcd))],
  ])('%s', (_, frame) => {
    expect(find(concat(frame, publish, header))).toBe(frame.length);
  });
});

const channel = fc.integer({ min: 1, max: 0xffff });
const size = fc.integer({ min: 0, max: 200 });
const anyFrame = fc.oneof(
  fc
    .record({ of: fc.constantFrom(...METHODS), channel, size })
    .map(({ of, channel, size }) => method(of.classId, of.methodId, size, of.classId === 10 ? 0 : channel)),
  fc
    .record({ channel, size: fc.integer({ min: 0, max: 60_000 }), rest: fc.uint8Array({ maxLength: 50 }) })
    .map(({ channel, size, rest }) =>
      encodeFrame(FRAME_HEADER, channel, Uint8Array.of(0, 60, 0, 0, 0, 0, 0, 0, 0, 0, size >> 8, size, 0, 0, ...rest)),
    ),
  fc
    .record({
      channel,
      payload: fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.array(fc.constantFrom(0, 1, 2, 3, 8, 0xce), { maxLength: 300 }),
      ),
    })
    .map(({ channel, payload }) => encodeFrame(FRAME_BODY, channel, Uint8Array.from(payload))),
  fc.constant(HEARTBEAT_FRAME),
);

describe('in any stream of frames, joined anywhere,', () => {
  const joined = fc.record({
    frames: fc.array(anyFrame, { minLength: 3, maxLength: 12 }),
    at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    cut: fc.nat(30),
  });

  it('what is found is the first boundary, or none', () => {
    fc.assert(
      fc.property(joined, fc.boolean(), ({ frames, at, cut }, atEnd) => {
        const bytes = concat(...frames);
        const boundaries = frames.map((_, index) => concat(...frames.slice(0, index)).length);
        const start = Math.floor(at * bytes.length);
        const end = Math.max(start, bytes.length - cut);
        const found = findFrameBoundary(bytes, start, end, atEnd);
        if (found >= 0) expect(found).toBe(boundaries.find((boundary) => boundary >= start));
      }),
      { numRuns: 2000 },
    );
  });

  it('a boundary is found once two more frames are whole', () => {
    fc.assert(
      fc.property(joined, ({ frames, at }) => {
        const bytes = concat(...frames);
        const boundaries = frames.map((_, index) => concat(...frames.slice(0, index)).length);
        const start = Math.floor(at * boundaries.at(-2)!);
        expect(findFrameBoundary(bytes, start, bytes.length, false)).toBe(boundaries.find((each) => each >= start));
      }),
      { numRuns: 2000 },
    );
  });

  it('random bytes are never taken for frames', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1000, maxLength: 20_000, size: 'max' }), (bytes) => {
        expect(find(bytes)).toBe(-1);
      }),
    );
  });
});
