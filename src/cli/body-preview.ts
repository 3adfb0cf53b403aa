// The first bytes of a body as text, where they are text, else as hex. Counterpart of line.ts, which cuts it.
// Invariant: the result is a guess for the eye; the JSON format and the raw view have the exact bytes.

import { decodeText, hasEscapes } from '../protocol/text.ts';

/** Control characters that text may well hold. */
const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;

/** The first `limit` bytes of a body of `total` bytes, of which `bytes` came first, as text or hex. */
export function previewOf(bytes: Uint8Array, total: number, limit: number): string {
  let end = Math.min(bytes.length, limit);
  if (end < total) end = wholeCharacters(bytes, end);
  return looksLikeText(bytes, end) ? decodeText(bytes, 0, end) : hexOf(bytes, Math.min(bytes.length, limit));
}

/** `0a 1f 8b` */
export function hexOf(bytes: Uint8Array, end = bytes.length): string {
  let hex = '';
  for (let i = 0; i < end; i++) hex += (i === 0 ? '' : ' ') + bytes[i]!.toString(16).padStart(2, '0');
  return hex;
}

/** Text is UTF-8 without the control characters that text does not use. */
function looksLikeText(bytes: Uint8Array, end: number): boolean {
  for (let i = 0; i < end; i++) {
    const byte = bytes[i]!;
    if ((byte < 0x20 && byte !== TAB && byte !== NEWLINE && byte !== RETURN) || byte === 0x7f) return false;
  }
  return !hasEscapes(decodeText(bytes, 0, end));
}

/** Where the last whole UTF-8 character before `end` ends. */
function wholeCharacters(bytes: Uint8Array, end: number): number {
  let lead = end - 1;
  while (lead > 0 && end - lead < 4 && (bytes[lead]! & 0xc0) === 0x80) lead--;
  const first = bytes[lead] ?? 0;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  return lead + length > end ? lead : end;
}
