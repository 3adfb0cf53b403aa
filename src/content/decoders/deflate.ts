// deflate: zlib (RFC 1950) as HTTP means it, or raw deflate (RFC 1951) as many send it. The host unpacks: zlib in
// Node, inflate.ts in a browser.

import { defineDecoder, required } from '../decoder.ts';
import { isZlib } from '../deflate-header.ts';

/** The second bytes of zlib headers that no text has after an x; 5e is a caret. */
const NOT_TEXT = new Set([0x01, 0x9c, 0xda]);

export const deflate = defineDecoder({
  id: 'deflate',
  title: 'deflate',
  summary: 'unpacks zlib or raw deflate, then decodes what it holds',
  sort: 'encoding',
  contentTypes: ['application/zlib', 'application/x-deflate'],
  contentEncodings: ['deflate', 'x-deflate', 'zlib', 'application/zlib'],
  recognised: 'zlib: begins with `78 01`, `78 9c` or `78 da`',
  recognise: (bytes) => isZlib(bytes) && bytes[0] === 0x78 && NOT_TEXT.has(bytes[1]!),
  decode: (bytes, { codecs, maxOutput, truncated }) => ({
    kind: 'bytes',
    bytes: required(codecs.inflate, 'deflate')(bytes, maxOutput, truncated),
    complete: !truncated,
  }),
});
