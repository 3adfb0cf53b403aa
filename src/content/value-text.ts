// A value as one line of JSON for the eye, no longer than is asked for. Counterpart: body-json.ts, which is for programs.
// Invariant: takes time in proportion to `limit`, not to the value.

import { type BodyValue, MAX_DEPTH, Tagged } from './decoder.ts';

/** Bytes shown of one byte string. */
const MOST_BYTES = 64;
const ELLIPSIS = '…';

/** `{"id":1,"blob":h'0a1f',"at":2026-11-22T10:00:00.000Z,"x":5({"a":1})}`, cut at about `limit` characters. */
export function valueText(value: BodyValue, limit: number): string {
  const writer = new ValueWriter(limit);
  writer.value(value, 0);
  return writer.text;
}

class ValueWriter {
  text = '';
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  value(value: BodyValue, depth: number): void {
    if (typeof value !== 'object' || value === null) this.text += this.#scalar(value);
    else if (depth > 2 * MAX_DEPTH) this.text += ELLIPSIS;
    else if (value instanceof Uint8Array) this.text += bytesText(value);
    else if (value instanceof Date) this.text += value.toISOString();
    else if (value instanceof Tagged) this.#tagged(value, depth);
    else if (value instanceof Map) this.#members(value, depth);
    else if (Array.isArray(value)) this.#array(value, depth);
    else this.#members(Object.entries(value), depth);
  }

  #scalar(value: BodyValue): string {
    if (typeof value !== 'string')
      return value === undefined ? 'undefined' : Object.is(value, -0) ? '-0' : String(value);
    const room = Math.max(1, this.#limit - this.text.length);
    return JSON.stringify(value.length > room ? `${value.slice(0, room)}${ELLIPSIS}` : value);
  }

  #array(values: readonly BodyValue[], depth: number): void {
    let first = true;
    this.text += '[';
    for (const value of values) {
      if (this.#isFull()) break;
      if (!first) this.text += ',';
      first = false;
      this.value(value, depth + 1);
    }
    this.text += ']';
  }

  #members(members: Iterable<readonly [BodyValue, BodyValue]>, depth: number): void {
    let first = true;
    this.text += '{';
    for (const [key, value] of members) {
      if (this.#isFull()) break;
      if (!first) this.text += ',';
      first = false;
      this.value(key, depth + 1);
      this.text += ':';
      this.value(value, depth + 1);
    }
    this.text += '}';
  }

  #tagged({ tag, value }: Tagged, depth: number): void {
    this.text += `${tag}(`;
    this.value(value, depth + 1);
    this.text += ')';
  }

  /** Says `…` once. */
  #isFull(): boolean {
    if (this.text.length < this.#limit) return false;
    if (!this.text.endsWith(ELLIPSIS)) this.text += ELLIPSIS;
    return true;
  }
}

/** `h'0a1f'`, as in CBOR's diagnostic notation. */
function bytesText(bytes: Uint8Array): string {
  let hex = '';
  for (let i = 0; i < Math.min(bytes.length, MOST_BYTES); i++) hex += bytes[i]!.toString(16).padStart(2, '0');
  return `h'${hex}${bytes.length > MOST_BYTES ? ELLIPSIS : ''}'`;
}

/** JSON without the blanks between its tokens, of a text of which more than `limit` characters need not be read. */
export function compactJson(text: string, limit: number): string {
  if (!/\s/.test(text.slice(0, limit))) return text.length > limit ? text.slice(0, limit) : text;
  let compact = '';
  let copied = 0;
  let quoted = false;
  let at = 0;
  for (; at < text.length && compact.length + at - copied < limit; at++) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === 0x5c) at++;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x20 || (code >= 0x09 && code <= 0x0d)) {
      compact += text.slice(copied, at);
      copied = at + 1;
    }
  }
  return compact + text.slice(copied, at);
}
