// The frame log against a reference: whatever frames come from however many connections in whatever chunks, readers of any
// pace see exactly those frames, in order, or are told how many they missed.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cursor } from '../../../src/log/cursor.ts';
import { FrameLog } from '../../../src/log/frame-log.ts';
import { CLIENT_TO_SERVER, type Direction, FRAME_METHOD, SERVER_TO_CLIENT } from '../../../src/protocol/frame.ts';
import { methodById } from '../../../src/protocol/method-table.ts';
import { concat } from '../../protocol/wire.ts';
import { frameOf, frameRecipe, play, steps } from '../streams.ts';

interface ExpectedFrame {
  readonly bytes: Uint8Array;
  readonly stream: number;
  readonly time: number;
}

/** One direction of one connection: what came, and where its frames end. */
class Reference {
  readonly #frames: readonly Uint8Array[];
  #came = 0;
  #next = 0;
  #end: number;

  constructor(frames: readonly Uint8Array[]) {
    this.#frames = frames;
    this.#end = frames[0]?.length ?? 0;
  }

  /** The frames that end within the next `size` bytes. */
  *come(size: number): Generator<Uint8Array> {
    this.#came += size;
    while (this.#next < this.#frames.length && this.#end <= this.#came) {
      yield this.#frames[this.#next]!;
      this.#next++;
      this.#end += this.#frames[this.#next]?.length ?? 0;
    }
  }
}

/** A reader that checks each record that it reads. */
class Reader {
  readonly #cursor: Cursor;
  readonly #expected: readonly ExpectedFrame[];
  read = 0;
  missed = 0;
  cut = 0;

  constructor(log: FrameLog, expected: readonly ExpectedFrame[]) {
    this.#cursor = new Cursor(log, 1);
    this.#expected = expected;
  }

  /** Reads up to `count` records. */
  advance(count: number): void {
    const cursor = this.#cursor;
    for (let i = 0; i < count; i++) {
      const found = cursor.next();
      this.missed += cursor.takeMissed();
      if (!found) break;
      this.read++;
      this.#check();
    }
    expect(cursor.id).toBe(this.read + this.missed);
  }

  #check(): void {
    const cursor = this.#cursor;
    const { bytes, stream, time } = this.#expected[cursor.id - 1]!;
    const seen = cursor.bytes.subarray(cursor.start, cursor.end);
    const kept = cursor.cut ? bytes.subarray(0, seen.length) : bytes;
    if (Buffer.compare(seen, kept) !== 0) throw new Error(`record ${cursor.id} holds other bytes than came`);
    if (cursor.cut) this.cut++;
    const facts = [cursor.connection, cursor.direction, cursor.time, cursor.size, cursor.frameType, cursor.channel];
    const expected = [stream >> 1, stream & 1, time, bytes.length, bytes[0], (bytes[1]! << 8) | bytes[2]!];
    if (facts.join() !== expected.join()) throw new Error(`record ${cursor.id} says ${facts}, not ${expected}`);
  }
}

function recount(log: FrameLog, frames: readonly ExpectedFrame[]): void {
  const counts = new Map<string, { frames: number; bytes: number }>();
  for (const { bytes, stream } of frames) {
    const method = methodById((bytes[7]! << 8) | bytes[8]!, (bytes[9]! << 8) | bytes[10]!);
    const names = { 2: 'header', 3: 'body', 8: 'heartbeat' } as { [type: number]: string };
    const isMethod = bytes[0] === FRAME_METHOD;
    const name = isMethod ? (bytes.length >= 12 && method?.name) || 'unknown' : names[bytes[0]!];
    const key = `${name} ${stream & 1 ? 'server-to-client' : 'client-to-server'}`;
    const count = counts.get(key) ?? { frames: 0, bytes: 0 };
    counts.set(key, { frames: count.frames + 1, bytes: count.bytes + bytes.length });
  }
  const seen = log.traffic.counts();
  expect(new Map(seen.map(({ name, direction, ...count }) => [`${name} ${direction}`, count]))).toEqual(counts);
  expect(seen.length).toBe(counts.size);
}

const STREAMS = 4;

/** Streams 2n and 2n+1 are the two directions of connection n. The client's header is kept out: it is no frame. */
function openTapes(log: FrameLog) {
  return Array.from({ length: STREAMS }, (_, stream) => {
    const tape = log.openTape(stream >> 1, (stream & 1 ? SERVER_TO_CLIENT : CLIENT_TO_SERVER) as Direction);
    tape.phase = 'frames';
    return tape;
  });
}

/** Feeds the log; at each chunk reader n moves on by `paces[n]` records. Returns what must have come of it. */
function run(log: FrameLog, frames: Uint8Array[][], plan: { stream: number; bytes: number }[], paces: number[]) {
  const expected: ExpectedFrame[] = [];
  const references = frames.map((list) => new Reference(list));
  const readers = paces.map(() => new Reader(log, expected));
  const tapes = openTapes(log);
  let time = 1e15;
  for (const [stream, chunk] of play(
    frames.map((list) => concat(...list)),
    plan,
  )) {
    time += 0.25;
    const copy = chunk.slice();
    log.append(tapes[stream]!, copy, time);
    copy.fill(0xee);
    for (const bytes of references[stream]!.come(chunk.length)) expected.push({ bytes, stream, time });
    for (const [i, reader] of readers.entries()) reader.advance(paces[i]!);
  }
  for (const reader of readers) reader.advance(Number.POSITIVE_INFINITY);
  return { expected, readers, tapes };
}

