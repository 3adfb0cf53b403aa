// MessagePack, by content type, or by its look: exactly one map with text keys, or an array that holds text or a map.
// Counterpart: msgpack-head.ts, which sees to it that the library is given only what is whole.

import { Decoder } from '@msgpack/msgpack';
import { type BodyValue, DecodeError, defineDecoder, Tagged } from '../decoder.ts';
import { checkWhole } from '../item-walk.ts';
import { msgpackHead } from '../msgpack-head.ts';

/** The extension type of timestamps. */
const TIMESTAMP = -1;
const LAST_MILLISECOND = 8.64e15;

export const msgpack = defineDecoder({
  id: 'msgpack',
  title: 'MessagePack',
  summary: 'MessagePack; integers exact, extensions as tagged bytes',
  sort: 'format',
  contentTypes: [
    'application/msgpack',
    'application/x-msgpack',
    'application/vnd.msgpack',
    'application/messagepack',
    'application/x-messagepack',
    '+msgpack',
  ],
  recognised: 'exactly one map with text keys, or an array with text or maps in it',
  recognise(bytes) {
    checkWhole(bytes, msgpackHead);
    return looksMeant(bytes);
  },
  decode(bytes, { truncated }) {
    if (truncated) throw new DecodeError('only the beginning of the body is at hand');
    checkWhole(bytes, msgpackHead);
    return { kind: 'value', value: decoder.decode(bytes) as BodyValue };
  },
});

/** Any byte below 0x80 is MessagePack too, so being whole says little. */
function looksMeant(bytes: Uint8Array): boolean {
  const first = bytes[0]!;
  const { end, items } = msgpackHead(bytes, 0);
  if (items === 0) return false;
  const isMap = first <= 0x8f || first >= 0xde;
  return isMap ? isText(bytes[end]!) : hasText(bytes, end, items);
}

/** Whether the array's members are text or maps, at least one of them. */
function hasText(bytes: Uint8Array, start: number, items: number): boolean {
  let at = start;
  for (let i = 0; i < Math.min(items, 16) && at < bytes.length; i++) {
    const byte = bytes[at]!;
    if ((isText(byte) && byte !== 0xa0) || (byte > 0x80 && byte <= 0x8f)) return true;
    const head = msgpackHead(bytes, at);
    if (head.items > 0) return false;
    at = head.end;
  }
  return false;
}

function isText(byte: number): boolean {
  return (byte >= 0xa0 && byte <= 0xbf) || (byte >= 0xd9 && byte <= 0xdb);
}

/** Maps are objects, so keys are text. */
const decoder = new Decoder({
  extensionCodec: {
    tryToEncode: () => null,
    decode: (data, type) => (type === TIMESTAMP ? timestamp(data) : new Tagged(type, data)),
  },
  useBigInt64: true,
  mapKeyConverter: (key) => (typeof key === 'string' || typeof key === 'number' ? key : String(key)),
});

/** Timestamps 32, 64 and 96. Nanoseconds are more than a Date holds: such a one stays exact as text. */
function timestamp(data: Uint8Array): BodyValue {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let seconds: number;
  let nanoseconds = 0;
  if (data.length === 4) seconds = view.getUint32(0);
  else if (data.length === 8) {
    const high = view.getUint32(0);
    nanoseconds = high >>> 2;
    seconds = (high & 3) * 2 ** 32 + view.getUint32(4);
  } else if (data.length === 12) {
    nanoseconds = view.getUint32(0);
    seconds = Number(view.getBigInt64(4));
  } else return new Tagged(TIMESTAMP, data);
  const milliseconds = seconds * 1000 + Math.floor(nanoseconds / 1e6);
  if (Math.abs(milliseconds) > LAST_MILLISECOND) return new Tagged(TIMESTAMP, data);
  const date = new Date(milliseconds);
  if (nanoseconds % 1e6 === 0) return date;
  return date.toISOString().replace(/\.\d+Z$/, `.${String(nanoseconds).padStart(9, '0')}Z`);
}
