// The frame splitter over random and hostile bytes: its units, joined, are what came, and do not depend on how it came.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameSplitter, LARGEST_HELD, type UnitKind } from '../../../src/protocol/frame-splitter.ts';
import { PROTOCOL_HEADER } from '../../../src/protocol/protocol-header.ts';
import { concat, WIRE_STREAMS } from '../../protocol/wire.ts';
import { octets } from '../arbitraries.ts';
import { frameOf, frameRecipe } from '../streams.ts';

interface Unit {
  readonly kind: UnitKind;
  readonly bytes: Uint8Array;
}

/** The units, neighbours joined where they come as they like: pieces and opaque bytes. */
function split(stream: Uint8Array, sizes: readonly number[]): Unit[] {
  const units: { kind: UnitKind; parts: Uint8Array[] }[] = [];
  const splitter = new FrameSplitter((kind, bytes) => {
    const before = units.at(-1);
    if (before?.kind === kind && kind !== 'frame') before.parts.push(bytes.slice());
    else units.push({ kind, parts: [bytes.slice()] });
  });
  for (let at = 0, i = 0; at < stream.length; i++) {
    const size = sizes[i % sizes.length] ?? stream.length;
    splitter.push(stream.subarray(at, at + size));
    at += size;
  }
  splitter.end();
  return units.map(({ kind, parts }) => ({ kind, bytes: concat(...parts) }));
}

const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 70_000 })), {
  minLength: 1,
  maxLength: 20,
});

function expectSameUnits(stream: Uint8Array, plan: readonly number[]): Unit[] {
  const whole = split(stream, []);
  const parts = split(stream, plan);
  expect(parts.map(({ kind, bytes }) => `${kind} ${bytes.length}`)).toEqual(
    whole.map(({ kind, bytes }) => `${kind} ${bytes.length}`),
  );
  expect(Buffer.compare(concat(...whole.map(({ bytes }) => bytes)), stream)).toBe(0);
  expect(Buffer.compare(concat(...parts.map(({ bytes }) => bytes)), stream)).toBe(0);
  return whole;
}

describe('the frame splitter', () => {
  it('hands out each frame whole, for any frames in any chunks', () => {
    const property = fc.property(
      fc.array(frameRecipe(100_000), { maxLength: 30 }),
      fc.boolean(),
      sizes,
      (list, header, plan) => {
        const frames = list.map(frameOf);
        const units = expectSameUnits(concat(header ? PROTOCOL_HEADER : new Uint8Array(0), ...frames), plan);
        expect(units.map(({ bytes }) => bytes.length)).toEqual([
          ...(header ? [8] : []),
          ...frames.map((f) => f.length),
        ]);
      },
    );
    fc.assert(property, { numRuns: 1005 });
  });

  it('hands out frames that are too large in pieces, and finds the next', () => {
    const large = fc.integer({ min: LARGEST_HELD - 20, max: LARGEST_HELD + 100_000 });
    const chunks = fc.array(fc.integer({ min: 500, max: 200_000 }), { minLength: 1, maxLength: 20 });
    const property = fc.property(large, frameRecipe(100), chunks, (size, next, plan) => {
      const frame = frameOf({ type: 3, channel: 1, size, seed: 1 });
      const units = expectSameUnits(concat(frame, frameOf(next)), plan);
      expect(units[0]!.kind).toBe(frame.length > LARGEST_HELD ? 'piece' : 'frame');
      expect(units[1]!.kind).toBe('frame');
    });
    fc.assert(property, { numRuns: 155 });
  });

  it('loses no byte of any bytes at all', () => {
    const prefix = fc.constantFrom(new Uint8Array(0), PROTOCOL_HEADER, WIRE_STREAMS[1].subarray(0, 600));
    const property = fc.property(prefix, octets(200), sizes, (begin, wild, plan) => {
      expectSameUnits(concat(begin, wild), plan);
    });
    fc.assert(property, { numRuns: 5005 });
  });
});
