// Which of a table's columns fit on the terminal, and how wide they are.
// Invariant: the widths and the gaps between them never sum up to more than there is, one column alone excepted.

export interface Want {
  readonly least: number;
  /** What it would like to have. */
  readonly most: number;
  /** Those of the highest rank are left out first. */
  readonly rank: number;
}

/** A width for each; 0: left out. What is left goes evenly to those that want more. */
export function fitColumns(wants: readonly Want[], available: number, gap: number): number[] {
  const chosen = choose(wants, available, gap);
  const widths = wants.map((want) => (chosen.has(want) ? want.least : 0));
  let left = available + gap;
  for (const width of widths) if (width > 0) left -= width + gap;
  for (;;) {
    const needy = widths.flatMap((width, i) => (width > 0 && width < wants[i]!.most ? [i] : []));
    if (left <= 0 || needy.length === 0) return widths;
    const share = Math.max(1, Math.floor(left / needy.length));
    for (const i of needy) {
      const more = Math.min(share, wants[i]!.most - widths[i]!, left);
      widths[i]! += more;
      left -= more;
    }
  }
}

function choose(wants: readonly Want[], available: number, gap: number): Set<Want> {
  const chosen = new Set<Want>();
  let taken = -gap;
  for (const want of [...wants].sort((a, b) => a.rank - b.rank)) {
    taken += gap + want.least;
    if (taken > available && chosen.size > 0) break;
    chosen.add(want);
  }
  return chosen;
}
