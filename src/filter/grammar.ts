// The grammar of filters, and its parser: recursive descent, a function a rule. Tokens are cut in tokens.ts; what the
// names mean is asked in compile.ts. Invariant: any text gives a tree or a FilterSyntaxError within the text.
//
//   filter     = or
//   or         = and { ( "||" | "or" ) and }
//   and        = not { ( "&&" | "and" ) not }
//   not        = ( "!" | "not" ) not | "(" or ")" | test
//   test       = name [ comparison literal | "in" "{" literal { [ "," ] literal } "}" ]
//   comparison = "==" | "!=" | "<" | "<=" | ">" | ">=" | "contains" | "matches"
//              | "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "~"                       (Wireshark's other spellings)
//   name       = word { "." word | "[" ( string | integer ) "]" }
//   literal    = string | number [ unit ] | word { "." word }
//   unit       = "us" | "µs" | "ms" | "s" | "m" | "min" | "h"                         (durations)
//              | "B" | "k" | "KiB" | "KB" | "M" | "MiB" | "MB" | "G" | "GiB" | "GB"   (sizes)
//   string     = '"' … '"' | "'" … "'"     with \" \' \\ \n \r \t \0 \xHH \uHHHH \u{H…}; any other backslash is itself
//              | 'r"' … '"' | "r'" … "'"   as it stands
//   word       = letter or "_" { letter | digit | "_" | "-" }
//   number     = [ "-" ] digits [ "." digits ] [ "e" [ "+" | "-" ] digits ] | [ "-" ] "0x" hexadecimal digits

import { FilterSyntaxError } from '../errors.ts';
import {
  COMPARISONS,
  type Comparison,
  type Literal,
  type Name,
  type Place,
  type Step,
  type Tree,
} from './syntax-tree.ts';
import { type Token, tokenize } from './tokens.ts';

/** Longer filters are refused: nobody writes them, and a peer of the API may send any. */
export const LONGEST_FILTER = 8192;
/** Words and keys of one name: as deep as any body is. */
const MOST_STEPS = 200;
/** Parentheses and negations within each other: more would only serve to exhaust the call stack. */
const DEEPEST = 100;

const SPELLINGS: ReadonlyMap<string, Comparison> = new Map([
  ...COMPARISONS.map((comparison) => [comparison, comparison] as const),
  ['eq', '=='],
  ['ne', '!='],
  ['lt', '<'],
  ['le', '<='],
  ['gt', '>'],
  ['ge', '>='],
  ['~', 'matches'],
]);
const OR = ['||', 'or'];
const AND = ['&&', 'and'];
const NOT = ['!', 'not'];
const OPERATOR_WORDS = ['and', 'or', 'not', 'in', 'contains', 'matches'];

