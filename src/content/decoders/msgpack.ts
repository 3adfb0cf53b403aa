// MessagePack, by content type, or by its look: exactly one map with text keys, or an array that holds text or a map.
// Counterparts: msgpack-reader.ts, msgpack-head.ts.

import { DecodeError, defineDecoder } from '../decoder.ts';
import { msgpackHead } from '../msgpack-head.ts';
import { readMsgpack } from '../msgpack-reader.ts';
import { ValueBudget } from '../value-budget.ts';

/** Members of an array that are looked at. */
const LOOKED_AT = 16;

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
  recognise(bytes, { maxValues }) {
    if (bytes.length === 0 || !looksMeant(bytes)) return false;
    readMsgpack(bytes, new ValueBudget(maxValues));
    return true;
  },
  decode(bytes, { truncated, maxValues }) {
    if (truncated) throw new DecodeError('only the beginning of the body is at hand');
    return { kind: 'value', value: readMsgpack(bytes, new ValueBudget(maxValues)) };
  },
});

/** Any byte below 0x80 is MessagePack too, so being whole says little. */
function looksMeant(bytes: Uint8Array): boolean {
  const first = bytes[0]!;
  const { end, items } = msgpackHead(bytes, 0);
  if (items === 0) return false;
  const isMap = first <= 0x8f || first >= 0xde;
  return isMap ? isText(bytes[end]) : hasText(bytes, end, items);
}

/** Whether one of the array's first members is text or a map. */
function hasText(bytes: Uint8Array, start: number, items: number): boolean {
  let at = start;
  for (let i = 0; i < Math.min(items, LOOKED_AT) && at < bytes.length; i++) {
    const byte = bytes[at]!;
    if ((isText(byte) && byte !== 0xa0) || (byte > 0x80 && byte <= 0x8f)) return true;
    const head = msgpackHead(bytes, at);
    if (head.items > 0) return false;
    at = head.end;
  }
  return false;
}

function isText(byte = 0): boolean {
  return (byte >= 0xa0 && byte <= 0xbf) || (byte >= 0xd9 && byte <= 0xdb);
}
