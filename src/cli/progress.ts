// How far a long read has come, on standard error; nothing for what takes less than a second, or where nobody looks.

import { performance } from 'node:perf_hooks';
import type { Writable } from 'node:stream';
import { formatByteSize } from '../log/quantity.ts';

/** ms before the first sight of the bar, and between two. */
const FIRST_MS = 1000;
const NEXT_MS = 100;
const CELLS = 30;
const ERASE_LINE = '\r\x1b[K';

export class Progress {
  readonly #stream: Writable;
  readonly #total: number;
  readonly #startedAt = performance.now();
  #shownAt = 0;

  /** `total` in bytes. */
  constructor(stream: Writable, total: number) {
    this.#stream = stream;
    this.#total = total;
  }

  /** `done` bytes are read. */
  update(done: number): void {
    const now = performance.now();
    if (now - this.#startedAt < FIRST_MS || now - this.#shownAt < NEXT_MS) return;
    this.#shownAt = now;
    this.#stream.write(`${ERASE_LINE}${progressText(done, this.#total, now - this.#startedAt)}`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#shownAt > 0) this.#stream.write(ERASE_LINE);
  }
}

/** `██████▌───────  21 %  120 MiB of 570 MiB  190 MiB/s`; `elapsed` in ms. */
export function progressText(done: number, total: number, elapsed: number): string {
  const part = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.round(part * CELLS);
  const bar = '█'.repeat(full) + '░'.repeat(CELLS - full);
  const rate = formatByteSize(done / (elapsed / 1000));
  const percent = String(Math.floor(part * 100)).padStart(3);
  return `${bar} ${percent} %  ${formatByteSize(done)} of ${formatByteSize(total)}  ${rate}/s`;
}
