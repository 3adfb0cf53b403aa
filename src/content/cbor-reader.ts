// CBOR's values (RFC 8949), built by cborg. Counterpart: cbor-tokenizer.ts, which gives cborg its tokens.
// Invariant: integers and bignums are exact; tags unknown here keep their number. Bounded on any bytes: cborg makes room
// for what it has read, not for what is claimed. It refuses simple values that have no name (§3.3).

import { type DecodeOptions, decodeFirst, type TagDecoder } from 'cborg';
import { exactInteger } from '../protocol/exact-integer.ts';
import { CborTokenizer } from './cbor-tokenizer.ts';
import { type BodyValue, DecodeError, Tagged } from './decoder.ts';
import type { ValueBudget } from './value-budget.ts';

/** §3.4: standard date text, epoch seconds, unsigned and negative bignum; §3.4.6: this is CBOR. */
const TAG_DATE = 0;
const TAG_EPOCH = 1;
const TAG_BIGNUM = 2;
const TAG_NEGATIVE = 3;
const TAG_CBOR = 55799;
/** Larger numbers take too long to turn into digits. */
const LARGEST_BIGNUM = 1024;
const PREFIX = /^CBOR decode error: /;

/** Every tag has a decoder, unknown ones too. */
const TAGS: { readonly [tag: string]: TagDecoder } = new Proxy(
  {},
  { get: (_, tag) => (content: () => BodyValue) => meaning(exactInteger(BigInt(String(tag))), content()) },
);

const OPTIONS: DecodeOptions = { allowBigInt: true, useMaps: true, retainStringBytes: true, tags: TAGS };

/** Reads the one item that the bytes are. Throws DecodeError if they are not exactly one. */
export function readCbor(bytes: Uint8Array, budget: ValueBudget): BodyValue {
  // Not a Buffer: the byte strings within would be Buffers too.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const tokenizer = new CborTokenizer(plain, OPTIONS, budget);
  const value = first(plain, tokenizer);
  if (!tokenizer.done()) throw new DecodeError(`ends at byte ${tokenizer.pos()} of ${bytes.length}`);
  return value;
}

function first(bytes: Uint8Array, tokenizer: CborTokenizer): BodyValue {
  try {
    return decodeFirst(bytes, { ...OPTIONS, tokenizer })[0] as BodyValue;
  } catch (error) {
    if (error instanceof DecodeError || !(error instanceof Error)) throw error;
    throw new DecodeError(error.message.replace(PREFIX, ''), { cause: error });
  }
}

/** What a tag makes of its content; tags unknown here keep their number. */
function meaning(tag: number | bigint, content: BodyValue): BodyValue {
  switch (tag) {
    case TAG_DATE:
      return dateOr(tag, content, typeof content === 'string' ? Date.parse(content) : Number.NaN);
    case TAG_EPOCH:
      return dateOr(tag, content, typeof content === 'number' ? 1000 * content : Number.NaN);
    case TAG_BIGNUM:
      return bignum(content) ?? new Tagged(tag, content);
    case TAG_NEGATIVE: {
      const value = bignum(content);
      return value === undefined ? new Tagged(tag, content) : -1n - value;
    }
    case TAG_CBOR:
      return content;
    default:
      return new Tagged(tag, content);
  }
}

function dateOr(tag: number, content: BodyValue, milliseconds: number): BodyValue {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? new Tagged(tag, content) : date;
}

function bignum(content: BodyValue): bigint | undefined {
  if (!(content instanceof Uint8Array) || content.length > LARGEST_BIGNUM) return undefined;
  let hex = '0';
  for (const byte of content) hex += byte.toString(16).padStart(2, '0');
  return BigInt(`0x${hex}`);
}
