// Brotli (RFC 7932), by content-encoding alone: it has no magic bytes. The host unpacks it (Node's zlib does), since
// the unpackers written in JavaScript cannot be stopped at a limit.

import { DecodeError, defineDecoder } from '../decoder.ts';

export const brotli = defineDecoder({
  id: 'br',
  title: 'Brotli',
  summary: 'unpacks Brotli, then decodes what it holds',
  sort: 'encoding',
  contentTypes: ['application/x-brotli'],
  contentEncodings: ['br', 'brotli', 'x-brotli', 'application/x-brotli'],
  decode(bytes, { codecs, maxOutput, truncated }) {
    if (!codecs.brotli) throw new DecodeError('nothing here unpacks Brotli');
    return { kind: 'bytes', bytes: codecs.brotli(bytes, maxOutput, truncated), complete: !truncated };
  },
});