function streamsOf(largest: number, minLength: number, maxLength: number, sizes?: fc.Arbitrary<number>) {
  const list = fc.array(frameRecipe(largest, sizes), { minLength, maxLength });
  return fc.tuple(...Array.from({ length: STREAMS }, () => list)).map((lists) => lists.map((l) => l.map(frameOf)));
}

describe('readers of the log', () => {
  it('see every frame when the log is large enough', () => {
    const property = fc.property(streamsOf(20_000, 0, 20), steps(STREAMS, 5000), (frames, plan) => {
      const log = new FrameLog({ size: 4 << 20 });
      const { expected, readers, tapes } = run(log, frames, plan, [0, 1, 1000]);
      const total = frames.reduce((sum, list) => sum + list.length, 0);
      expect([expected.length, log.nextId - 1]).toEqual([total, total]);
      for (const reader of readers) expect([reader.read, reader.missed, reader.cut]).toEqual([total, 0, 0]);
      for (const [i, tape] of tapes.entries()) {
        expect([tape.frames, tape.unfinished]).toEqual([frames[i]!.length, 0]);
        expect(tape.bytes).toBe(frames[i]!.reduce((sum, frame) => sum + frame.length, 0));
      }
      recount(log, expected);
    });
    fc.assert(property, { numRuns: 605 });
  });

  it('see the frames that the log still holds, and are told how many they missed, when it is small', () => {
    const property = fc.property(
      streamsOf(400_000, 10, 60),
      steps(STREAMS, 200_000),
      fc.tuple(fc.nat(3), fc.nat(40)),
      (frames, plan, [slow, quick]) => {
        const log = new FrameLog({ size: 1 << 20 });
        const { expected, readers } = run(log, frames, plan, [0, slow, quick, 1000]);
        expect(log.nextId - 1).toBe(expected.length);
        for (const reader of readers) expect(reader.read + reader.missed).toBe(expected.length);
        recount(log, expected);
      },
    );
    fc.assert(property, { numRuns: 605 });
  });

  it('see no bytes that unfinished frames overwrote', () => {
    const property = fc.property(
      streamsOf(4000, 250, 300, fc.integer({ min: 500, max: 4000 })),
      steps(STREAMS, 30_000),
      fc.integer({ min: 1, max: 4 }),
      (frames, plan, slow) => {
        const log = new FrameLog({ size: 1 << 20 });
        const { expected, readers } = run(log, frames, plan, [slow, 2 * slow]);
        for (const reader of readers) expect(reader.read + reader.missed).toBe(expected.length);
      },
    );
    fc.assert(property, { numRuns: 305 });
  });

  it('see large frames whole, or cut and flagged as cut, while others overrun the ring', () => {
    const property = fc.property(streamsOf(3 << 20, 2, 8), steps(STREAMS, 300_000), (frames, plan) => {
      const log = new FrameLog({ size: 2 << 20 });
      const { expected, readers } = run(log, frames, plan, [0, 1, 1000]);
      expect(log.nextId - 1).toBe(expected.length);
      for (const reader of readers) expect(reader.read + reader.missed).toBe(expected.length);
      recount(log, expected);
    });
    fc.assert(property, { numRuns: 305 });
  });

  it('find any record that is left by its id', () => {
    const property = fc.property(
      streamsOf(30_000, 10, 40),
      steps(STREAMS, 20_000),
      fc.array(fc.nat()),
      (frames, plan, ids) => {
        const log = new FrameLog({ size: 1 << 20 });
        const { expected } = run(log, frames, plan, []);
        for (const number of ids) {
          const id = 1 + (number % expected.length);
          const cursor = new Cursor(log, id);
          const found = cursor.next();
          if (id < log.firstId) expect(cursor.id).toBe(log.firstId);
          else if (cursor.takeMissed() === 0) expect([found, cursor.id]).toEqual([true, id]);
          if (!found) continue;
          const { bytes } = expected[cursor.id - 1]!;
          const seen = cursor.bytes.subarray(cursor.start, cursor.end);
          expect(Buffer.compare(seen, bytes.subarray(0, seen.length))).toBe(0);
        }
      },
    );
    fc.assert(property, { numRuns: 605 });
  });

  it('of runs see the same bytes as readers of frames', () => {
    const property = fc.property(streamsOf(5000, 0, 30), steps(STREAMS, 20_000), (frames, plan) => {
      const log = new FrameLog({ size: 4 << 20 });
      const { expected } = run(log, frames, plan, []);
      const byStream = frames.map((): Uint8Array[] => []);
      const cursor = new Cursor(log, 1);
      while (cursor.nextRun()) {
        byStream[2 * cursor.connection + cursor.direction]!.push(cursor.bytes.slice(cursor.start, cursor.end));
      }
      expect([cursor.id, cursor.takeMissed()]).toEqual([expected.length, 0]);
      for (const [i, parts] of byStream.entries()) {
        expect(Buffer.compare(concat(...parts), concat(...frames[i]!))).toBe(0);
      }
    });
    fc.assert(property, { numRuns: 405 });
  });
});
