// The heads of MessagePack's items (msgpack specification, "Formats"): how long each is and what it holds.
// Counterparts: msgpack-reader.ts, decoders/msgpack.ts.

import { DecodeError } from './decoder.ts';

/** What stands at a position: the end of its own bytes, and the items that follow as its members. */
export interface ItemHead {
  /** Just beyond the head and what it holds itself, such as a string's bytes. May be beyond the bytes there are. */
  readonly end: number;
  /** Items within; of maps keys and values both. */
  readonly items: number;
}

/** Bytes after the first octet of the formats from 0xca to 0xd8 that have a fixed length. */
const FIXED: { readonly [format: number]: number } = {
  202: 4, // float 32
  203: 8,
  204: 1, // uint 8
  205: 2,
  206: 4,
  207: 8,
  208: 1, // int 8
  209: 2,
  210: 4,
  211: 8,
  212: 2, // fixext 1: its type and its byte
  213: 3,
  214: 5,
  215: 9,
  216: 17,
};
const MAP_ITEMS = 2;

/** The head at `at`. Throws DecodeError for 0xc1, which is never used. */
export function msgpackHead(bytes: Uint8Array, at: number): ItemHead {
  const first = bytes[at]!;
  const next = at + 1;
  if (first <= 0x7f || first >= 0xe0) return { end: next, items: 0 };
  if (first <= 0x8f) return { end: next, items: MAP_ITEMS * (first & 0x0f) };
  if (first <= 0x9f) return { end: next, items: first & 0x0f };
  if (first <= 0xbf) return { end: next + (first & 0x1f), items: 0 };
  const fixed = FIXED[first];
  if (fixed !== undefined) return { end: next + fixed, items: 0 };
  switch (first) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return { end: next, items: 0 };
    case 0xc4: // bin
    case 0xd9: // str
      return sized(bytes, next, 1, 0);
    case 0xc5:
    case 0xda:
      return sized(bytes, next, 2, 0);
    case 0xc6:
    case 0xdb:
      return sized(bytes, next, 4, 0);
    case 0xc7: // ext: its type comes between length and bytes
      return sized(bytes, next, 1, 1);
    case 0xc8:
      return sized(bytes, next, 2, 1);
    case 0xc9:
      return sized(bytes, next, 4, 1);
    case 0xdc:
      return { end: next + 2, items: count(bytes, next, 2) };
    case 0xdd:
      return { end: next + 4, items: count(bytes, next, 4) };
    case 0xde:
      return { end: next + 2, items: MAP_ITEMS * count(bytes, next, 2) };
    case 0xdf:
      return { end: next + 4, items: MAP_ITEMS * count(bytes, next, 4) };
    default:
      throw new DecodeError(`has the unused octet 0xc1 at byte ${at}`);
  }
}

function sized(bytes: Uint8Array, at: number, width: number, extra: number): ItemHead {
  return { end: at + width + extra + count(bytes, at, width), items: 0 };
}

function count(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}
