import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Slab } from '../../src/proxy/slab.ts';

test('a copy that is kept stays as it is, however many follow', () => {
  const slab = new Slab();
  const chunk = fc.record({ size: fc.integer({ min: 1, max: 65_536 }), kept: fc.boolean() });
  fc.assert(
    fc.property(fc.array(chunk, { minLength: 100, maxLength: 200, size: 'max' }), (chunks) => {
      const kept: { copy: Buffer; byte: number }[] = [];
      for (const [index, { size, kept: keeps }] of chunks.entries()) {
        const byte = index % 251;
        const copy = slab.copy(Buffer.alloc(65_536, byte), size);
        expect(copy.equals(Buffer.alloc(size, byte))).toBe(true);
        if (!keeps) continue;
        slab.keep(size);
        kept.push({ copy, byte });
      }
      for (const { copy, byte } of kept) expect(copy.equals(Buffer.alloc(copy.length, byte))).toBe(true);
    }),
    { numRuns: 10 },
  );
});

test('a copy that is not kept gives its place to the next', () => {
  const slab = new Slab();
  const first = slab.copy(Buffer.from('first'), 5);
  const second = slab.copy(Buffer.from('other'), 5);
  expect(second.byteOffset).toBe(first.byteOffset);
});
