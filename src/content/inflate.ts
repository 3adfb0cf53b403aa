// Gzip, zlib and raw deflate (RFC 1950 to 1952), unpacked in small steps so that a bomb is stopped early.
// Counterparts: decoders/gzip.ts and deflate.ts, which take it where the host has no zlib, as browsers have none. Senders confuse the three names, so the bytes decide.
// Invariant: at most one step's output beyond the limit is ever in memory.

import { Gunzip, Inflate, Unzlib } from 'fflate/browser';
import { DecodeError, type Unpack } from './decoder.ts';
import { isGzip, isZlib } from './deflate-header.ts';
import { GrowingBytes } from './growing-bytes.ts';

/** Bytes put in at a time: deflate makes at most 1032 of each, so a step makes at most 4 MiB. */
const STEP = 4096;

type Stream = Gunzip | Inflate | Unzlib;

/** Unpacks; of a body's beginning as much as there is. Throws DecodeError. */
export const inflate: Unpack = (bytes, limit, truncated) => {
  if (isGzip(bytes)) return unpack(new Gunzip(), bytes, limit, truncated);
  if (!isZlib(bytes)) return unpack(new Inflate(), bytes, limit, truncated);
  try {
    return unpack(new Unzlib(), bytes, limit, truncated);
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    // Raw deflate may begin with what looks like zlib's header.
    return unpack(new Inflate(), bytes, limit, truncated);
  }
};

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
  if (out.size === 0 && (truncated || bytes.length === 0)) throw new DecodeError('is cut short');
  return out.finish();
}
