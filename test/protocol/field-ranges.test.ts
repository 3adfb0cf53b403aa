import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../src/protocol/byte-reader.ts';
import { ByteWriter } from '../../src/protocol/byte-writer.ts';
import { arrayEntryRanges, type EntryRange, tableEntryRanges } from '../../src/protocol/field-ranges.ts';
import { decodeTable, encodeTable, type FieldTable, type FieldValue } from '../../src/protocol/field-table.ts';

function encode(table: FieldTable): Uint8Array {
  const writer = new ByteWriter();
  encodeTable(writer, table);
  return writer.finish();
}

const { fieldValue } = fc.letrec<{ fieldValue: FieldValue; table: FieldTable }>((tie) => ({
  fieldValue: fc.oneof(
    { maxDepth: 3 },
    fc.record({ type: fc.constant('t' as const), value: fc.boolean() }),
    fc.record({
      type: fc.constantFrom('b' as const, 's' as const, 'U' as const),
      value: fc.integer({ min: -128, max: 127 }),
    }),
    fc.record({ type: fc.constantFrom('B' as const, 'u' as const, 'i' as const), value: fc.nat(255) }),
    fc.record({ type: fc.constantFrom('l' as const, 'L' as const), value: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n) }),
    fc.record({ type: fc.constant('T' as const), value: fc.bigInt(0n, 2n ** 64n - 1n) }),
    fc.record({ type: fc.constantFrom('I' as const), value: fc.integer() }),
    fc.record({ type: fc.constantFrom('f' as const, 'd' as const), value: fc.integer({ min: -999, max: 999 }) }),
    fc.record({ type: fc.constant('D' as const), scale: fc.nat(255), value: fc.nat() }),
    fc.record({ type: fc.constant('S' as const), value: fc.string({ unit: 'grapheme' }) }),
    fc.record({ type: fc.constant('x' as const), value: fc.uint8Array() }),
    fc.record({ type: fc.constant('V' as const), value: fc.constant(null) }),
    fc.record({ type: fc.constant('A' as const), value: fc.array(tie('fieldValue'), { maxLength: 4 }) }),
    fc.record({ type: fc.constant('F' as const), value: tie('table') }),
  ) as fc.Arbitrary<FieldValue>,
  table: fc.array(fc.tuple(fc.string({ maxLength: 8 }), tie('fieldValue')), { maxLength: 4 }),
}));

/** Entries stand side by side from `start` to `end`, and each one's bytes decode to its value, all the way down. */
function expectTrue(bytes: Uint8Array, ranges: Iterable<EntryRange>, start: number, end: number): void {
  let at = start + 4;
  for (const { name, start: entryStart, typeAt, end: entryEnd, value } of ranges) {
    expect(entryStart).toBe(at);
    expect(bytes[typeAt]).toBe(value.type.charCodeAt(0));
    const alone = encode([[typeAt > entryStart ? name : '', value]]);
    const keySize = typeAt > entryStart ? 0 : 1;
    expect(Buffer.from(bytes.subarray(entryStart, entryEnd))).toEqual(Buffer.from(alone.subarray(4 + keySize)));
    if (value.type === 'F') expectTrue(bytes, tableEntryRanges(bytes, typeAt + 1, value.value), typeAt + 1, entryEnd);
    if (value.type === 'A') expectTrue(bytes, arrayEntryRanges(bytes, typeAt + 1, value.value), typeAt + 1, entryEnd);
    at = entryEnd;
  }
  expect(at).toBe(end);
}

describe('the ranges of a table’s entries', () => {
  it('are all of its bytes, and each entry’s bytes are its own encoding, at every depth', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ maxLength: 20 }), fieldValue)), (table) => {
        const bytes = encode(table);
        const decoded = decodeTable(new ByteReader(bytes));
        expectTrue(bytes, tableEntryRanges(bytes, 0, decoded), 0, bytes.length);
      }),
    );
  });

  it('count from where the table stands in its bytes', () => {
    const bytes = Buffer.concat([Buffer.from('before'), encode([['k', { type: 'S', value: 'v' }]]), Buffer.from('!')]);
    const table = decodeTable(new ByteReader(bytes, 6, bytes.length - 1));
    expect([...tableEntryRanges(bytes, 6, table)]).toEqual([
      { name: 'k', start: 10, typeAt: 12, end: 18, value: { type: 'S', value: 'v' } },
    ]);
  });

  it('of an array have no keys and are named by number', () => {
    const value = {
      type: 'A',
      value: [
        { type: 'V', value: null },
        { type: 't', value: true },
      ],
    } as const;
    const bytes = encode([['', value]]);
    expect(
      [...arrayEntryRanges(bytes, 6, value.value)].map(({ name, start, typeAt, end }) => [name, start, typeAt, end]),
    ).toEqual([
      ['0', 10, 10, 11],
      ['1', 11, 11, 13],
    ]);
  });
});
