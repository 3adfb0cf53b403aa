// JSON text written as bytes into a buffer that grows, without strings in between wherever bytes can be copied.
// Counterpart of json-value.ts, which makes values for JSON.stringify; event-writer.ts writes events with it.
// Invariant: what each method writes is what JSON.stringify would say of the same value.

import { decodeText, hasEscapes } from '../protocol/text.ts';

const FIRST_SIZE = 16 << 10;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const PADDING = 0x3d;
const ALPHABET = ascii('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
/** From this size on, the runtime's own encoder is faster than a loop. */
const LARGE_BASE64 = 512;
/** From this size on, a copy by the runtime is faster than a loop. */
const LARGE_COPY = 48;
/** Larger numbers are left to String. */
const INT32_LIMIT = 2 ** 31;
/** One byte of text becomes at most `\u0000`. */
const LONGEST_ESCAPE = 6;

const encoder = new TextEncoder();

/** The bytes of ASCII text. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export class JsonBytes {
  /** What is written so far is `bytes[0, at)`. Changes when it grows. */
  bytes: Uint8Array = new Uint8Array(FIRST_SIZE);
  at = 0;

  /** Makes room for `size` more bytes: what is written by `byte`, `copy`, `integer`, `safeText` and `base64` needs it. */
  reserve(size: number): void {
    if (this.at + size <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.bytes.length, this.at + size));
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
  }

  byte(byte: number): void {
    this.bytes[this.at++] = byte;
  }

  copy(piece: Uint8Array): void {
    const { bytes, at } = this;
    const size = piece.length;
    if (size >= LARGE_COPY) bytes.set(piece, at);
    else for (let i = 0; i < size; i++) bytes[at + i] = piece[i]!;
    this.at = at + size;
  }

  /** A whole number, not negative. */
  integer(value: number): void {
    if (value >= INT32_LIMIT) return this.string(String(value));
    let digits = 1;
    for (let limit = 10; value >= limit && digits < 10; limit *= 10) digits++;
    let rest = value | 0;
    for (let i = this.at + digits - 1; i >= this.at; i--) {
      const next = (rest / 10) | 0;
      this.bytes[i] = ZERO + rest - next * 10;
      rest = next;
    }
    this.at += digits;
  }

  /** Text that stands as UTF-8 in `source[start, end)`, in quotes; false, with nothing written, if it is not UTF-8. */
  text(source: Uint8Array, start: number, end: number): boolean {
    const { bytes } = this;
    let at = this.at;
    bytes[at++] = QUOTE;
    for (let i = start; i < end; i++) {
      const byte = source[i]!;
      if (byte < 0x20 || byte > 0x7f || byte === QUOTE || byte === BACKSLASH)
        return this.#escapedText(source, start, end);
      bytes[at++] = byte;
    }
    bytes[at++] = QUOTE;
    this.at = at;
    return true;
  }

  #escapedText(source: Uint8Array, start: number, end: number): boolean {
    const text = decodeText(source, start, end);
    if (hasEscapes(text)) return false;
    this.string(JSON.stringify(text));
    return true;
  }

  /** Any JSON text. */
  string(text: string): void {
    this.reserve(3 * text.length);
    this.at += encoder.encodeInto(text, this.bytes.subarray(this.at)).written;
  }

  /** `source[start, end)` as base64, in quotes. */
  base64(source: Uint8Array, start: number, end: number): void {
    this.byte(QUOTE);
    if (end - start >= LARGE_BASE64) this.#largeBase64(source, start, end);
    else this.#smallBase64(source, start, end);
    this.byte(QUOTE);
  }

  #largeBase64(source: Uint8Array, start: number, end: number): void {
    const text = Buffer.from(source.buffer, source.byteOffset + start, end - start).toString('base64');
    const { bytes } = this;
    this.at += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).write(text, this.at, 'latin1');
  }

  #smallBase64(source: Uint8Array, start: number, end: number): void {
    const { bytes } = this;
    const whole = end - ((end - start) % 3);
    let { at } = this;
    let i = start;
    for (; i < whole; i += 3) {
      const three = (source[i]! << 16) | (source[i + 1]! << 8) | source[i + 2]!;
      bytes[at] = ALPHABET[three >> 18]!;
      bytes[at + 1] = ALPHABET[(three >> 12) & 63]!;
      bytes[at + 2] = ALPHABET[(three >> 6) & 63]!;
      bytes[at + 3] = ALPHABET[three & 63]!;
      at += 4;
    }
    if (i < end) {
      const two = i + 1 < end;
      const last = (source[i]! << 8) | (two ? source[i + 1]! : 0);
      bytes[at] = ALPHABET[last >> 10]!;
      bytes[at + 1] = ALPHABET[(last >> 4) & 63]!;
      bytes[at + 2] = two ? ALPHABET[(last << 2) & 63]! : PADDING;
      bytes[at + 3] = PADDING;
      at += 4;
    }
    this.at = at;
  }

  /** Bytes that `size` bytes of text may take, quotes included. */
  static textRoom(size: number): number {
    return LONGEST_ESCAPE * size + 2;
  }

  /** What is written, to keep; starts anew. */
  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.at);
    this.bytes = new Uint8Array(Math.max(FIRST_SIZE, Math.min(this.bytes.length, 2 * this.at)));
    this.at = 0;
    return taken;
  }
}
