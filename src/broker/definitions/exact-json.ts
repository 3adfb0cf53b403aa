// JSON that loses nothing: integers of any size, and whether a number was written with a point or an exponent (1.0 is a
// double where 1 is an integer). And errors with line and column. JSON.parse tells neither on Node 20.
// Invariant: formatJson(parseJson(text)) has the same values and types.

/** A number without fraction that was written as a double: 1.0, 1e3. */
export class WholeDouble {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** An integer that a double cannot hold is a bigint. */
export type ExactJson =
  | null
  | boolean
  | string
  | number
  | bigint
  | WholeDouble
  | readonly ExactJson[]
  | { readonly [key: string]: ExactJson };

export class JsonSyntaxError extends Error {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;

  constructor(message: string, line: number, column: number) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

/** Deeper nesting is refused: no definitions come near it, and it keeps hostile text off the call stack. */
const MAX_DEPTH = 128;

/** Of a repeated key the last one counts. Throws JsonSyntaxError. */
export function parseJson(text: string): ExactJson {
  return new JsonParser(text).parse();
}

const WHITESPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;

class JsonParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    // A byte order mark, as some editors write it, is none of the text.
    this.#text = text.startsWith('\ufeff') ? text.slice(1) : text;
  }

  parse(): ExactJson {
    const value = this.#value(0);
    this.#skipWhitespace();
    if (this.#at < this.#text.length) this.#fail('the end');
    return value;
  }

  #value(depth: number): ExactJson {
    this.#skipWhitespace();
    if (depth > MAX_DEPTH) this.#fail(`at most ${MAX_DEPTH} levels of nesting`);
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return this.#string();
      default: {
        const word = this.#match(WORD);
        if (word !== undefined) return word[0] === 'null' ? null : word[0] === 'true';
        const number = this.#match(NUMBER);
        return number === undefined ? this.#fail('a value') : numberOf(number);
      }
    }
  }

  #object(depth: number): ExactJson {
    const members: [string, ExactJson][] = [];
    this.#at++;
    if (this.#take('}')) return {};
    do {
      this.#skipWhitespace();
      if (this.#text[this.#at] !== '"') this.#fail('a key in double quotes');
      const key = this.#string();
      if (!this.#take(':')) this.#fail("':' after the key");
      members.push([key, this.#value(depth + 1)]);
    } while (this.#take(','));
    if (!this.#take('}')) this.#fail("',' or '}'");
    // Not by assignment: a key may be __proto__.
    return Object.fromEntries(members);
  }

  #array(depth: number): ExactJson {
    const values: ExactJson[] = [];
    this.#at++;
    if (this.#take(']')) return values;
    do values.push(this.#value(depth + 1));
    while (this.#take(','));
    if (!this.#take(']')) this.#fail("',' or ']'");
    return values;
  }

  /** By hand, since a regular expression runs out of stack on strings of some megabytes. */
  #string(): string {
    const text = this.#text;
    let at = this.#at + 1;
    let escaped = false;
    for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) {
      // Past the end it is NaN.
      if (!(code >= FIRST_PRINTABLE)) this.#fail('a string with a closing quote, and control characters escaped');
      escaped ||= code === BACKSLASH;
      at += code === BACKSLASH ? 2 : 1;
    }
    const value = escaped ? unescaped(text.slice(this.#at, at + 1)) : text.slice(this.#at + 1, at);
    if (value === undefined) this.#fail('a string with valid escapes');
    this.#at = at + 1;
    return value;
  }

  #take(char: string): boolean {
    this.#skipWhitespace();
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #skipWhitespace(): void {
    this.#match(WHITESPACE);
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match;
  }

  #fail(expected: string): never {
    const before = this.#text.slice(0, this.#at);
    const line = before.split('\n').length;
    const column = this.#at - before.lastIndexOf('\n');
    const char = this.#text[this.#at];
    const found = char === undefined ? 'the end of the text' : JSON.stringify(char);
    throw new JsonSyntaxError(`expected ${expected}, found ${found}`, line, column);
  }
}

/** The text of a string with escapes; undefined if one of them is none. */
function unescaped(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return undefined;
  }
}

function numberOf([text, fraction, exponent]: RegExpExecArray): ExactJson {
  const value = Number(text);
  if (fraction === undefined && exponent === undefined) return Number.isSafeInteger(value) ? value : BigInt(text!);
  return Number.isInteger(value) ? new WholeDouble(value) : value;
}

/** On one line, object keys in the order they have. */
export function formatJson(value: ExactJson): string {
  if (value instanceof WholeDouble) return formatWhole(value.value);
  if (typeof value === 'bigint') return String(value);
  if (isJsonArray(value)) return `[${value.map(formatJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${formatJson(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}

function formatWhole(value: number): string {
  const text = String(value);
  return text.includes('e') ? text : `${text}.0`;
}

export function isJsonArray(value: ExactJson | undefined): value is readonly ExactJson[] {
  return Array.isArray(value);
}

/** The value with plain numbers, for those to whom 1.0 is 1. */
export function plainJson(value: ExactJson): unknown {
  if (value instanceof WholeDouble) return value.value;
  if (typeof value === 'bigint') return Number(value);
  if (isJsonArray(value)) return value.map(plainJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plainJson(member)]));
}
