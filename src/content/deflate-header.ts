// How gzip and zlib begin (RFC 1950 §2.2, RFC 1952 §2.3). Counterparts: inflate.ts, decoders/gzip.ts and deflate.ts.

const METHOD_DEFLATE = 8;

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
