// Bytes as text in a charset, and whether bytes are text at all. UTF-8 unless something else is said.
// Invariant: the text's byte order mark is gone; bytes that are not of the charset throw DecodeError.

import { DecodeError } from './decoder.ts';

const TAB = 0x09;
const NEWLINE = 0x0a;
const FORM_FEED = 0x0c;
const RETURN = 0x0d;
/** Colours in log lines. */
const ESCAPE = 0x1b;
const DELETE = 0x7f;
const CONTINUATION_MASK = 0xc0;
const CONTINUATION = 0x80;
const FIRST_LEAD = 0xc0;
/** UTF-8 takes up to four bytes a character. */
const LONGEST_CHARACTER = 4;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Throws DecodeError. Of a body's beginning (`truncated`) the character that is cut is left out. */
export function textOf(bytes: Uint8Array, charset: string | undefined, truncated: boolean): string {
  const decoder = charset === undefined ? strictUtf8 : decoderOf(charset);
  try {
    return decoder.decode(truncated && decoder.encoding === 'utf-8' ? wholeCharacters(bytes) : bytes);
  } catch {
    throw new DecodeError(`is not ${decoder.encoding.toUpperCase()}`);
  }
}

function decoderOf(charset: string): typeof strictUtf8 {
  try {
    return new TextDecoder(charset, { fatal: true });
  } catch {
    throw new DecodeError(`charset ${charset} is unknown`);
  }
}

function wholeCharacters(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back < LONGEST_CHARACTER && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & CONTINUATION_MASK) !== CONTINUATION) {
      return byte >= FIRST_LEAD ? bytes.subarray(0, bytes.length - back) : bytes;
    }
  }
  return bytes;
}

/** Whether the text has control characters that text does not use. */
export function hasControls(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x20 ? unit === DELETE : !isTextControl(unit)) return true;
  }
  return false;
}

/** The same of UTF-8's bytes: quickly tells most bodies that are no text. */
export function hasControlBytes(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte < 0x20 ? !isTextControl(byte) : byte === DELETE) return true;
  }
  return false;
}

function isTextControl(unit: number): boolean {
  return unit === TAB || unit === NEWLINE || unit === RETURN || unit === FORM_FEED || unit === ESCAPE;
}
