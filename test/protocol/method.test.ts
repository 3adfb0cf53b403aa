import { describe, expect, it } from 'vitest';
import type { FieldRange } from '../../src/protocol/fields.ts';
import { decodeMethod, encodeMethod, encodeMethodFrame } from '../../src/protocol/method.ts';
import { CLIENT_FRAMES, hex, SERVER_FRAMES, toHex } from './wire.ts';

describe('a method', () => {
  it('may leave out reserved arguments, which are then zero or empty', () => {
    expect(
      toHex(encodeMethod('basic.publish', { exchange: 'logs', routing_key: '', mandatory: true, immediate: false })),
    ).toBe(toHex(hex('003c 0028 0000 04 6c6f6773 00 01')));
    expect(toHex(encodeMethod('connection.open', { virtual_host: '/' }))).toBe(toHex(hex('000a 0028 01 2f 00 00')));
    expect(toHex(encodeMethod('channel.open-ok', {}))).toBe(toHex(hex('0014 000b 00000000')));
  });

  it('must not leave out others', () => {
    expect(() => encodeMethod('basic.ack', { multiple: false })).toThrow('delivery_tag: expected a longlong');
    expect(() => encodeMethod('confirm.select', {})).toThrow('nowait: expected a bit');
  });

  it('packs consecutive bits into one octet, the first one lowest, and starts anew behind other arguments', () => {
    const payload = hex('0028 000a 0000 00 00 15 00000000');
    const bits = { passive: true, durable: false, auto_delete: true, internal: false, nowait: true };
    expect(decodeMethod(payload).arguments).toEqual({ ticket: 0, exchange: '', type: '', ...bits, arguments: [] });
    const deliver = { consumer_tag: '', delivery_tag: 1n, redelivered: true, exchange: '', routing_key: '' };
    expect(toHex(encodeMethod('basic.deliver', deliver))).toBe(toHex(hex('003c 003c 00 0000000000000001 01 00 00')));
  });

  it('says where each argument stands', () => {
    const ranges: FieldRange[] = [];
    decodeMethod(hex('ff 003c 0078 0000000000000001 03 ce'), 1, 14, ranges);
    expect(ranges).toEqual([
      { name: 'delivery_tag', domain: 'longlong', start: 5, end: 13 },
      { name: 'multiple', domain: 'bit', start: 13, end: 14, bit: 0 },
      { name: 'requeue', domain: 'bit', start: 13, end: 14, bit: 1 },
    ]);
  });

  it.each([
    ['that nobody knows', '003c 0063', 'unknown method 60.99', 503],
    ['of a class that nobody knows', '0000 0000', 'unknown method 0.0', 503],
    ['without ids', '003c', 'expected 2 more bytes, found 0', 502],
    ['with bytes left over', '000a 0033 00', '1 bytes left over after the arguments of connection.close-ok', 502],
    ['without the octet of its bits', '0055 000a', 'nowait: expected 1 more bytes, found 0', 502],
    ['with a string that runs over', '003c 0015 05 61', 'consumer_tag: expected 5 more bytes, found 1', 502],
  ])('%s is an error', (_what, digits, message, replyCode) => {
    expect(() => decodeMethod(hex(digits))).toThrow(expect.objectContaining({ message, replyCode }));
  });

  it('of a real conversation encodes to the bytes that it came in', () => {
    const frames = [...CLIENT_FRAMES, ...SERVER_FRAMES].filter((frame) => frame[0] === 1);
    expect(frames.length).toBe(42);
    for (const frame of frames) {
      const channel = (frame[1]! << 8) | frame[2]!;
      const { method, arguments: values } = decodeMethod(frame, 7, frame.length - 1);
      expect(toHex(encodeMethodFrame(channel, method.name, values)), method.name).toBe(toHex(frame));
    }
  });
});
