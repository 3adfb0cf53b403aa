// CBOR (RFC 8949), by content type, or by its look: the self-described tag, or exactly one map with text keys.
// Counterparts: cbor-head.ts, which sees to it that only what is whole is read, and cbor-reader.ts.

import { cborHead } from '../cbor-head.ts';
import { readCbor } from '../cbor-reader.ts';
import { DecodeError, defineDecoder } from '../decoder.ts';
import { checkWhole } from '../item-walk.ts';

const MAP = 5;
const TEXT = 3;

export const cbor = defineDecoder({
  id: 'cbor',
  title: 'CBOR',
  summary: 'CBOR; integers and bignums exact, dates as dates, other tags with their number',
  sort: 'format',
  contentTypes: ['application/cbor', 'application/x-cbor', '+cbor'],
  recognised: 'begins with `d9 d9 f7`, or is exactly one map with text keys',
  recognise(bytes) {
    const [first = 0, second = 0, third = 0] = bytes;
    const marked = first === 0xd9 && second === 0xd9 && third === 0xf7;
    if (!marked && !isTextMap(bytes)) return false;
    checkWhole(bytes, cborHead);
    return true;
  },
  decode(bytes, { truncated }) {
    if (truncated) throw new DecodeError('only the beginning of the body is at hand');
    checkWhole(bytes, cborHead);
    return { kind: 'value', value: readCbor(bytes) };
  },
});

function isTextMap(bytes: Uint8Array): boolean {
  if (bytes[0]! >> 5 !== MAP) return false;
  const { end, items } = cborHead(bytes, 0);
  return items > 0 && bytes[end]! >> 5 === TEXT;
}
