// What a terminal sends when keys are pressed, made keys again. Counterpart: screen.ts, which reads it from the terminal.
// Invariant: bytes may come in any pieces; a sequence of no known key is passed over as a whole, never typed as text.

const ESCAPE = '\x1b';

/** A character as it was typed, or one of the names below. */
export type Key = string;

/** The last letter of `ESC [ …` and `ESC O …`, as xterm and those after it send it. */
const BY_FINAL: { readonly [final: string]: Key } = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  Z: 'back-tab',
};
/** The number of `ESC [ n ~`. */
const BY_NUMBER: { readonly [number: string]: Key } = {
  1: 'home',
  4: 'end',
  5: 'page-up',
  6: 'page-down',
  7: 'home',
  8: 'end',
};
const CONTROLS: { readonly [character: string]: Key } = {
  '\x03': 'ctrl-c',
  '\x08': 'backspace',
  '\t': 'tab',
  '\n': 'enter',
  '\x0c': 'ctrl-l',
  '\r': 'enter',
  '\x15': 'ctrl-u',
  '\x17': 'ctrl-w',
  '\x1a': 'ctrl-z',
  '\x7f': 'backspace',
};

/** A whole sequence: CSI (ECMA-48 §5.4), SS3 and its letter, or Alt and a character. */
const SEQUENCE = /^\x1b(?:\[([0-?]*)[ -/]*([@-~])|O([ -~])|[^[O\x1b])/u;
/** A key and its modifiers; reports of the terminal begin with another sign. */
const PLAIN_PARAMETERS = /^[\d;]*$/;
const KEYPAD_ENTER = 'M';
/** The beginning of one. */
const UNFINISHED = /^\x1b(?:\[[0-?]*[ -/]*|O)?$/;

export class KeyDecoder {
  #rest = '';

  /** The keys that are complete with this text. */
  decode(text: string): Key[] {
    let left = this.#rest + text;
    this.#rest = '';
    const keys: Key[] = [];
    while (left !== '') {
      if (left[0] !== ESCAPE) {
        const character = String.fromCodePoint(left.codePointAt(0)!);
        left = left.slice(character.length);
        const key = keyOf(character);
        if (key !== undefined) keys.push(key);
      } else if (UNFINISHED.test(left)) {
        this.#rest = left;
        left = '';
      } else {
        const sequence = SEQUENCE.exec(left);
        left = left.slice(sequence ? sequence[0].length : 1);
        const key = sequence ? keyOfSequence(sequence) : 'escape';
        if (key !== undefined) keys.push(key);
      }
    }
    return keys;
  }

  /** Something was begun: an escape sequence, or the escape key alone. Only the time that passes tells which. */
  get waiting(): boolean {
    return this.#rest !== '';
  }

  /** Nothing more came: what was begun is the escape key, or a broken sequence. */
  timeout(): Key[] {
    const keys = this.#rest === ESCAPE ? ['escape'] : [];
    this.#rest = '';
    return keys;
  }
}

/** Whether the key types a character. */
export function isCharacter(key: Key): boolean {
  return key.length === 1 || (key.length === 2 && key.codePointAt(0)! > 0xffff);
}

function keyOf(character: string): Key | undefined {
  const control = CONTROLS[character];
  if (control !== undefined) return control;
  return character < ' ' || (character >= '\x80' && character < '\xa0') ? undefined : character;
}

function keyOfSequence([, parameters, csi, ss3]: RegExpExecArray): Key | undefined {
  if (ss3 !== undefined) return ss3 === KEYPAD_ENTER ? 'enter' : BY_FINAL[ss3];
  if (csi === undefined || !PLAIN_PARAMETERS.test(parameters!)) return undefined;
  return csi === '~' ? BY_NUMBER[parameters!.split(';')[0]!] : BY_FINAL[csi];
}
