import { afterEach, describe, expect, it, vi } from 'vitest';
import { decodeText, encodeText, hasEscapes, isText } from '../../src/protocol/text.ts';
import { hex, latin1, toHex } from './wire.ts';

function decode(bytes: Uint8Array): string {
  return decodeText(bytes, 0, bytes.length);
}

describe('text that is UTF-8', () => {
  it.each([
    ['nothing', '', ''],
    ['ASCII with control bytes', '00 41 7f', '\0A\x7f'],
    ['the first and last of two bytes', 'c280 dfbf', '\u0080\u07ff'],
    ['the first and last of three bytes', 'e0a080 efbfbf', '\u0800\uffff'],
    ['both sides of the surrogates', 'ed9fbf ee8080', '\ud7ff\ue000'],
    ['the first and last of four bytes', 'f0908080 f48fbfbf', '\u{10000}\u{10ffff}'],
    ['a byte order mark', 'efbbbf 41', '\ufeffA'],
    ['U+FFFD itself', '41 efbfbd 42', 'A\ufffdB'],
    ['more than a short loop takes', '61'.repeat(100), 'a'.repeat(100)],
  ])('is read as it is: %s', (_what, digits, text) => {
    const bytes = hex(digits);
    expect(decode(bytes)).toBe(text);
    expect(toHex(encodeText(text))).toBe(toHex(bytes));
    expect(hasEscapes(text)).toBe(false);
    expect(isText(bytes, 0, bytes.length)).toBe(true);
  });
});

describe('bytes that are not UTF-8', () => {
  it.each([
    ['a lone continuation', '80', '\udc80'],
    ['a continuation after ASCII', '41 bf 42', 'A\udcbfB'],
    ['an overlong slash in two bytes', 'c0af', '\udcc0\udcaf'],
    ['an overlong slash in three bytes', 'e080af', '\udce0\udc80\udcaf'],
    ['an overlong slash in four bytes', 'f08080af', '\udcf0\udc80\udc80\udcaf'],
    ['a high surrogate', 'eda080', '\udced\udca0\udc80'],
    ['a low surrogate', 'edbfbf', '\udced\udcbf\udcbf'],
    ['beyond U+10FFFF', 'f4908080', '\udcf4\udc90\udc80\udc80'],
    ['octets that UTF-8 never has', 'f5 fe ff', '\udcf5\udcfe\udcff'],
    ['a sequence cut off by the end', 'e282', '\udce2\udc82'],
    ['a sequence cut off by ASCII', 'e28241', '\udce2\udc82A'],
    ['a sequence cut off by another', 'f09fe282ac', '\udcf0\udc9f€'],
    ['a bad byte behind a pair of surrogates', 'f09f9880 80', '😀\udc80'],
    ['U+FFFD beside a bad byte', 'efbfbd ff', '\ufffd\udcff'],
  ])('are kept as lone surrogates: %s', (_what, digits, text) => {
    const bytes = hex(digits);
    expect(decode(bytes)).toBe(text);
    expect(toHex(encodeText(text))).toBe(toHex(bytes));
    expect(hasEscapes(text)).toBe(true);
    expect(isText(bytes, 0, bytes.length)).toBe(false);
  });

  it('are kept alone and behind ASCII, every single one', () => {
    for (let byte = 0; byte < 256; byte++) {
      for (const bytes of [Uint8Array.of(byte), Uint8Array.from([...latin1('x'.repeat(30)), byte])]) {
        expect(toHex(encodeText(decode(bytes)))).toBe(toHex(bytes));
      }
    }
  });

  it('are kept in every pair', () => {
    for (let pair = 0; pair < 0x10000; pair++) {
      const bytes = Uint8Array.of(pair >> 8, pair & 0xff);
      const back = encodeText(decode(bytes));
      if (back.length !== 2 || back[0] !== bytes[0] || back[1] !== bytes[1]) expect(toHex(back)).toBe(toHex(bytes));
    }
  });
});

it('text is read from the given stretch only', () => {
  const bytes = latin1('xxabcyy');
  expect(decodeText(bytes, 2, 5)).toBe('abc');
  expect(decodeText(hex('e2 82 ac'), 0, 2)).toBe('\udce2\udc82');
});

it('a lone surrogate that stands for no byte is encoded as U+FFFD', () => {
  expect(toHex(encodeText('\ud800'))).toBe('efbfbd');
  expect(toHex(encodeText('\udc00'))).toBe('efbfbd');
  expect(toHex(encodeText('\udc80\ud800'))).toBe('80efbfbd');
});

describe('without Buffer, as in a browser', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it('text is read the same', async () => {
    vi.stubGlobal('Buffer', undefined);
    vi.resetModules();
    const browser = await import('../../src/protocol/text.ts');
    vi.unstubAllGlobals();
    for (const digits of ['', '41', '61'.repeat(100), 'c3a9'.repeat(20), '41ff42'.repeat(20), 'efbbbf41']) {
      const bytes = hex(digits);
      expect(browser.decodeText(bytes, 0, bytes.length)).toBe(decode(bytes));
    }
  });
});
