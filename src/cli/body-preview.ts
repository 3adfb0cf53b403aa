// The first bytes of a body as text, where they are text, else as hex. Counterpart of line.ts, which cuts it.
// Invariant: the result is a guess for the eye; the JSON format and the raw view have the exact bytes.

import { decodeText } from '../protocol/text.ts';

/** Control characters that text may well hold. */
const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
/** Where protocol/text.ts puts bytes that are not UTF-8. */
const FIRST_BYTE = 0xdc80;
const LAST_BYTE = 0xdcff;
/** Bytes shown as hex, where the line has no end: more says no more. */
const MOST_HEX = 256;
/** UTF-8: the octets of a character after its first. */
const CONTINUATION_MASK = 0xc0;
const CONTINUATION = 0x80;
/** Up to this part of text may be escapes: protobuf and MessagePack say more as text than as hex. */
const MOST_FOREIGN = 0.3;

export interface BodyPreview {
  readonly text: string;
  /** How many bytes it shows. */
  readonly bytes: number;
  /** Why it is shown as something else than it should be; to come after the text. */
  readonly note?: string | undefined;
}

/** Up to `limit` bytes of a body as text, with escapes for what is none, or fewer as hex if too much is none. */
export function previewOf(bytes: Uint8Array, limit: number): BodyPreview {
  let end = Math.min(bytes.length, limit);
  // Not in the middle of a character.
  while (end > 0 && end < bytes.length && (bytes[end]! & CONTINUATION_MASK) === CONTINUATION) end--;
  const text = decodeText(bytes, 0, end);
  if (foreignCharacters(text) <= end * MOST_FOREIGN) return { text, bytes: end };
  end = Math.min(end, MOST_HEX);
  return { text: hexOf(bytes, end), bytes: end };
}

/** `0a 1f 8b` */
export function hexOf(bytes: Uint8Array, end = bytes.length): string {
  let hex = '';
  for (let i = 0; i < end; i++) hex += (i === 0 ? '' : ' ') + bytes[i]!.toString(16).padStart(2, '0');
  return hex;
}

/** Bytes that are not UTF-8, and control characters that text does not use. */
function foreignCharacters(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 ? unit !== TAB && unit !== NEWLINE && unit !== RETURN : unit >= 0x7f && unit < 0xa0) count++;
    else if (unit >= FIRST_BYTE && unit <= LAST_BYTE && !isHigh(text.charCodeAt(i - 1))) count++;
  }
  return count;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
