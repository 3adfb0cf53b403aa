// Watches the free space of the disk that a folder is on: RabbitMQ's disk alarm (disk_free_limit).

import { statfs } from 'node:fs/promises';
import type { BrokerClock, Timer } from '../clock.ts';

/** RabbitMQ's default disk_free_limit, in bytes. */
export const DISK_FREE_LIMIT = 50_000_000;

/** How often to look, in ms: disks do not fill up faster than this leaves them room. */
const INTERVAL_MS = 2_000;

/** Free bytes that this process may use. */
export type FreeSpace = (folder: string) => Promise<number>;

export const freeSpaceOf: FreeSpace = async (folder) => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

export class DiskWatch {
  /** Called whenever the limit is passed, either way. */
  onChange: ((full: boolean) => void) | undefined;
  readonly #folder: string;
  readonly #limit: number;
  readonly #freeSpace: FreeSpace;
  readonly #clock: BrokerClock;
  #full = false;
  #stopped = false;
  #timer: Timer | undefined;

  constructor(folder: string, limit: number, freeSpace: FreeSpace, clock: BrokerClock) {
    this.#folder = folder;
    this.#limit = limit;
    this.#freeSpace = freeSpace;
    this.#clock = clock;
    this.#timer = clock.after(0, () => void this.#look());
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    // A disk that does not say how full it is cannot be watched; that writing fails is told by the write.
    const free = await this.#freeSpace(this.#folder).catch(() => Number.POSITIVE_INFINITY);
    if (this.#stopped) return;
    const full = free < this.#limit;
    if (full !== this.#full) {
      this.#full = full;
      this.onChange?.(full);
    }
    this.#timer = this.#clock.after(INTERVAL_MS, () => void this.#look());
  }
}
