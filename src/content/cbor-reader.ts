// CBOR's values (RFC 8949). Counterpart: cbor-head.ts, by which the bytes were found to be whole.
// Invariant: integers and bignums are exact; what the wire says and JavaScript has no word for keeps its number.

import { exactInteger } from '../protocol/exact-integer.ts';
import { decodeText, hasEscapes } from '../protocol/text.ts';
import { cborHead } from './cbor-head.ts';
import { type BodyValue, DecodeError, Tagged } from './decoder.ts';

const BREAK = 0xff;
const BYTES = 2;
const TEXT = 3;
const INDEFINITE = 31;
/** §3.4: standard date text, epoch seconds, unsigned and negative bignum; §3.4.6: this is CBOR. */
const TAG_DATE = 0;
const TAG_EPOCH = 1;
const TAG_BIGNUM = 2;
const TAG_NEGATIVE = 3;
const TAG_CBOR = 55799;
/** Larger numbers take too long to turn into digits. */
const LARGEST_BIGNUM = 1024;

/** Reads the item that the bytes are; `checkWhole` has passed them. Throws DecodeError for strings of mixed pieces. */
export function readCbor(bytes: Uint8Array): BodyValue {
  return new CborReader(bytes).value();
}

class CborReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  value(): BodyValue {
    const start = this.#at;
    const first = this.#bytes[start]!;
    const { end, items } = cborHead(this.#bytes, start);
    this.#at = end;
    const info = first & 0x1f;
    switch (first >> 5) {
      case 0:
        return exactInteger(this.#argument(start, info));
      case 1:
        return exactInteger(-1n - this.#argument(start, info));
      case BYTES:
      case TEXT:
        return this.#string(first >> 5, info, start, end);
      case 4:
        return this.#array(items);
      case 5:
        return this.#map(items / 2);
      case 6:
        return meaning(exactInteger(this.#argument(start, info)), this.value());
      default:
        return this.#simple(start, info);
    }
  }

  #argument(start: number, info: number): bigint {
    switch (info) {
      case 24:
        return BigInt(this.#view.getUint8(start + 1));
      case 25:
        return BigInt(this.#view.getUint16(start + 1));
      case 26:
        return BigInt(this.#view.getUint32(start + 1));
      case 27:
        return this.#view.getBigUint64(start + 1);
      default:
        return BigInt(info);
    }
  }

  /** Text that is not UTF-8 is bytes. */
  #string(major: number, info: number, start: number, end: number): BodyValue {
    const bytes = info === INDEFINITE ? this.#pieces(major) : this.#bytes.subarray(start + headSize(info), end);
    if (major === BYTES) return bytes;
    const text = decodeText(bytes, 0, bytes.length);
    return hasEscapes(text) ? bytes : text;
  }

  /** A string of indefinite length: pieces of the same type, up to a break. */
  #pieces(major: number): Uint8Array {
    const pieces: Uint8Array[] = [];
    for (let size = 0; ; ) {
      const first = this.#bytes[this.#at]!;
      if (first === BREAK) {
        this.#at++;
        return joined(pieces, size);
      }
      const info = first & 0x1f;
      if (first >> 5 !== major || info === INDEFINITE) throw new DecodeError(`has a broken string at byte ${this.#at}`);
      const { end } = cborHead(this.#bytes, this.#at);
      const piece = this.#bytes.subarray(this.#at + headSize(info), end);
      this.#at = end;
      pieces.push(piece);
      size += piece.length;
    }
  }

  #array(count: number): BodyValue {
    const values: BodyValue[] = [];
    for (let i = 0; i < count && !this.#ends(count); i++) values.push(this.value());
    return values;
  }

  #map(count: number): BodyValue {
    const entries = new Map<BodyValue, BodyValue>();
    for (let i = 0; i < count && !this.#ends(count); i++) {
      const key = this.value();
      if (this.#bytes[this.#at] === BREAK) throw new DecodeError(`has a key without its value at byte ${this.#at}`);
      entries.set(key, this.value());
    }
    return entries;
  }

  /** Takes the break that ends a container of indefinite length. */
  #ends(count: number): boolean {
    if (count !== Number.POSITIVE_INFINITY || this.#bytes[this.#at] !== BREAK) return false;
    this.#at++;
    return true;
  }

  #simple(start: number, info: number): BodyValue {
    switch (info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
        return null;
      case 23:
        return undefined;
      case 25:
        return half(this.#view.getUint16(start + 1));
      case 26:
        return this.#view.getFloat32(start + 1);
      case 27:
        return this.#view.getFloat64(start + 1);
      default:
        return new Tagged(Number(this.#argument(start, info)), 'simple');
    }
  }
}

function headSize(info: number): number {
  return info < 24 ? 1 : 1 + (1 << (info - 24));
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** A float of 16 bits (RFC 8949, appendix D). */
function half(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** What a tag makes of its content; tags unknown here keep their number. */
function meaning(tag: number | bigint, content: BodyValue): BodyValue {
  switch (tag) {
    case TAG_DATE:
      return dateOr(tag, content, typeof content === 'string' ? Date.parse(content) : Number.NaN);
    case TAG_EPOCH:
      return dateOr(tag, content, typeof content === 'number' ? 1000 * content : Number.NaN);
    case TAG_BIGNUM:
      return bignum(content) ?? new Tagged(tag, content);
    case TAG_NEGATIVE: {
      const value = bignum(content);
      return value === undefined ? new Tagged(tag, content) : -1n - value;
    }
    case TAG_CBOR:
      return content;
    default:
      return new Tagged(tag, content);
  }
}

function dateOr(tag: number, content: BodyValue, milliseconds: number): BodyValue {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? new Tagged(tag, content) : date;
}

function bignum(content: BodyValue): bigint | undefined {
  if (!(content instanceof Uint8Array) || content.length > LARGEST_BIGNUM) return undefined;
  let hex = '0';
  for (const byte of content) hex += byte.toString(16).padStart(2, '0');
  return BigInt(`0x${hex}`);
}
