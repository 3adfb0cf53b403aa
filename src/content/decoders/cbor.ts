// CBOR (RFC 8949), by content type, or by its look: the self-described tag, or exactly one map with text keys.
// Counterpart: cbor-head.ts, which sees to it that the library is given only what is whole.

import { type DecodeOptions, decode, type TagDecodeControl } from 'cborg';
import { cborHead } from '../cbor-head.ts';
import { type BodyValue, DecodeError, defineDecoder, Tagged } from '../decoder.ts';
import { checkWhole } from '../item-walk.ts';

const MAP = 5;
const TEXT = 3;
/** RFC 8949 §3.4: standard date text, epoch seconds, unsigned and negative bignum; §3.4.6: this is CBOR. */
const TAG_DATE = 0;
const TAG_EPOCH = 1;
const TAG_BIGNUM = 2;
const TAG_NEGATIVE = 3;
const TAG_CBOR = 55799;
/** Larger numbers take too long to turn into digits. */
const LARGEST_BIGNUM = 1024;

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
    return { kind: 'value', value: decode(bytes, OPTIONS) as BodyValue };
  },
});

function isTextMap(bytes: Uint8Array): boolean {
  if (bytes[0]! >> 5 !== MAP) return false;
  const { end, items } = cborHead(bytes, 0);
  return items > 0 && bytes[end]! >> 5 === TEXT;
}

type TagDecoder = (content: TagDecodeControl) => unknown;

const KNOWN_TAGS: { readonly [tag: number]: TagDecoder } = {
  [TAG_DATE]: (content) => dateOr(TAG_DATE, content() as BodyValue, 1),
  [TAG_EPOCH]: (content) => dateOr(TAG_EPOCH, content() as BodyValue, 1000),
  [TAG_BIGNUM]: (content) => bignumOr(TAG_BIGNUM, content() as BodyValue, (value) => value),
  [TAG_NEGATIVE]: (content) => bignumOr(TAG_NEGATIVE, content() as BodyValue, (value) => -1n - value),
  [TAG_CBOR]: (content) => content(),
};

const OPTIONS: DecodeOptions = {
  useMaps: true,
  // Any tag is welcome: those unknown here keep their number.
  tags: new Proxy(KNOWN_TAGS as { [tag: number]: TagDecoder }, {
    get: (known, name): TagDecoder =>
      known[Number(name)] ?? ((content) => new Tagged(Number(name), content() as BodyValue)),
  }),
};

function dateOr(tag: number, content: BodyValue, scale: number): BodyValue {
  const date = typeof content === 'number' ? new Date(content * scale) : new Date(String(content));
  return Number.isNaN(date.getTime()) ? new Tagged(tag, content) : date;
}

function bignumOr(tag: number, content: BodyValue, signed: (value: bigint) => bigint): BodyValue {
  if (!(content instanceof Uint8Array) || content.length > LARGEST_BIGNUM) return new Tagged(tag, content);
  let hex = '0';
  for (const byte of content) hex += byte.toString(16).padStart(2, '0');
  return signed(BigInt(`0x${hex}`));
}
