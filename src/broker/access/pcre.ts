// Translates PCRE, which RabbitMQ's operators write, into a JavaScript RegExp: the same answers, or an error. Where the two
// differ: `$` (also before a last newline), `.`, `\A \z \Z \h \R`, POSIX classes, `]` first in a class, `\Q…\E`, comments,
// leading `(?i)`, and what PCRE refuses while JavaScript takes it as literal text.

/** Why a pattern is refused, in PCRE's words where it would refuse it too. */
export class PatternError extends Error {
  readonly reason: string;
  /** Where in the pattern, in bytes. */
  readonly offset: number;

  constructor(reason: string, offset: number) {
    super(`${reason} at offset ${offset}`);
    this.reason = reason;
    this.offset = offset;
  }
}

const END = '(?![\\s\\S])';
const END_OR_LAST_NEWLINE = `(?=\\n?${END})`;

/** Members of classes, by Erlang's tables: bytes above 0x7f count as Latin-1, so that halves of UTF-8 may be letters. */
const LOWER = 'a-z\\xaa\\xb5\\xba\\xdf-\\xf6\\xf8-\\xff';
const UPPER = 'A-Z\\xc0-\\xd6\\xd8-\\xde';
const ALPHA = 'A-Za-z\\xaa\\xb5\\xba\\xc0-\\xd6\\xd8-\\xf6\\xf8-\\xff';
const WORD = `0-9_${ALPHA}`;
const NO_WORD = '\\0-/:-@\\[-^`{-\\xa9\\xab-\\xb4\\xb6-\\xb9\\xbb-\\xbf\\xd7\\xf7';

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: `0-9${ALPHA}`,
  alpha: ALPHA,
  ascii: '\\0-\\x7f',
  blank: ' \\t',
  cntrl: '\\0-\\x1f\\x7f-\\x9f',
  digit: '0-9',
  graph: '!-~\\xa0-\\xff',
  lower: LOWER,
  print: ' -~\\xa0-\\xff',
  punct: '!-\\/:-@\\[-`{-~\\xa0-\\xa9\\xab-\\xb4\\xb6-\\xb9\\xbb-\\xbf\\xd7\\xf7',
  space: '\\t-\\r ',
  upper: UPPER,
  word: WORD,
  xdigit: '0-9A-Fa-f',
};

/** Escapes that mean something else in JavaScript, or nothing. */
const ESCAPES: Readonly<Record<string, string>> = {
  A: '(?<![\\s\\S])',
  G: '(?<![\\s\\S])',
  z: END,
  Z: END_OR_LAST_NEWLINE,
  R: '(?:\\r\\n|[\\n-\\r\\x85])',
  N: '[^\\n]',
  h: '[\\t \\xa0]',
  H: '[^\\t \\xa0]',
  V: '[^\\n-\\r\\x85]',
  v: '[\\n-\\r\\x85]',
  s: '[\\t-\\r ]',
  S: '[^\\t-\\r ]',
  w: `[${WORD}]`,
  W: `[${NO_WORD}]`,
  b: `(?:(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`,
  B: `(?:(?<=[${WORD}])(?=[${WORD}])|(?<![${WORD}])(?![${WORD}]))`,
  e: '\\x1b',
  a: '\\x07',
};
const CLASS_ESCAPES: Readonly<Record<string, string>> = {
  h: '\\t \\xa0',
  v: '\\n-\\r\\x85',
  s: '\\t-\\r ',
  S: '\\0-\\x08\\x0e-\\x1f!-\\xff',
  w: WORD,
  W: NO_WORD,
  e: '\\x1b',
  a: '\\x07',
  b: '\\b',
};
/** Mean the same in both. */
const SHARED_ESCAPES = 'dDtnrf123456789';

/** Throws PatternError for what PCRE refuses and for what JavaScript has no word for. */
export function translatePcre(pattern: string): RegExp {
  const { source, flags } = new Translation(pattern).run();
  try {
    return new RegExp(source, flags);
  } catch (error) {
    throw new PatternError(error instanceof Error ? error.message : String(error), pattern.length);
  }
}

