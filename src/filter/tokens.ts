// Cuts a filter's text into words, strings, numbers and signs. Part of grammar.ts, at whose top the grammar stands.
// Invariant: tokens lie in the text in order, without overlap; what lies between them is blank.

import { FilterSyntaxError } from '../errors.ts';
import { exactInteger } from '../protocol/exact-integer.ts';
import type { Literal, Place } from './syntax-tree.ts';
import { DURATION_UNITS, SIZE_UNITS } from './units.ts';

export type Token = Place &
  (
    | { readonly kind: 'word' | 'sign' | 'end'; readonly text: string }
    | { readonly kind: 'literal'; readonly text: string; readonly literal: Literal }
  );

const BLANK = /\s*/y;
const WORD = /[\p{L}_][\p{L}\p{N}_-]*/uy;
const NUMBER = /(-?(?:0x[\da-f]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?))([\p{L}\p{N}_]*)/iuy;
const SIGN = /&&|\|\||[=!<>]=|[<>!~(){}[\],.]/y;
/** `r"…"` is a string without escapes. */
const STRING = /r?(?:"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*')/y;
const STRING_START = /r?["']/y;
/** An escape that stands for something; any other backslash is one, so that regular expressions need no doubling. */
const ESCAPE = /\\(?:(["'\\])|([nrt0])|x([\da-fA-F]{2})|u([\da-fA-F]{4})|u\{([\da-fA-F]{1,5}|10[\da-fA-F]{4})\})/g;
const CONTROLS: { readonly [letter: string]: string } = { n: '\n', r: '\r', t: '\t', '0': '\0' };

/** What people write from habit, and what it is called here. */
const SLIPS: { readonly [character: string]: string } = { '=': '==', '&': '&&', '|': '||' };

/** All tokens of the text; the last is the end. Throws FilterSyntaxError. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = skipBlank(text, 0); at < text.length; at = skipBlank(text, at)) {
    const token = tokenAt(text, at);
    tokens.push(token);
    at = token.end;
  }
  tokens.push({ kind: 'end', text: '', start: text.length, end: text.length });
  return tokens;
}

function skipBlank(text: string, at: number): number {
  return at + (matchAt(BLANK, text, at)?.[0].length ?? 0);
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function tokenAt(text: string, start: number): Token {
  if (matchAt(STRING_START, text, start)) return stringAt(text, start);
  const number = matchAt(NUMBER, text, start);
  if (number) return numberToken(text, start, number[1]!, number[2]!);
  const word = matchAt(WORD, text, start)?.[0];
  if (word !== undefined) return { kind: 'word', text: word, start, end: start + word.length };
  const sign = matchAt(SIGN, text, start)?.[0];
  if (sign !== undefined) return { kind: 'sign', text: sign, start, end: start + sign.length };
  const character = String.fromCodePoint(text.codePointAt(start)!);
  const slip = SLIPS[character];
  const reason = slip === undefined ? 'this character has no meaning here' : `did you mean ${slip}?`;
  throw new FilterSyntaxError(text, reason, start, start + character.length);
}

function stringAt(text: string, start: number): Token {
  const found = matchAt(STRING, text, start)?.[0];
  if (found === undefined) throw new FilterSyntaxError(text, 'the string has no end', start, text.length);
  const end = start + found.length;
  const value = found.startsWith('r') ? found.slice(2, -1) : unescaped(found.slice(1, -1));
  return { kind: 'literal', text: found, literal: { kind: 'string', value, start, end }, start, end };
}

function unescaped(text: string): string {
  return text.replace(ESCAPE, (_, same?: string, control?: string, ...codes: (string | undefined)[]) => {
    if (same !== undefined) return same;
    if (control !== undefined) return CONTROLS[control]!;
    return String.fromCodePoint(Number.parseInt(codes[0] ?? codes[1] ?? codes[2]!, 16));
  });
}

function numberToken(text: string, start: number, digits: string, unit: string): Token {
  const end = start + digits.length + unit.length;
  const literal = numberOf(digits, unit, { start, end });
  if (literal === undefined) {
    const expected = 'expected none, a duration (us, ms, s, m, h) or a size (k, KiB, KB, M, MiB, MB, G, GiB, GB)';
    throw new FilterSyntaxError(text, `unknown unit '${unit}': ${expected}`, start + digits.length, end);
  }
  if (typeof literal.value === 'number' && !Number.isFinite(literal.value)) {
    throw new FilterSyntaxError(text, 'the number is too large', start, end);
  }
  return { kind: 'literal', text: text.slice(start, end), literal, start, end };
}

function numberOf(digits: string, unit: string, place: Place): Literal | undefined {
  if (unit === '')
    return { kind: 'number', value: /^-?\d+$|x/i.test(digits) ? integerOf(digits) : plain(digits), ...place };
  const duration = DURATION_UNITS.get(unit);
  if (duration !== undefined) return { kind: 'duration', value: plain(digits) * duration, ...place };
  // Minutes are an m in lower case: taken above.
  const size = SIZE_UNITS.get(unit.toLowerCase());
  if (size === undefined) return undefined;
  return { kind: 'number', value: Math.round(plain(digits) * size), ...place };
}

/** Without a negative zero. */
function plain(digits: string): number {
  return Number(digits) + 0;
}

function integerOf(digits: string): number | bigint {
  const isNegative = digits.startsWith('-');
  const size = BigInt(isNegative ? digits.slice(1) : digits);
  return exactInteger(isNegative ? -size : size);
}