/** Parses a filter's text. Throws FilterSyntaxError. */
export function parseTree(text: string): Tree {
  if (text.length > LONGEST_FILTER) {
    throw new FilterSyntaxError(text, `a filter has at most ${LONGEST_FILTER} characters`, LONGEST_FILTER, text.length);
  }
  return new Parser(text).filter();
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  filter(): Tree {
    const tree = this.#or();
    if (this.#token.kind !== 'end') this.#refuse(this.#afterTest());
    return tree;
  }

  get #token(): Token {
    return this.#tokens[this.#at]!;
  }

  /** The current token, if it is one of these words or signs; passes over it. */
  #take(texts: readonly string[]): Token | undefined {
    const token = this.#token;
    if (token.kind === 'literal' || !texts.includes(token.text) || token.kind === 'end') return undefined;
    this.#at++;
    return token;
  }

  #expect(sign: string, what: string): Token {
    return this.#take([sign]) ?? this.#refuse(`expected ${what}`);
  }

  #refuse(reason: string, { start, end }: Place = this.#token): never {
    throw new FilterSyntaxError(this.#text, reason, start, end);
  }

  #or(): Tree {
    const parts = [this.#and()];
    while (this.#take(OR)) parts.push(this.#and());
    return parts.length === 1 ? parts[0]! : { kind: 'or', parts };
  }

  #and(): Tree {
    const parts = [this.#not()];
    while (this.#take(AND)) parts.push(this.#not());
    return parts.length === 1 ? parts[0]! : { kind: 'and', parts };
  }

  #not(): Tree {
    const not = this.#take(NOT);
    const parenthesis = not ? undefined : this.#take(['(']);
    if (!not && !parenthesis) return this.#test();
    if (++this.#depth > DEEPEST) this.#refuse(`more than ${DEEPEST} levels deep`, not ?? parenthesis);
    const part = not ? this.#not() : this.#or();
    if (parenthesis) this.#expect(')', this.#afterTest(')'));
    this.#depth--;
    return not ? { kind: 'not', part } : part;
  }

  #afterTest(closing?: string): string {
    const expected = `and, or${closing === undefined ? ' or the end' : ` or '${closing}'`}`;
    return closing === undefined ? `expected ${expected}` : expected;
  }

  #test(): Tree {
    const name = this.#name();
    const operator = this.#token;
    if (this.#take(['in'])) return this.#in(name);
    const comparison = operator.kind === 'literal' ? undefined : SPELLINGS.get(operator.text);
    if (comparison === undefined) return { kind: 'bare', name };
    this.#at++;
    return { kind: 'compare', name, comparison, literal: this.#literal() };
  }

  #in(name: Name): Tree {
    const { start } = this.#expect('{', 'a set: {…}');
    const literals = [this.#literal()];
    while (this.#token.text !== '}' || this.#token.kind !== 'sign') {
      this.#take([',']);
      if (this.#token.kind === 'end') this.#refuse("expected a value or '}'");
      literals.push(this.#literal());
    }
    const { end } = this.#expect('}', "'}'");
    return { kind: 'in', name, literals, set: { start, end } };
  }

  #name(): Name {
    const first = this.#token;
    if (first.kind !== 'word' || OPERATOR_WORDS.includes(first.text)) this.#refuse(this.#nameMissing(first));
    const steps: Step[] = [this.#word()];
    for (;;) {
      if (this.#take(['.'])) steps.push(this.#word());
      else if (this.#take(['['])) steps.push(this.#key());
      else break;
      if (steps.length > MOST_STEPS) this.#refuse(`a name has at most ${MOST_STEPS} parts`, steps.at(-1));
    }
    return { steps, start: first.start, end: steps.at(-1)!.end };
  }

  #nameMissing(token: Token): string {
    if (token.kind === 'literal') return 'a comparison begins with a field, not with a value';
    return 'expected a field, a method, a class or a kind of record';
  }

  #word(): Step {
    const token = this.#token;
    if (token.kind !== 'word') this.#refuse('expected a name behind the dot; any other stands in brackets: ["…"]');
    this.#at++;
    return { key: token.text, isWord: true, start: token.start, end: token.end };
  }

  /** What stands in brackets. */
  #key(): Step {
    const token = this.#token;
    const key = token.kind === 'literal' ? keyOf(token.literal) : undefined;
    if (key === undefined) this.#refuse('expected a string or an index, from 0 on');
    this.#at++;
    const { end } = this.#expect(']', "']'");
    return { key, isWord: false, start: token.start, end };
  }

  #literal(): Literal {
    const token = this.#token;
    if (token.kind === 'literal') {
      this.#at++;
      return token.literal;
    }
    if (token.kind !== 'word') this.#refuse('expected a value: a string, a number, true or false');
    let word = this.#word();
    let value = String(word.key);
    while (this.#take(['.'])) {
      word = this.#word();
      value += `.${word.key}`;
    }
    return { kind: 'word', value, start: token.start, end: word.end };
  }
}

function keyOf(literal: Literal): string | number | undefined {
  if (literal.kind === 'string') return literal.value;
  if (literal.kind !== 'number' || typeof literal.value === 'bigint') return undefined;
  return Number.isInteger(literal.value) && literal.value >= 0 ? literal.value : undefined;
}
