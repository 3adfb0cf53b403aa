// The heads of CBOR's items (RFC 8949 §3): how long each is and what it holds. Indefinite lengths included.
// Counterparts: item-walk.ts, decoders/cbor.ts.

import { DecodeError } from './decoder.ts';
import type { ItemHead } from './item-walk.ts';

const BREAK = 0xff;
const INDEFINITE = 31;
const MAP_ITEMS = 2;

/** The head at `at`. Throws DecodeError for what RFC 8949 calls not well-formed. */
export function cborHead(bytes: Uint8Array, at: number): ItemHead {
  const first = bytes[at]!;
  if (first === BREAK) return { end: at + 1, items: 0, isBreak: true };
  const major = first >> 5;
  const info = first & 0x1f;
  const width = info < 24 ? 0 : 1 << (info - 24);
  const end = at + 1 + width;
  if (info === INDEFINITE && major >= 2 && major <= 5) return { end: at + 1, items: Number.POSITIVE_INFINITY };
  if (info > 27) throw new DecodeError(`is not well-formed at byte ${at}`);
  switch (major) {
    case 2:
    case 3:
      return { end: end + argument(bytes, at, info, width), items: 0 };
    case 4:
      return { end, items: argument(bytes, at, info, width) };
    case 5:
      return { end, items: MAP_ITEMS * argument(bytes, at, info, width) };
    case 6:
      return { end, items: 1 };
    default:
      return { end, items: 0 };
  }
}

function argument(bytes: Uint8Array, at: number, info: number, width: number): number {
  if (width === 0) return info;
  let value = 0;
  for (let i = 1; i <= width; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}
