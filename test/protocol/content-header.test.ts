import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../src/errors.ts';
import {
  decodeContentHeader,
  encodeContentHeader,
  encodeContentHeaderFrame,
} from '../../src/protocol/content-header.ts';
import type { FieldRange } from '../../src/protocol/fields.ts';
import { BASIC_PROPERTIES, type BasicProperties } from '../../src/protocol/method-table.ts';
import { hex, toHex } from './wire.ts';

const PREFIX = '003c 0000 000000000000000c';

describe('a content header', () => {
  it('with one property of each kind has the bytes of AMQP 0-9-1 §4.2.6.1', () => {
    const properties: BasicProperties = {
      content_type: 'a/b',
      headers: [['n', { type: 'I', value: 7 }]],
      delivery_mode: 2,
      timestamp: 1795341600n,
    };
    const digits = `${PREFIX} b040 03612f62 00000007 016e 49 00000007 02 000000006b02bd20`;
    expect(toHex(encodeContentHeader(12n, properties))).toBe(toHex(hex(digits)));
    expect(decodeContentHeader(hex(digits))).toEqual({ classId: 60, weight: 0, bodySize: 12n, properties });
  });

  it('has a flag for each property, from bit 15 down', () => {
    for (const [index, { name, domain }] of BASIC_PROPERTIES.entries()) {
      const value = { shortstr: '', table: [], octet: 0, timestamp: 0n }[domain as 'shortstr'];
      const payload = encodeContentHeader(0n, { [name]: value } as BasicProperties);
      expect((payload[12]! << 8) | payload[13]!, name).toBe(1 << (15 - index));
    }
  });

  it('leaves out properties that are undefined', () => {
    expect(toHex(encodeContentHeader(12n, { type: undefined } as unknown as BasicProperties))).toBe(
      toHex(hex(`${PREFIX} 0000`)),
    );
  });

  it('takes a body size beyond 2^53', () => {
    expect(decodeContentHeader(encodeContentHeader(2n ** 64n - 1n, {})).bodySize).toBe(18446744073709551615n);
  });

  it('follows continuation words', () => {
    expect(decodeContentHeader(hex(`${PREFIX} 8001 0001 0000 0161`)).properties).toEqual({ content_type: 'a' });
  });

  it('says where its parts stand', () => {
    const ranges: FieldRange[] = [];
    decodeContentHeader(hex(`ffff ${PREFIX} 8800 0161 05 ffff`), 2, 19, ranges);
    expect(ranges).toEqual([
      { name: 'weight', domain: 'short', start: 4, end: 6 },
      { name: 'body_size', domain: 'longlong', start: 6, end: 14 },
      { name: 'content_type', domain: 'shortstr', start: 16, end: 18 },
      { name: 'priority', domain: 'octet', start: 18, end: 19 },
    ]);
  });

  it.each([
    ['another class', '0032 0000 0000000000000000 0000', 'expected a content header of class 60, found 50', 501],
    ['a flag without a property', `${PREFIX} 0002`, 'property flag 14 stands for no property', 502],
    ['a flag in a continued word', `${PREFIX} 0001 8000 00`, 'property flag 15 stands for no property', 502],
    ['continuation without an end', `${PREFIX} ${'0001'.repeat(50)}`, 'expected 2 more bytes, found 0', 502],
    ['bytes left over', `${PREFIX} 0000 00`, '1 bytes left over after the properties', 502],
    ['a property cut off', `${PREFIX} 8000 0561`, 'content_type: expected 5 more bytes, found 1', 502],
    ['nothing behind the body size', PREFIX, 'expected 2 more bytes, found 0', 502],
  ])('with %s is an error', (_what, digits, message, replyCode) => {
    expect(() => decodeContentHeader(hex(digits))).toThrow(expect.objectContaining({ message, replyCode }));
    expect(() => decodeContentHeader(hex(digits))).toThrow(ProtocolError);
  });

  it('can be a whole frame', () => {
    expect(toHex(encodeContentHeaderFrame(1, 12n, {}))).toBe(toHex(hex(`02 0001 0000000e ${PREFIX} 0000 ce`)));
  });

  it('does not take a value that a property cannot hold', () => {
    expect(() => encodeContentHeader(0n, { priority: 256 })).toThrow('expected an integer from 0 to 255, found 256');
    expect(() => encodeContentHeader(0n, { type: 'x'.repeat(256) })).toThrow('at most 255 bytes');
  });
});
