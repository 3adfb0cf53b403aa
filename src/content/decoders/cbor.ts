// CBOR (RFC 8949), by content type, or by its look: the self-described tag, or exactly one map with text keys.
// Counterpart: cbor-reader.ts.

import { readCbor } from '../cbor-reader.ts';
import { DecodeError, defineDecoder } from '../decoder.ts';
import { ValueBudget } from '../value-budget.ts';

const MAP = 5;
const TEXT = 3;
const EMPTY_MAP = 0xa0;

export const cbor = defineDecoder({
  id: 'cbor',
  title: 'CBOR',
  summary: 'CBOR; integers and bignums exact, dates as dates, other tags with their number',
  sort: 'format',
  contentTypes: ['application/cbor', 'application/x-cbor', '+cbor'],
  recognised: 'begins with `d9 d9 f7`, or is exactly one map with text keys',
  recognise(bytes, { maxValues }) {
    const [first = 0, second = 0, third = 0] = bytes;
    const marked = first === 0xd9 && second === 0xd9 && third === 0xf7;
    if (!marked && !isTextMap(bytes)) return false;
    readCbor(bytes, new ValueBudget(maxValues));
    return true;
  },
  decode(bytes, { truncated, maxValues }) {
    if (truncated) throw new DecodeError('only the beginning of the body is at hand');
    return { kind: 'value', value: readCbor(bytes, new ValueBudget(maxValues)) };
  },
});

function isTextMap(bytes: Uint8Array): boolean {
  const first = bytes[0]!;
  if (first >> 5 !== MAP || first === EMPTY_MAP) return false;
  const info = first & 0x1f;
  const width = info < 24 || info === 31 ? 0 : 1 << (info - 24);
  return bytes[1 + width]! >> 5 === TEXT;
}
