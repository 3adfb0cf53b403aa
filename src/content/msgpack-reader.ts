// MessagePack's values (msgpack specification). Counterpart: msgpack-head.ts.
// Our own, because @msgpack/msgpack makes room for what arrays claim before their members come: nested claims in 64 KiB of
// bytes end the process, with any limit that lets real arrays pass. It also takes text that is not UTF-8 for other text,
// and has no map keys but text and numbers.
// Invariant: bounded on any bytes; integers are exact; text that is not UTF-8, as old senders have it, is bytes.

import { exactInteger } from '../protocol/exact-integer.ts';
import { decodeText, hasEscapes } from '../protocol/text.ts';
import { type BodyValue, DecodeError, MAX_DEPTH, Tagged } from './decoder.ts';
import { msgpackHead } from './msgpack-head.ts';
import type { ValueBudget } from './value-budget.ts';

/** The extension type of timestamps. */
const TIMESTAMP = -1;
const LAST_MILLISECOND = 8.64e15;

/** Reads the one item that the bytes are. Throws DecodeError if they are not exactly one, or nested deeper than 128. */
export function readMsgpack(bytes: Uint8Array, budget: ValueBudget): BodyValue {
  const reader = new MsgpackReader(bytes, budget);
  const value = reader.value(0);
  if (reader.at < bytes.length) throw new DecodeError(`ends at byte ${reader.at} of ${bytes.length}`);
  return value;
}

class MsgpackReader {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #budget: ValueBudget;

  constructor(bytes: Uint8Array, budget: ValueBudget) {
    this.#bytes = bytes;
    this.#budget = budget;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  value(depth: number): BodyValue {
    this.#budget.spend();
    const start = this.at;
    const { length } = this.#bytes;
    if (start >= length) throw new DecodeError('is cut short');
    const first = this.#bytes[start]!;
    const { end, items } = msgpackHead(this.#bytes, start);
    // An item takes at least a byte.
    if (items > length - end) throw new DecodeError('is cut short');
    if (items > 0 && depth >= MAX_DEPTH) throw new DecodeError(`nested more than ${MAX_DEPTH} deep`);
    this.at = end;
    if (first <= 0x7f) return first;
    if (first >= 0xe0) return first - 0x100;
    if (first <= 0x8f || first >= 0xde) return this.#map(items / 2, depth + 1);
    if (first <= 0x9f || first >= 0xdc) return this.#array(items, depth + 1);
    if (first <= 0xbf) return this.#text(start + 1, end);
    return this.#other(first, start + 1, end);
  }

  #other(first: number, at: number, end: number): BodyValue {
    const view = this.#view;
    switch (first) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#bytes.subarray(at + 2 ** (first - 0xc4), end);
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(at + 2 ** (first - 0xc7), end);
      case 0xca:
        return view.getFloat32(at);
      case 0xcb:
        return view.getFloat64(at);
      case 0xcc:
        return view.getUint8(at);
      case 0xcd:
        return view.getUint16(at);
      case 0xce:
        return view.getUint32(at);
      case 0xcf:
        return exactInteger(view.getBigUint64(at));
      case 0xd0:
        return view.getInt8(at);
      case 0xd1:
        return view.getInt16(at);
      case 0xd2:
        return view.getInt32(at);
      case 0xd3:
        return exactInteger(view.getBigInt64(at));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(at + 2 ** (first - 0xd9), end);
      default:
        return this.#extension(at, end);
    }
  }

  #array(count: number, depth: number): BodyValue {
    const values: BodyValue[] = [];
    for (let i = 0; i < count; i++) values.push(this.value(depth));
    return values;
  }

  #map(count: number, depth: number): BodyValue {
    const entries = new Map<BodyValue, BodyValue>();
    for (let i = 0; i < count; i++) {
      const key = this.value(depth);
      entries.set(key, this.value(depth));
    }
    return entries;
  }

  #text(start: number, end: number): BodyValue {
    const text = decodeText(this.#bytes, start, end);
    return hasEscapes(text) ? this.#bytes.subarray(start, end) : text;
  }

  #extension(start: number, end: number): BodyValue {
    const type = this.#view.getInt8(start);
    const data = this.#bytes.subarray(start + 1, end);
    return type === TIMESTAMP ? timestamp(data) : new Tagged(type, data);
  }
}

/** Timestamps 32, 64 and 96. Nanoseconds are more than a Date holds: such a one stays exact as text. */
function timestamp(data: Uint8Array): BodyValue {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let seconds: number;
  let nanoseconds = 0;
  if (data.length === 4) seconds = view.getUint32(0);
  else if (data.length === 8) {
    const high = view.getUint32(0);
    nanoseconds = high >>> 2;
    seconds = (high & 3) * 2 ** 32 + view.getUint32(4);
  } else if (data.length === 12) {
    nanoseconds = view.getUint32(0);
    seconds = Number(view.getBigInt64(4));
  } else return new Tagged(TIMESTAMP, data);
  const milliseconds = seconds * 1000 + Math.floor(nanoseconds / 1e6);
  if (Math.abs(milliseconds) > LAST_MILLISECOND || nanoseconds >= 1e9) return new Tagged(TIMESTAMP, data);
  const date = new Date(milliseconds);
  if (nanoseconds % 1e6 === 0) return date;
  return date.toISOString().replace(/\.\d+Z$/, `.${String(nanoseconds).padStart(9, '0')}Z`);
}
