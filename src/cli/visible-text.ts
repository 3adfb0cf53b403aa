// Text from the wire, made safe to show: what a terminal would act upon, or not show at all, becomes an escape.
// Counterpart of line.ts, through which all text reaches the terminal.
// Invariant: the result holds no control, format, bidi or invisible character, no lone surrogate and no line break.

const PLAIN = /^[\x20-\x7e]*$/;
/**
 * Control, format (bidi controls, zero-width joiners), unassigned, private-use and surrogate code points; line and
 * paragraph separators; blanks that look like a space and are none; invisible letters. An emoji's variation selector
 * and the ideographic space are what they look like.
 */
const HIDDEN = /(?![\ufe0f\u3000 ])[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/gu;
const SHORT_ESCAPES: { readonly [character: string]: string } = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\0': '\\0' };
/** Where protocol/text.ts puts bytes that are not UTF-8. */
const FIRST_BYTE = 0xdc80;
const LAST_BYTE = 0xdcff;
const BYTE_ESCAPE = 0xdc00;

/** Whether the text is printable ASCII alone, as most is: one column a character, and nothing to escape. */
export function isPlain(text: string): boolean {
  return PLAIN.test(text);
}

/** The text with everything a terminal could act upon escaped: `\n`, `\x1b`, `\u{202e}`; `\xff` for a byte that is not UTF-8. */
export function visibleText(text: string): string {
  return isPlain(text) ? text : text.replace(HIDDEN, escapeOf);
}

function escapeOf(character: string): string {
  const short = SHORT_ESCAPES[character];
  if (short) return short;
  const code = character.codePointAt(0)!;
  const byte = code >= FIRST_BYTE && code <= LAST_BYTE ? code - BYTE_ESCAPE : code;
  return byte <= 0xff ? `\\x${byte.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}
