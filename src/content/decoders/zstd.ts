// Zstandard (RFC 8878), by content-encoding or by its magic bytes. The host unpacks it where it can (Node from 22.15),
// else zstandard/ does.

import { defineDecoder } from '../decoder.ts';
import { isZstandard, unpackZstandard } from '../zstandard/frames.ts';

export const zstd = defineDecoder({
  id: 'zstd',
  title: 'Zstandard',
  summary: 'unpacks Zstandard, then decodes what it holds',
  sort: 'encoding',
  contentTypes: ['application/zstd'],
  contentEncodings: ['zstd', 'x-zstd', 'application/zstd'],
  recognised: 'begins with `28 b5 2f fd`',
  recognise: isZstandard,
  decode: (bytes, { codecs, maxOutput, truncated }) => ({
    kind: 'bytes',
    bytes: (codecs.zstd ?? unpackZstandard)(bytes, maxOutput, truncated),
    complete: !truncated,
  }),
});
