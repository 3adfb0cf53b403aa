// Text in any charset that the runtime knows. Without a content type, UTF-8 without control characters is text:
// `123` stays text, and is no JSON number.

import { hasControlBytes, hasControls, textOf } from '../charset.ts';
import { DecodeError, defineDecoder } from '../decoder.ts';

const USUAL = new Set([undefined, 'utf-8', 'utf8', 'us-ascii', 'ascii']);

export const text = defineDecoder({
  id: 'text',
  title: 'text',
  summary: 'text in the charset of the content type, UTF-8 by default',
  sort: 'format',
  contentTypes: ['text/*', 'application/yaml', 'application/x-yaml', 'application/x-ndjson', 'application/jwt'],
  recognised: 'UTF-8 without control characters',
  recognise: (bytes, { truncated }) =>
    bytes.length > 0 && !hasControlBytes(bytes) && textOf(bytes, undefined, truncated) !== '',
  decode(bytes, { contentType, truncated }) {
    const charset = contentType?.charset;
    const decoded = textOf(bytes, charset, truncated);
    if (charset === undefined && hasControls(decoded)) throw new DecodeError('has control characters');
    return {
      kind: 'text',
      text: decoded,
      complete: !truncated,
      ...(!USUAL.has(charset) && { label: `text ${charset}` }),
    };
  },
});
