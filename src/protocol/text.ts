// Text on the wire: short and long strings are UTF-8 by custom, any bytes by law (RabbitMQ passes them through).
// A byte that is not UTF-8 becomes the lone surrogate U+DC00 + byte, and goes back to that byte when encoded.
// Invariant: encodeText(decodeText(bytes)) equals bytes, for all bytes.

const ESCAPE = 0xdc00;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const strictDecoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

type Slice = (this: Uint8Array, start: number, end: number) => string;
/** Node's own decoder takes two thirds of TextDecoder's time on short text; browsers do not have it. */
const utf8Slice = (globalThis.Buffer?.prototype as { utf8Slice?: Slice } | undefined)?.utf8Slice;

/** Up to this many bytes a plain loop beats the call into the decoder. */
const SHORT = 8;

/** Decodes `bytes[start, end)`. Never throws. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT) {
    let text = '';
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte > 0x7f) break;
      text += String.fromCharCode(byte);
    }
    if (at === end) return text;
  }
  const text = decodeUtf8(bytes, start, end);
  return text.includes('\ufffd') ? decodeEscaped(bytes, start, end) : text;
}

/** Decodes UTF-8; what is none becomes U+FFFD. */
function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  return utf8Slice ? utf8Slice.call(bytes, start, end) : decoder.decode(bytes.subarray(start, end));
}

/** Whether `bytes[start, end)` is valid UTF-8. */
export function isText(bytes: Uint8Array, start: number, end: number): boolean {
  try {
    strictDecoder.decode(bytes.subarray(start, end));
    return true;
  } catch {
    return false;
  }
}

/** Decodes bytes of which some are not UTF-8, escaping those one by one. */
function decodeEscaped(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let valid = start;
  let at = start;
  while (at < end) {
    const length = sequenceLength(bytes, at, end);
    if (length === 0) {
      if (valid < at) text += decodeUtf8(bytes, valid, at);
      text += String.fromCharCode(ESCAPE + bytes[at]!);
      valid = at + 1;
    }
    at += length || 1;
  }
  return text + decodeUtf8(bytes, valid, end);
}

/** Length of the well-formed UTF-8 sequence at `at` (Unicode table 3-7), 0 if there is none. */
function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return 1;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || at + length > end) return 0;
  const second = bytes[at + 1]!;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < length; i++) {
    if ((bytes[at + i]! & 0xc0) !== 0x80) return 0;
  }
  return length;
}

/** Encodes text that decodeText made, or any other; lone surrogates outside the escapes become U+FFFD. */
export function encodeText(text: string): Uint8Array {
  return hasEscapes(text) ? encodeEscaped(text) : encoder.encode(text);
}

/** Whether the text holds bytes that were not UTF-8. */
export function hasEscapes(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    if (unit < ESCAPE) {
      const next = text.charCodeAt(i + 1);
      if (next >= ESCAPE && next <= 0xdfff) i++;
    } else if (unit >= ESCAPE + 0x80 && unit <= ESCAPE + 0xff) {
      return true;
    }
  }
  return false;
}

function encodeEscaped(text: string): Uint8Array {
  const parts: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff) parts.push(code - ESCAPE);
    else parts.push(...encoder.encode(character));
  }
  return Uint8Array.from(parts);
}
