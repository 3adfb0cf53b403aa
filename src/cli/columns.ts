// How many terminal columns visible text takes: two for a wide (East Asian, emoji) character, none for a combining mark.
// Counterpart of visible-text.ts, whose output it measures; line.ts cuts with it.

import { isPlain } from './visible-text.ts';

const NO_COLUMN = /^[\p{Mn}\p{Me}]$/u;
/** Regional indicators are left out: it takes two for a flag of two columns. */
const EMOJI = /^(?!\p{Regional_Indicator})\p{Emoji_Presentation}$/u;

/** Code points of East Asian width W or F, as pairs of first and last (Unicode 16, UAX #11), emoji apart. */
const WIDE = [
  0x1100, 0x115f, 0x2329, 0x232a, 0x2e80, 0x303e, 0x3041, 0x3247, 0x3250, 0x4dbf, 0x4e00, 0xa4cf, 0xa960, 0xa97c,
  0xac00, 0xd7a3, 0xf900, 0xfaff, 0xfe10, 0xfe19, 0xfe30, 0xfe6f, 0xff01, 0xff60, 0xffe0, 0xffe6, 0x16fe0, 0x18dff,
  0x1aff0, 0x1b2ff, 0x1d300, 0x1d376, 0x1f200, 0x1f265, 0x20000, 0x3fffd,
];

/** Columns that the text takes. */
export function columnsOf(text: string): number {
  if (isPlain(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += columnsOfCharacter(character);
  return columns;
}

/** The longest beginning of the text that takes no more than `limit` columns. */
export function cutToColumns(text: string, limit: number): string {
  if (isPlain(text)) return text.slice(0, limit);
  let columns = 0;
  let end = 0;
  for (const character of text) {
    columns += columnsOfCharacter(character);
    if (columns > limit) break;
    end += character.length;
  }
  return text.slice(0, end);
}

function columnsOfCharacter(character: string): 0 | 1 | 2 {
  const code = character.codePointAt(0)!;
  if (code < 0x300) return 1;
  if (NO_COLUMN.test(character)) return 0;
  return isWide(code) || EMOJI.test(character) ? 2 : 1;
}

function isWide(code: number): boolean {
  let low = 0;
  let high = WIDE.length >> 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (WIDE[2 * middle + 1]! < code) low = middle + 1;
    else high = middle;
  }
  return low < WIDE.length >> 1 && code >= WIDE[2 * low]!;
}
