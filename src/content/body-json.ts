// A decoded body as JSON: what the API and NDJSON say of it. Counterpart: value-text.ts, which makes a line for the eye.
// Invariant: JSON.stringify takes the result as it is; what JSON has no word for is {"type": …}, as in the frame event.

import { toBase64 } from './base64.ts';
import type { DecodedBody } from './decode-body.ts';
import { type BodyValue, MAX_DEPTH, Tagged } from './decoder.ts';

export type BodyJson = null | boolean | number | string | readonly BodyJson[] | { readonly [name: string]: BodyJson };

/** What there is to say of a body: `value`, `text` or `base64`, as its kind is. */
export interface DecodedBodyJson extends Pick<DecodedBody, 'decoder' | 'kind' | 'layers' | 'notes' | 'complete'> {
  readonly value?: BodyJson;
  readonly text?: string;
  readonly base64?: string;
}

/**
 * `{"decoder":"json","kind":"value","layers":["gzip","json"],"complete":true,"notes":[],"value":{…}}`; `text` instead of
 * `value` for kind text, and `base64` for kind hex.
 */
export function bodyJson(decoded: DecodedBody): DecodedBodyJson {
  const { decoder, kind, layers, notes, complete } = decoded;
  const base = { decoder, kind, layers, notes, complete };
  switch (kind) {
    case 'text':
      return { ...base, text: decoded.text ?? '' };
    case 'value':
      return { ...base, value: valueJson(decoded.value) };
    case 'hex':
      return { ...base, base64: toBase64(decoded.bytes ?? new Uint8Array(0)) };
  }
}

/**
 * A value as JSON. Integers that no double holds are strings; bytes are `{"type":"bytes","base64":…}`, NaN and its like
 * `{"type":"double","value":…}`, tags `{"type":"tagged","tag":…,"value":…}`, maps with other than text keys
 * `{"type":"map","entries":[[key,value],…]}`, dates ISO 8601 text.
 */
export function valueJson(value: BodyValue, depth = 0): BodyJson {
  if (value === null || value === undefined) return null;
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return numberJson(value);
    case 'bigint':
      return integerJson(value);
  }
  // The decoders refuse deeper values; an envelope and its content may add up.
  if (depth > 2 * MAX_DEPTH) return { type: 'omitted' };
  if (value instanceof Uint8Array) return { type: 'bytes', base64: toBase64(value) };
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Tagged) {
    const tag = typeof value.tag === 'bigint' ? integerJson(value.tag) : value.tag;
    return { type: 'tagged', tag, value: valueJson(value.value, depth + 1) };
  }
  if (value instanceof Map) return mapJson(value, depth);
  if (Array.isArray(value)) return value.map((member) => valueJson(member, depth + 1));
  return objectJson(Object.entries(value), depth);
}

function numberJson(value: number): BodyJson {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  return { type: 'double', value: Object.is(value, -0) ? '-0' : String(value) };
}

function integerJson(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function mapJson(map: ReadonlyMap<BodyValue, BodyValue>, depth: number): BodyJson {
  const entries = [...map];
  if (entries.every(([key]) => typeof key === 'string')) return objectJson(entries as [string, BodyValue][], depth);
  const pairs = entries.map(([key, value]) => [valueJson(key, depth + 1), valueJson(value, depth + 1)]);
  return { type: 'map', entries: pairs };
}

/** Not by assignment: a key may be __proto__. */
function objectJson(entries: readonly (readonly [string, BodyValue])[], depth: number): BodyJson {
  return Object.fromEntries(entries.map(([name, value]) => [name, valueJson(value, depth + 1)]));
}
