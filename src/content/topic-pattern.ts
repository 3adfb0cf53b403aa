// Patterns on routing keys, as topic exchanges know them (AMQP 0-9-1 §3.1.3.3): `*` is one word, `#` any number of them.
// Within a word `*` stands for any characters: `order-*`. Invariant: takes time in proportion to pattern times key.

/** Whether the key matches; a pattern without wildcards is the key itself. */
export function matchesTopic(pattern: string, key: string): boolean {
  const words = key.split('.');
  // Which numbers of words the pattern so far can have eaten.
  let reached = new Array<boolean>(words.length + 1).fill(false);
  reached[0] = true;
  for (const part of pattern.split('.')) {
    const next = new Array<boolean>(words.length + 1).fill(false);
    for (let i = 0; i <= words.length; i++) {
      if (part === '#') next[i] = reached[i]! || (i > 0 && next[i - 1]!);
      else next[i] = i > 0 && reached[i - 1]! && matchesWord(part, words[i - 1]!);
    }
    reached = next;
  }
  return reached[words.length]!;
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
