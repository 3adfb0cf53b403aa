// Regular expressions that take linear time, whatever the text: RE2's syntax, by re2js, which is imported here alone.
// Invariant: what a peer sends can make no pattern slow, and what a user writes no larger than LARGEST_PROGRAM.

import { RE2JS } from 're2js';

/** Instructions of a compiled pattern: the time for a text is at most its length times this. */
const LARGEST_PROGRAM = 1000;
/** Beyond this estimate the pattern is not even compiled, which takes a microsecond an instruction. */
const LARGEST_ESTIMATE = 10 * LARGEST_PROGRAM;

/**
 * A test whether the pattern matches anywhere in a text, in upper or lower case unless it says `(?-i)`, as Wireshark's
 * does. Throws an Error that says what is wrong with the pattern.
 */
export function compilePattern(pattern: string): (text: string) => boolean {
  if (estimatedSize(pattern) > LARGEST_ESTIMATE) throw new Error('the pattern is too large');
  const compiled = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
  if (compiled.programSize() > LARGEST_PROGRAM) throw new Error('the pattern is too large');
  return (text) => compiled.test(text);
}

/** What can be repeated, a group's ends, or how often it is repeated. */
const PIECE = /\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\[\^?\]?(?:\\.|[^\]\\])*\]?|\\.|[()]|\{(\d+)(?:,(\d*))?\}|./gs;

/** Instructions that the pattern comes to, its repetitions written out; roughly, and at least 1. */
function estimatedSize(pattern: string): number {
  const outer: number[] = [];
  let size = 1;
  let piece = 0;
  for (const [text, least, most] of pattern.matchAll(PIECE)) {
    if (least !== undefined) {
      const repeated = piece * Math.max(1, Number(most || least));
      size += repeated - piece;
      piece = repeated;
    } else if (text === '(') {
      outer.push(size);
      size = 0;
    } else if (text === ')') {
      piece = size + 2;
      size = piece + (outer.pop() ?? 0);
    } else {
      piece = 1;
      size += 1;
    }
  }
  return outer.reduce((sum, part) => sum + part, size);
}
