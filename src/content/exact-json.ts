// JSON.parse, but integers that a double cannot hold become bigints, and size and nesting are bounded before it is called.
// Invariant: of text without such integers the value is JSON.parse's.

import { type BodyValue, LimitError, MAX_DEPTH } from './decoder.ts';
import type { ValueBudget } from './value-budget.ts';

/** Shorter runs of digits are exact as doubles. */
const LONG_DIGITS = /\d{16}/;
const LONG_INTEGER = /^-?[1-9]\d{15,}$/;
/** As much as may belong to a number. A number is taken as a whole, or its end would look like another one. */
const NUMBER = /[\d.eE+-]+/y;
/** Longer integers stay text: to read digits takes time with their square. */
const LONGEST_INTEGER = 1000;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const BRACKET = 0x5b;
const BRACKET_END = 0x5d;
const BRACE = 0x7b;
const BRACE_END = 0x7d;
/** Marks integers that are turned into strings on the way. JSON text has this character escaped only. */
const MARK = '\0';

/** Throws SyntaxError, or LimitError for too many values and for values nested deeper than 128. */
export function parseExactJson(text: string, budget: ValueBudget): BodyValue {
  checkExtent(text, budget);
  const exact = LONG_DIGITS.test(text) && !text.includes('\\u0000');
  if (!exact) return JSON.parse(text) as BodyValue;
  return JSON.parse(markIntegers(text), (_, member) => restored(member)) as BodyValue;
}

/** Counts values and nesting without making them; says nothing of what is no JSON. Throws LimitError. */
export function checkExtent(text: string, budget: ValueBudget): void {
  let depth = 0;
  budget.spend();
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = stringEnd(text, at);
        break;
      case COMMA:
        budget.spend();
        break;
      case BRACKET:
      case BRACE:
        budget.spend();
        if (++depth > MAX_DEPTH) throw new LimitError(`nested more than ${MAX_DEPTH} deep`);
        break;
      case BRACKET_END:
      case BRACE_END:
        depth--;
    }
  }
}

/** Large integers outside of strings as marked strings: `1234567890123456789` as `"\\u00001234567890123456789"`. */
function markIntegers(text: string): string {
  let marked = '';
  let copied = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = stringEnd(text, at);
    else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      NUMBER.lastIndex = at;
      const number = NUMBER.exec(text)![0];
      const end = at + number.length;
      if (isLarge(number)) {
        marked += `${text.slice(copied, at)}"${number.length > LONGEST_INTEGER ? '' : '\\u0000'}${number}"`;
        copied = end;
      }
      at = end - 1;
    }
  }
  return marked + text.slice(copied);
}

/** Whether it is an integer, and none that a double holds. Leading zeros are no JSON: left for JSON.parse to refuse. */
function isLarge(number: string): boolean {
  return LONG_INTEGER.test(number) && (number.length > LONGEST_INTEGER || !Number.isSafeInteger(Number(number)));
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

function restored(member: unknown): unknown {
  return typeof member === 'string' && member.startsWith(MARK) ? BigInt(member.slice(1)) : member;
}
