// Patterns on routing keys for schemas: those of topic exchanges (protocol/topic.ts), and within a word `*` stands for any
// characters: `order-*`. Invariant: takes time in proportion to pattern times key.

import { matchesTopic } from '../protocol/topic.ts';

/** Whether the key matches; a pattern without wildcards is the key itself. */
export function matchesPattern(pattern: string, key: string): boolean {
  return matchesTopic(pattern, key, matchesWord);
}

/** The pieces between the asterisks, found one after the other. */
function matchesWord(part: string, word: string): boolean {
  const [head = '', ...rest] = part.split('*');
  const tail = rest.pop();
  if (tail === undefined) return part === word;
  if (word.length < head.length + tail.length || !word.startsWith(head) || !word.endsWith(tail)) return false;
  let at = head.length;
  for (const piece of rest) {
    const found = word.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= word.length - tail.length;
}
