import { describe, expect, it } from 'vitest';
import { encodeTextMessages } from '../../src/api/text-messages.ts';

/** Length field and texts of unmasked frames (RFC 6455 §5.2). */
function decode(bytes: Buffer): { field: number; text: string }[] {
  const messages: { field: number; text: string }[] = [];
  for (let at = 0; at < bytes.length; ) {
    expect(bytes[at]).toBe(0x81);
    const field = bytes[at + 1]!;
    const extra = field === 126 ? 2 : field === 127 ? 8 : 0;
    const size = extra === 2 ? bytes.readUInt16BE(at + 2) : extra === 8 ? Number(bytes.readBigUInt64BE(at + 2)) : field;
    const start = at + 2 + extra;
    messages.push({ field, text: bytes.toString('utf8', start, start + size) });
    at = start + size;
  }
  return messages;
}

describe('encodeTextMessages', () => {
  it.each([
    [0, 0],
    [125, 125],
    [126, 126],
    [65_535, 126],
    [65_536, 127],
  ])('takes the shortest length field for %i bytes', (size, field) => {
    const text = 'x'.repeat(size);
    expect(decode(encodeTextMessages([Buffer.from(text)]))).toEqual([{ field, text }]);
  });

  it('puts many messages into one buffer, lengths in bytes, not in characters', () => {
    const texts = ['{}', 'grüße ☃ 😀'.repeat(20), '', 'x'.repeat(70_000)];
    expect(decode(encodeTextMessages(texts.map((text) => Buffer.from(text)))).map(({ text }) => text)).toEqual(texts);
  });
});
