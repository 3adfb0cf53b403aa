// A regular expression as permissions and policies hold it: PCRE, unanchored, on the bytes of a name. Compiled once.
// Counterpart: pcre.ts, which translates it. Invariant: a pattern that compiles here matches what RabbitMQ's would; what
// cannot be promised (recursion, possessive quantifiers, …) is an error when it is set, never a wrong answer later.

import { translatePcre } from './pcre.ts';

export class Pattern {
  readonly source: string;
  readonly #regExp: RegExp;

  /** Throws PatternError. */
  constructor(source: string) {
    this.source = source;
    this.#regExp = translatePcre(bytesOf(source));
  }

  /** Whether it is found anywhere in the text. */
  matches(text: string): boolean {
    return this.#regExp.test(bytesOf(text));
  }
}

const NOT_ASCII = /[^\0-\x7f]/;

/** The UTF-8 bytes, one character each: RabbitMQ matches bytes, so that `.` is half an `é`. */
function bytesOf(text: string): string {
  return NOT_ASCII.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}
