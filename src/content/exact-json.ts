// JSON.parse, but integers that a double cannot hold become bigints, and nesting is bounded.
// Invariant: of text without such integers the value is JSON.parse's.

import { type BodyValue, DecodeError, MAX_DEPTH } from './decoder.ts';

/** Shorter runs of digits are exact as doubles. */
const LONG_DIGITS = /\d{16}/;
const INTEGER = /-?\d{16,}(?![\d.eE])/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
/** Marks integers that are turned into strings on the way. JSON text has this character escaped only. */
const MARK = '\0';

/** Throws SyntaxError, or DecodeError for values nested deeper than 128. */
export function parseExactJson(text: string): BodyValue {
  const exact = LONG_DIGITS.test(text) && !text.includes('\\u0000');
  const value = exact
    ? (JSON.parse(markIntegers(text), (_, member) => restored(member)) as BodyValue)
    : (JSON.parse(text) as BodyValue);
  if (isDeeper(value, MAX_DEPTH)) throw new DecodeError(`nested more than ${MAX_DEPTH} deep`);
  return value;
}

/** Large integers outside of strings as marked strings: `1234567890123456789` as `"\\u00001234567890123456789"`. */
function markIntegers(text: string): string {
  let marked = '';
  let copied = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = stringEnd(text, at);
    else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      INTEGER.lastIndex = at;
      const digits = INTEGER.exec(text)?.[0];
      // A number is left as a whole, or its end would look like another one.
      const end = digits === undefined ? numberEnd(text, at) : at + digits.length;
      if (digits !== undefined && !Number.isSafeInteger(Number(digits)) && isInteger(digits)) {
        marked += `${text.slice(copied, at)}"\\u0000${digits}"`;
        copied = end;
      }
      at = end - 1;
    }
  }
  return marked + text.slice(copied);
}

/** Leading zeros are no JSON: left for JSON.parse to refuse. */
function isInteger(digits: string): boolean {
  return !/^-?0/.test(digits);
}

function stringEnd(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at;
  }
  return at;
}

function numberEnd(text: string, start: number): number {
  let at = start + 1;
  while (/[\d.eE+-]/.test(text[at] ?? '')) at++;
  return at;
}

function restored(member: unknown): unknown {
  return typeof member === 'string' && member.startsWith(MARK) ? BigInt(member.slice(1)) : member;
}

/** Whether arrays and objects are nested more than `levels` deep. */
function isDeeper(value: BodyValue, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  const members = Array.isArray(value) ? value : Object.values(value);
  for (const member of members as BodyValue[]) if (isDeeper(member, levels - 1)) return true;
  return false;
}