class Translation {
  readonly #pattern: string;
  #at = 0;
  #out = '';
  #ignoreCase = false;
  #multiLine = false;
  #dotAll = false;
  #open = 0;
  /** Whether a quantifier may follow. */
  #atom = false;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  run(): { source: string; flags: string } {
    this.#leadingOptions();
    while (this.#at < this.#pattern.length) this.#step();
    if (this.#open > 0) throw new PatternError('missing )', this.#pattern.length);
    return { source: this.#out, flags: this.#ignoreCase ? 'i' : '' };
  }

  #step(): void {
    const char = this.#pattern[this.#at]!;
    switch (char) {
      case '\\':
        return this.#escape();
      case '[':
        return this.#class();
      case '(':
        return this.#group();
      case ')':
        if (this.#open === 0) throw new PatternError('unmatched parentheses', this.#at);
        this.#open--;
        return this.#emit(')', 1, true);
      case '.':
        return this.#emit(this.#dotAll ? '[\\s\\S]' : '[^\\n]', 1, true);
      case '^':
        return this.#emit(this.#multiLine ? '(?<![^\\n])' : '^', 1, false);
      case '$':
        return this.#emit(this.#multiLine ? `(?=\\n|${END})` : END_OR_LAST_NEWLINE, 1, false);
      case '|':
        return this.#emit('|', 1, false);
      case '*':
      case '+':
      case '?':
        return this.#quantifier(char, 1);
      case '{': {
        const counted = /^\{\d+(?:,\d*)?\}/.exec(this.#pattern.slice(this.#at));
        return counted === null ? this.#emit('\\{', 1, true) : this.#quantifier(counted[0], counted[0].length);
      }
      case '}':
      case ']':
      case '/':
        return this.#emit(`\\${char}`, 1, true);
      default:
        return this.#emit(char, 1, true);
    }
  }

  #emit(text: string, consumed: number, atom: boolean): void {
    this.#out += text;
    this.#at += consumed;
    this.#atom = atom;
  }

  #quantifier(text: string, consumed: number): void {
    if (!this.#atom) throw new PatternError('nothing to repeat', this.#at);
    const next = this.#pattern[this.#at + consumed];
    if (next === '+') throw new PatternError('possessive quantifiers are not supported', this.#at + consumed);
    const lazy = next === '?';
    this.#emit(lazy ? `${text}?` : text, lazy ? consumed + 1 : consumed, false);
  }

  #leadingOptions(): void {
    for (;;) {
      const options = /^\(\?([ims]+)\)/.exec(this.#pattern.slice(this.#at));
      if (options === null) return;
      this.#ignoreCase ||= options[1]!.includes('i');
      this.#multiLine ||= options[1]!.includes('m');
      this.#dotAll ||= options[1]!.includes('s');
      this.#at += options[0].length;
    }
  }

  #group(): void {
    const rest = this.#pattern.slice(this.#at);
    if (rest.startsWith('(?#')) {
      const end = rest.indexOf(')');
      if (end < 0) throw new PatternError('missing ) after comment', this.#pattern.length);
      this.#at += end + 1;
      return;
    }
    if (rest.startsWith('(*')) throw new PatternError('verbs are not supported', this.#at);
    const opening = /^\((?:\?(?::|=|!|<=|<!|P?<(?<name>[A-Za-z_]\w*)>))?/.exec(rest)!;
    if (opening[0] === '(' && rest[1] === '?') {
      if (/^\(\?[imsxJU>|&R\dP(+'-]/.test(rest)) {
        throw new PatternError(`${rest.slice(0, 3)} is not supported here`, this.#at);
      }
      throw new PatternError('unrecognized character after (? or (?-', this.#at + 2);
    }
    this.#open++;
    const { name } = opening.groups!;
    this.#emit(name === undefined ? opening[0] : `(?<${name}>`, opening[0].length, false);
  }

  #escape(): void {
    const char = this.#pattern[this.#at + 1];
    if (char === undefined) throw new PatternError('\\ at end of pattern', this.#pattern.length);
    if (char === 'Q') return this.#quoted();
    if (char === 'E') return this.#emit('', 2, this.#atom);
    const code = this.#codeEscape();
    if (code !== undefined) return this.#emit(code.text, code.length, true);
    const own = ESCAPES[char];
    if (own !== undefined) return this.#emit(own, 2, !'AGzZbB'.includes(char));
    if (SHARED_ESCAPES.includes(char)) return this.#emit(`\\${char}`, 2, true);
    this.#refuseLetter(char);
    this.#emit(literal(char), 2, true);
  }

  /** `\x41`, `\x{41}`, `\012`, `\cA`: a character by its number. */
  #codeEscape(): { text: string; length: number } | undefined {
    const rest = this.#pattern.slice(this.#at);
    const hex = /^\\x(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{0,2}))/.exec(rest);
    if (hex !== null) {
      const code = Number.parseInt(hex[1] ?? (hex[2] || '0'), 16);
      if (code > 0xff)
        throw new PatternError('character value in \\x{} or \\o{} is too large', this.#at + hex[0].length);
      return { text: byCode(code), length: hex[0].length };
    }
    const octal = /^\\0[0-7]{0,2}/.exec(rest);
    if (octal !== null) return { text: byCode(Number.parseInt(octal[0].slice(1), 8)), length: octal[0].length };
    const control = /^\\c([ -~])/.exec(rest);
    if (control !== null) return { text: byCode(control[1]!.toUpperCase().charCodeAt(0) ^ 64), length: 3 };
    return undefined;
  }

  #refuseLetter(char: string): void {
    if (/[cCgkKlLoNpPuUX]/.test(char)) throw new PatternError(`\\${char} is not supported here`, this.#at);
  }

  #quoted(): void {
    const end = this.#pattern.indexOf('\\E', this.#at);
    const text = this.#pattern.slice(this.#at + 2, end < 0 ? undefined : end);
    const consumed = end < 0 ? this.#pattern.length - this.#at : text.length + 4;
    this.#emit([...text].map(literal).join(''), consumed, this.#atom || text.length > 0);
  }

  #class(): void {
    const pattern = this.#pattern;
    let at = this.#at + 1;
    let out = '[';
    if (pattern[at] === '^') {
      out += '^';
      at++;
    }
    for (let first = true; first || pattern[at] !== ']'; first = false) {
      if (at >= pattern.length) throw new PatternError('missing terminating ] for character class', pattern.length);
      const posix = /^\[:(\^?)(\w+):\]/.exec(pattern.slice(at));
      if (posix !== null) {
        const members = POSIX_CLASSES[posix[2]!];
        if (members === undefined) throw new PatternError('unknown POSIX class name', at);
        if (posix[1] !== '') throw new PatternError('negated POSIX classes are not supported', at);
        out += members;
        at += posix[0].length;
      } else if (pattern[at] === '\\') {
        this.#at = at;
        const escaped = this.#classEscape();
        out += escaped.text;
        at += escaped.length;
      } else {
        out += pattern[at] === '-' ? '-' : literal(pattern[at]!);
        at++;
      }
    }
    this.#at = at;
    this.#emit(`${out}]`, 1, true);
  }

  #classEscape(): { text: string; length: number } {
    const char = this.#pattern[this.#at + 1];
    if (char === undefined) throw new PatternError('\\ at end of pattern', this.#pattern.length);
    const code = this.#codeEscape();
    if (code !== undefined) return code;
    const own = CLASS_ESCAPES[char];
    if (own !== undefined) return { text: own, length: 2 };
    if ('dDtnrf'.includes(char)) return { text: `\\${char}`, length: 2 };
    if (/[A-Z1-9]/.test(char)) throw new PatternError(`\\${char} is not supported in a class`, this.#at);
    this.#refuseLetter(char);
    return { text: literal(char), length: 2 };
  }
}

function literal(char: string): string {
  return /[\w ]/.test(char) ? char : byCode(char.charCodeAt(0));
}

function byCode(code: number): string {
  return `\\x${code.toString(16).padStart(2, '0')}`;
}
