// Brotli (RFC 7932), by content-encoding alone: it has no magic bytes. The host unpacks it (Node's zlib does), since
// the unpackers written in JavaScript cannot be stopped at a limit.

import { defineDecoder, required } from '../decoder.ts';

export const brotli = defineDecoder({
  id: 'br',
  title: 'Brotli',
  summary: 'unpacks Brotli, then decodes what it holds',
  sort: 'encoding',
  contentTypes: ['application/x-brotli'],
  contentEncodings: ['br', 'brotli', 'x-brotli', 'application/x-brotli'],
  decode(bytes, { codecs, maxOutput, truncated }) {
    return {
      kind: 'bytes',
      bytes: required(codecs.brotli, 'Brotli')(bytes, maxOutput, truncated),
      complete: !truncated,
    };
  },
});
