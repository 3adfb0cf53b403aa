// gzip (RFC 1952), by content-encoding or by its magic bytes. The host unpacks: zlib in Node, inflate.ts in a browser.

import { defineDecoder, required } from '../decoder.ts';
import { isGzip } from '../deflate-header.ts';

export const gzip = defineDecoder({
  id: 'gzip',
  title: 'gzip',
  summary: 'unpacks gzip, then decodes what it holds',
  sort: 'encoding',
  contentTypes: ['application/gzip', 'application/x-gzip'],
  // Kombu says application/x-gzip, and means zlib.
  contentEncodings: ['gzip', 'x-gzip', 'application/x-gzip', 'application/gzip'],
  recognised: 'begins with `1f 8b 08`',
  recognise: isGzip,
  decode: (bytes, { codecs, maxOutput, truncated }) => ({
    kind: 'bytes',
    bytes: required(codecs.inflate, 'deflate')(bytes, maxOutput, truncated),
    complete: !truncated,
  }),
});
