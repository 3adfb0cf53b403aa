// ByteReader and ByteWriter: the wire types one by one.

import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../src/errors.ts';
import { ByteReader, LARGEST_DECODED, payloadReader } from '../../src/protocol/byte-reader.ts';
import { ByteWriter } from '../../src/protocol/byte-writer.ts';
import { hex, toHex } from './wire.ts';

type Integer = 'u8' | 'u16' | 'u32' | 'i8' | 'i16' | 'i32';

function written(write: (writer: ByteWriter) => void): string {
  const writer = new ByteWriter(0);
  write(writer);
  return toHex(writer.finish());
}

describe('integers', () => {
  it.each<[Integer, number, string]>([
    ['u8', 0, '00'],
    ['u8', 255, 'ff'],
    ['u16', 0x1234, '1234'],
    ['u16', 65535, 'ffff'],
    ['u32', 0x12345678, '12345678'],
    ['u32', 4294967295, 'ffffffff'],
    ['i8', -128, '80'],
    ['i8', 127, '7f'],
    ['i16', -32768, '8000'],
    ['i16', -2, 'fffe'],
    ['i32', -2147483648, '80000000'],
    ['i32', 2147483647, '7fffffff'],
  ])('%s %d is %s', (type, value, digits) => {
    expect(written((writer) => writer[type](value))).toBe(digits);
    expect(new ByteReader(hex(digits))[type]()).toBe(value);
  });

  it.each<['u64' | 'i64', bigint, string]>([
    ['u64', 0n, '0000000000000000'],
    ['u64', 9007199254740993n, '0020000000000001'],
    ['u64', 18446744073709551615n, 'ffffffffffffffff'],
    ['i64', -9223372036854775808n, '8000000000000000'],
    ['i64', 9223372036854775807n, '7fffffffffffffff'],
    ['i64', -1n, 'ffffffffffffffff'],
  ])('%s %d is %s, exactly', (type, value, digits) => {
    expect(written((writer) => writer[type](value))).toBe(digits);
    expect(new ByteReader(hex(digits))[type]()).toBe(value);
  });

  it.each<[Integer, number]>([
    ['u8', 256],
    ['u8', -1],
    ['u16', 65536],
    ['u32', 4294967296],
    ['u32', 0.5],
    ['i8', 128],
    ['i16', -32769],
    ['i32', 2147483648],
    ['i32', Number.NaN],
  ])('%s does not take %d', (type, value) => {
    const writer = new ByteWriter();
    expect(() => writer[type](value)).toThrow(/expected an integer from/);
    expect(writer.length).toBe(0);
  });

  it('of 64 bits do not take what needs more', () => {
    const writer = new ByteWriter();
    expect(() => writer.u64(-1n)).toThrow('expected a 64-bit unsigned integer, found -1');
    expect(() => writer.u64(2n ** 64n)).toThrow(ProtocolError);
    expect(() => writer.i64(2n ** 63n)).toThrow('expected a 64-bit signed integer');
  });
});

describe('floats', () => {
  it.each([
    ['f32', 1.5, '3fc00000'],
    ['f32', -0, '80000000'],
    ['f32', Number.POSITIVE_INFINITY, '7f800000'],
    ['f32', Number.NaN, '7fc00000'],
    ['f64', 0.1, '3fb999999999999a'],
    ['f64', -0, '8000000000000000'],
    ['f64', Number.NaN, '7ff8000000000000'],
  ] as const)('%s %d is %s', (type, value, digits) => {
    expect(written((writer) => writer[type](value))).toBe(digits);
    expect(new ByteReader(hex(digits))[type]()).toBe(value);
  });
});

describe('a writer', () => {
  it('keeps what was written before it grew, at whatever value it grows', () => {
    const all = (writer: ByteWriter) => {
      writer.u8(1);
      writer.u16(2);
      writer.u32(3);
      writer.u64(4n);
      writer.i8(-1);
      writer.i16(-2);
      writer.i32(-3);
      writer.i64(-4n);
      writer.f32(1.5);
      writer.f64(-1.5);
      writer.raw(hex('aabbcc'));
      writer.shortstr('short');
      writer.longstr('long');
      writer.withLength(() => writer.u8(9));
    };
    const roomy = new ByteWriter(4096);
    all(roomy);
    for (let capacity = 0; capacity < roomy.length; capacity++) {
      const tight = new ByteWriter(capacity);
      all(tight);
      expect(toHex(tight.finish()), `capacity ${capacity}`).toBe(toHex(roomy.finish()));
    }
  });

  it('counts a short string in bytes, not characters', () => {
    expect(written((writer) => writer.shortstr('é'))).toBe('02c3a9');
    expect(() => new ByteWriter().shortstr('é'.repeat(128))).toThrow(
      'expected a short string of at most 255 bytes, found 256',
    );
  });
});

describe('a reader', () => {
  it('never reads past its end, and says where it stood', () => {
    const reader = new ByteReader(hex('0102030405'), 1, 4);
    expect(reader.u16()).toBe(0x0203);
    expect(() => reader.u16()).toThrow(
      expect.objectContaining({ message: 'expected 2 more bytes, found 1', offset: 3 }),
    );
    expect(reader.u8()).toBe(4);
    expect(() => reader.u8()).toThrow(ProtocolError);
  });

  it('never follows a length past its end', () => {
    expect(() => new ByteReader(hex('05 6162')).shortstr()).toThrow('expected 5 more bytes, found 2');
    expect(() => new ByteReader(hex('ffffffff 6162')).longstr()).toThrow('expected 4294967295 more bytes, found 2');
    expect(() => new ByteReader(hex('0102')).slice(3)).toThrow('expected 3 more bytes, found 2');
  });

  it('is not given for payloads that no real frame has', () => {
    const bytes = new Uint8Array(LARGEST_DECODED + 1);
    expect(payloadReader(bytes, 1, bytes.length).end).toBe(bytes.length);
    expect(() => payloadReader(bytes, 0, bytes.length)).toThrow(
      'a payload of 1048577 bytes is not decoded: the limit is 1048576',
    );
  });
});
