// The last minute of a number as a line of bars: `▁▂▅▇█▅▂`.
// Invariant: a value above 0 is seen, however small.

const BARS = '▁▂▃▄▅▆▇█';
/** Values kept: one a second. */
const KEPT = 60;

export class Sparkline {
  readonly #values: number[] = [];

  /** Adds the newest value. */
  add(value: number): void {
    this.#values.push(value);
    if (this.#values.length > KEPT) this.#values.shift();
  }

  /** The newest values, one a column, the newest at the right; the greatest of them as high as a bar can be. */
  text(columns: number): string {
    const shown = columns > 0 ? this.#values.slice(-columns) : [];
    const most = Math.max(...shown, 0);
    const bars = shown.map((value) => (value > 0 ? BARS[Math.ceil((value / most) * BARS.length) - 1]! : ' '));
    return bars.join('').padStart(columns);
  }
}
