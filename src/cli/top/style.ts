// How the full screen looks: the palette of all output, and the attributes that only a screen needs.
// Invariant: without colour the attributes stay, for they are how one sees what is selected.

import { loadPalette, type Paint, type Palette } from '../palette.ts';

export interface Style extends Palette {
  /** What is selected: a tab, a row. */
  readonly selected: Paint;
  /** Headings. */
  readonly heading: Paint;
}

const attribute =
  (on: number, off: number): Paint =>
  (text) =>
    `\x1b[${on}m${text}\x1b[${off}m`;
const inverse = attribute(7, 27);
const bold = attribute(1, 22);
const dim = attribute(2, 22);

/** Loads the colours, if they are wanted. */
export async function loadStyle(color: boolean): Promise<Style> {
  return { ...(await loadPalette(color)), selected: inverse, heading: bold, strong: bold, faint: dim };
}
