// What Node has to unpack bodies with: its zlib, bounded and native. Counterpart: content/decoder.ts, whose own unpackers
// take their place in a browser. Invariant: never more output than the limit is in memory at once.

import * as zlib from 'node:zlib';
import { brotliDecompressSync, constants, inflateRawSync, unzipSync } from 'node:zlib';
import { type Codecs, TooLargeError, type Unpack } from '../content/decoder.ts';
import { isGzip, isZlib } from '../content/deflate-header.ts';

/** Node's options of all these functions. */
interface Options {
  readonly maxOutputLength: number;
  readonly finishFlush?: number;
}

type Decompress = (bytes: Uint8Array, options: Options) => Uint8Array;

/** zlib has it from Node 22.15 on; without it content/zstandard does. */
const zstdDecompressSync = (zlib as { zstdDecompressSync?: Decompress }).zstdDecompressSync;

/** Unpackers for `decodeBody`. */
export const HOST_CODECS: Codecs = {
  inflate,
  brotli: bounded(brotliDecompressSync, constants.BROTLI_OPERATION_FLUSH),
  ...(zstdDecompressSync && { zstd: bounded(zstdDecompressSync, 1) }),
};

function inflate(bytes: Uint8Array, limit: number, truncated: boolean): Uint8Array {
  const raw = bounded(inflateRawSync, constants.Z_SYNC_FLUSH);
  if (!isGzip(bytes) && !isZlib(bytes)) return raw(bytes, limit, truncated);
  try {
    return bounded(unzipSync, constants.Z_SYNC_FLUSH)(bytes, limit, truncated);
  } catch (error) {
    if (isGzip(bytes) || error instanceof TooLargeError) throw error;
    // Raw deflate may begin with what looks like zlib's header.
    return raw(bytes, limit, truncated);
  }
}

/** `flush`: how it is told to give what it has, though the end has not come. */
function bounded(decompress: Decompress, flush: number): Unpack {
  return (bytes, limit, truncated) => {
    try {
      return decompress(bytes, { maxOutputLength: limit, ...(truncated && { finishFlush: flush }) });
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw new TooLargeError(limit, bytes.length);
      throw error;
    }
  };
}
