// The name that somebody may have meant: the one with the fewest slips of the keyboard between.
// Invariant: the time is bounded, however many and however long the names: the last ones are not looked at then.

/** More slips than this are another name, however long it is. */
const MOST_SLIPS = 8;
/** Comparisons of letters that one look may take: some ms. */
const MOST_LOOKS = 1_000_000;

/** Of the names the one nearest to the text, if it is near enough to be meant. */
export function nearest(text: string, names: Iterable<string>): string | undefined {
  const wanted = text.toLowerCase();
  let best: string | undefined;
  let most = Math.min(MOST_SLIPS, Math.max(1, Math.floor(text.length / 3)));
  let looks = 0;
  for (const name of names) {
    if (Math.abs(name.length - text.length) > most) continue;
    if (looks > MOST_LOOKS) break;
    looks += text.length * (2 * most + 1);
    const slips = slipsBetween(wanted, name.toLowerCase(), most);
    if (slips > most) continue;
    best = name;
    most = slips - 1;
  }
  return best;
}

/**
 * Letters to put in, leave out, change or swap with their neighbour (optimal string alignment); something above `most` if
 * they are more. Only what is at most so far apart is compared.
 */
function slipsBetween(a: string, b: string, most: number): number {
  const tooMany = most + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row: number[] = new Array(b.length + 1).fill(tooMany);
    row[0] = i;
    let least = i;
    for (let j = Math.max(1, i - most); j <= Math.min(b.length, i + most); j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let slips = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + change);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) slips = Math.min(slips, before[j - 2]! + 1);
      row[j] = slips;
      if (slips < least) least = slips;
    }
    if (least > most) return tooMany;
    before = last;
    last = row;
  }
  return last[b.length]!;
}
