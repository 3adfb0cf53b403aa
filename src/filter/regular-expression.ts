// Regular expressions that take linear time, whatever the text: RE2's syntax, by re2js, which is imported here alone.
// Invariant: what a peer sends can make no pattern slow, and what a user writes no larger than LARGEST_PROGRAM.

import { RE2JS } from 're2js';

/** Instructions of a compiled pattern: the time for a text is at most its length times this. */
const LARGEST_PROGRAM = 1000;

/** A test whether the pattern matches anywhere in a text. Throws an Error that says what is wrong with the pattern. */
export function compilePattern(pattern: string): (text: string) => boolean {
  const compiled = RE2JS.compile(pattern);
  if (compiled.programSize() > LARGEST_PROGRAM) throw new Error('the pattern is too large');
  return (text) => compiled.test(text);
}
