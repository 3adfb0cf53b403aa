// Gzip, zlib and raw deflate (RFC 1950 to 1952), unpacked in small steps so that a bomb is stopped early.
// Counterparts: decoders/gzip.ts and deflate.ts. Senders confuse the three names, so the bytes decide.
// Invariant: at most one step's output beyond the limit is ever in memory.

import { Gunzip, Inflate, Unzlib } from 'fflate/browser';
import { DecodeError } from './decoder.ts';
import { GrowingBytes } from './growing-bytes.ts';

/** Bytes put in at a time: deflate makes at most 1032 of each, so a step makes at most 4 MiB. */
const STEP = 4096;
const METHOD_DEFLATE = 8;

type Stream = Gunzip | Inflate | Unzlib;

/** `1f 8b 08` */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 18 && bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === METHOD_DEFLATE;
}

/** A zlib header: method 8, and the two bytes a multiple of 31. */
export function isZlib(bytes: Uint8Array): boolean {
  if (bytes.length < 6) return false;
  const [first = 0, second = 0] = bytes;
  return (first & 0x0f) === METHOD_DEFLATE && first >> 4 <= 7 && (first * 256 + second) % 31 === 0;
}

/** Unpacks; of a body's beginning as much as there is. Throws DecodeError. */
export function inflate(bytes: Uint8Array, limit: number, truncated: boolean): Uint8Array {
  if (isGzip(bytes)) return unpack(new Gunzip(), bytes, limit, truncated);
  if (!isZlib(bytes)) return unpack(new Inflate(), bytes, limit, truncated);
  try {
    return unpack(new Unzlib(), bytes, limit, truncated);
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    // Raw deflate may begin with what looks like zlib's header.
    return unpack(new Inflate(), bytes, limit, truncated);
  }
}

function unpack(stream: Stream, bytes: Uint8Array, limit: number, truncated: boolean): Uint8Array {
  const out = new GrowingBytes(limit, bytes.length);
  let ended = false;
  stream.ondata = (chunk, final) => {
    out.push(chunk);
    ended ||= final;
  };
  for (let at = 0; at < bytes.length && !ended; at += STEP) {
    const end = Math.min(at + STEP, bytes.length);
    // fflate keeps what it is given until the next step.
    stream.push(bytes.slice(at, end), end === bytes.length && !truncated);
  }
  if (!truncated && out.size === 0 && bytes.length === 0) throw new DecodeError('is empty');
  return out.finish();
}
