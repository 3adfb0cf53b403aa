// Base64 both ways (RFC 4648 §4), in Node and in a browser. Log events have their own, which is faster and Node's.
// Invariant: fromBase64(toBase64(bytes)) equals bytes.

import { DecodeError } from './decoder.ts';

/** Arguments that a call takes for certain. */
const PIECE = 8192;

/** With padding, on one line. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE) text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(text);
}

/** Throws DecodeError. */
export function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    throw new DecodeError('is not base64');
  }
}
