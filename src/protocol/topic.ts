// How the routing keys of topic exchanges match (AMQP 0-9-1 §3.1.3.3): words joined by dots; in a pattern `*` stands for
// one word and `#` for any number of them. Counterpart: broker/exchange/topic-trie.ts, for many patterns at once.
// Invariant: takes time in proportion to pattern times key.

/** Whether the key matches. `matchesWord` decides on single words, where more than `*` is to be known. */
export function matchesTopic(pattern: string, key: string, matchesWord: typeof isWordOrStar = isWordOrStar): boolean {
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

function isWordOrStar(part: string, word: string): boolean {
  return part === '*' || part === word;
}
