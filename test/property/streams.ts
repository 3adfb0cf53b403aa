// Streams of frames of any size, and the chunks in which several of them come at the same time, for the properties of
// everything that cuts or keeps frames. Counterpart: the reference that says what must come of them.

import fc from 'fast-check';
import { FRAME_BODY, FRAME_HEADER, FRAME_HEARTBEAT, FRAME_METHOD } from '../../src/protocol/frame.ts';

/** What a frame is made of; its payload follows from `seed`. */
export interface FrameRecipe {
  readonly type: number;
  readonly channel: number;
  readonly size: number;
  readonly seed: number;
}

const frameType = fc.constantFrom(FRAME_METHOD, FRAME_HEADER, FRAME_BODY, FRAME_HEARTBEAT);

/** Payload sizes up to `largest`, most of them small. */
function payloadSize(largest: number): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 30, arbitrary: fc.nat(60) },
    { weight: 8, arbitrary: fc.nat(Math.min(largest, 5000)) },
    { weight: 4, arbitrary: fc.nat(Math.min(largest, 140_000)) },
    { weight: 1, arbitrary: fc.nat(largest) },
  );
}

/** Frames with payloads of up to `largest` bytes: noise, never a method of class connection. */
export function frameRecipe(largest: number, size = payloadSize(largest)): fc.Arbitrary<FrameRecipe> {
  return fc.record({ type: frameType, channel: fc.nat(0xffff), size, seed: fc.nat(0xffff) });
}

export function frameOf({ type, channel, size, seed }: FrameRecipe): Uint8Array {
  const frame = new Uint8Array(size + 8);
  new DataView(frame.buffer).setUint32(0, (type << 24) | (channel << 8));
  new DataView(frame.buffer).setUint32(3, size);
  for (let i = 0; i < size; i++) frame[7 + i] = (seed + i * 13 + (i >> 7)) | (i < 4 ? 1 : 0);
  frame[size + 7] = 0xce;
  return frame;
}

/** The next `bytes` bytes of stream `stream` come. */
export interface Step {
  readonly stream: number;
  readonly bytes: number;
}

export function steps(streams: number, largest: number): fc.Arbitrary<Step[]> {
  const bytes = fc.oneof(
    fc.integer({ min: 1, max: 20 }),
    fc.integer({ min: 1, max: 3000 }),
    fc.integer({ min: 1, max: largest }),
  );
  return fc.array(fc.record({ stream: fc.nat(streams - 1), bytes }), { minLength: 1, maxLength: 60 });
}

/** After so many chunks, the rest of the streams comes in large ones, so that small steps do not take forever. */
const SMALL_CHUNKS = 1500;
const LARGE_CHUNK = 100_000;

/** Plays the steps over and over until every stream has come whole. */
export function* play(
  streams: readonly Uint8Array[],
  plan: readonly Step[],
): Generator<[stream: number, chunk: Uint8Array]> {
  const positions = streams.map(() => 0);
  let left = streams.reduce((sum, stream) => sum + stream.length, 0);
  for (let turn = 0; left > 0; turn++) {
    const { stream, bytes: step } = plan[turn % plan.length]!;
    const bytes = turn < SMALL_CHUNKS ? step : LARGE_CHUNK;
    // Streams that the plan forgets come along in turn.
    for (const index of new Set([stream, turn % streams.length])) {
      const at = positions[index]!;
      const chunk = streams[index]!.subarray(at, at + bytes);
      if (chunk.length === 0) continue;
      positions[index] = at + chunk.length;
      left -= chunk.length;
      yield [index, chunk];
    }
  }
}
