import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../src/errors.ts';
import { ByteReader } from '../../src/protocol/byte-reader.ts';
import { ByteWriter } from '../../src/protocol/byte-writer.ts';
import { decodeTable, encodeTable, type FieldTable, fieldOf, MAX_TABLE_DEPTH } from '../../src/protocol/field-table.ts';
import { concat, hex, latin1, toHex } from './wire.ts';

function bytesOf(table: FieldTable): Uint8Array {
  const writer = new ByteWriter();
  encodeTable(writer, table);
  return writer.finish();
}

function decode(bytes: Uint8Array): FieldTable {
  return decodeTable(new ByteReader(bytes));
}

describe('a field value', () => {
  it.each<[string, FieldTable[number][1]]>([
    ['74 01', { type: 't', value: true }],
    ['74 00', { type: 't', value: false }],
    ['62 80', { type: 'b', value: -128 }],
    ['42 ff', { type: 'B', value: 255 }],
    ['73 8000', { type: 's', value: -32768 }],
    ['55 ffff', { type: 'U', value: -1 }],
    ['75 ffff', { type: 'u', value: 65535 }],
    ['49 80000000', { type: 'I', value: -2147483648 }],
    ['69 ffffffff', { type: 'i', value: 4294967295 }],
    ['6c 8000000000000000', { type: 'l', value: -9223372036854775808n }],
    ['4c 7fffffffffffffff', { type: 'L', value: 9223372036854775807n }],
    ['54 ffffffffffffffff', { type: 'T', value: 18446744073709551615n }],
    ['66 3fc00000', { type: 'f', value: 1.5 }],
    ['64 3fb999999999999a', { type: 'd', value: 0.1 }],
    ['64 8000000000000000', { type: 'd', value: -0 }],
    ['44 02 0000007b', { type: 'D', scale: 2, value: 123 }],
    ['53 00000003 c3a9ff', { type: 'S', value: 'é\udcff' }],
    ['78 00000002 00ff', { type: 'x', value: Uint8Array.of(0, 255) }],
    [
      '41 00000003 56 7401',
      {
        type: 'A',
        value: [
          { type: 'V', value: null },
          { type: 't', value: true },
        ],
      },
    ],
    ['46 00000003 01 61 56', { type: 'F', value: [['a', { type: 'V', value: null }]] }],
    ['46 00000000', { type: 'F', value: [] }],
    ['56', { type: 'V', value: null }],
  ])('%s is read with its type and written back', (digits, value) => {
    const entry = concat(hex('016b'), hex(digits));
    const bytes = concat(Uint8Array.of(0, 0, 0, entry.length), entry);
    expect(decode(bytes)).toEqual([['k', value]]);
    expect(toHex(bytesOf([['k', value]]))).toBe(toHex(bytes));
  });

  it('of an unknown type is an error that says which and where', () => {
    expect(() => decode(hex('00000004 016b 2a 00'))).toThrow(
      expect.objectContaining({ message: 'unknown field type 0x2a', offset: 6, replyCode: 502 }),
    );
  });

  it('of type byte array does not share the bytes it came from', () => {
    const bytes = hex('00000008 016b 78 00000001 aa');
    const [[, value]] = decode(bytes) as [FieldTable[number]];
    bytes.fill(0);
    expect(value.value).toEqual(Uint8Array.of(0xaa));
  });
});

describe('a table', () => {
  it('keeps entries of the same name, in order; the first is found', () => {
    const table: FieldTable = [
      ['a', { type: 'b', value: 1 }],
      ['', { type: 'b', value: 2 }],
      ['a', { type: 'b', value: 3 }],
    ];
    expect(decode(bytesOf(table))).toEqual(table);
    expect(fieldOf(table, 'a')).toEqual({ type: 'b', value: 1 });
    expect(fieldOf(table, 'b')).toBeUndefined();
  });

  it.each([
    ['longer than the bytes there are', '00000009 016b 56'],
    ['that ends inside a name', '00000002 056b'],
    ['that ends before a type', '00000002 016b'],
    ['that ends inside a value', '00000005 016b 49 0000'],
    ['with a string that runs out of it', '00000009 016b 53 00000003 6162', '63'],
    ['with an array that runs out of it', '00000008 016b 41 00000002 56', '56'],
    ['with a table that runs out of it', '0000000a 016b 46 00000004 01 61 56', '00'],
    ['of four gigabytes', 'ffffffff 016b 56'],
  ])('%s is an error', (_what, digits, behind = '') => {
    expect(() => decode(concat(hex(digits), hex(behind)))).toThrow(ProtocolError);
  });

  it('leaves the reader behind it, with its end as it was', () => {
    const reader = new ByteReader(hex('00000003 016b 56 ff'));
    decodeTable(reader);
    expect([reader.at, reader.end]).toEqual([7, 8]);
  });

  it('may be nested deep, but not so deep that hostile bytes reach the call stack', () => {
    const nested = (depth: number): FieldTable => {
      let table: FieldTable = [];
      for (let i = 1; i < depth; i++) table = [['', { type: 'F', value: table }]];
      return table;
    };
    const allowed = nested(MAX_TABLE_DEPTH + 1);
    expect(decode(bytesOf(allowed))).toEqual(allowed);
    expect(() => decode(bytesOf(nested(MAX_TABLE_DEPTH + 2)))).toThrow('tables nested more than 64 deep');
    const arrays = concat(...Array.from({ length: 100_000 }, () => latin1('A\x00\x00\x00\x00')));
    for (let at = 0; at < arrays.length; at += 5) new DataView(arrays.buffer).setUint32(at + 1, arrays.length - at - 5);
    const table = concat(hex('00 07a122'), hex('00'), arrays);
    new DataView(table.buffer).setUint32(0, table.length - 4);
    expect(() => decode(table)).toThrow('tables nested more than 64 deep');
  });
});
