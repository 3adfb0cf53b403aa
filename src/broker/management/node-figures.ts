// Figures of the process and the machine it runs on: memory, file descriptors, disk. What the system does not tell is 0.

import { readdir, readFile, statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { BrokerOptions } from '../broker.ts';

export interface Figures {
  readonly memoryUsed: number;
  readonly filesOpen: number;
  readonly filesLimit: number;
  readonly diskFree: number;
  /** Free bytes below which the disk counts as full. */
  readonly diskLimit: number;
}

/** RabbitMQ's default, and the store's. */
const DISK_LIMIT = 50_000_000;

export class NodeFigures {
  readonly processors = availableParallelism();
  #filesLimit: number | undefined;

  /** As of now. */
  async read({ options }: { readonly options: BrokerOptions }): Promise<Figures> {
    this.#filesLimit ??= await openFilesLimit();
    const [filesOpen, diskFree] = await Promise.all([openFiles(), freeBytes(options.dataDir ?? process.cwd())]);
    const diskLimit = options.diskLimit ?? DISK_LIMIT;
    return { memoryUsed: process.memoryUsage.rss(), filesOpen, filesLimit: this.#filesLimit, diskFree, diskLimit };
  }
}

/** Linux only. */
async function openFiles(): Promise<number> {
  const entries = await readdir('/proc/self/fd').catch(() => []);
  return entries.length;
}

/** Linux only. */
async function openFilesLimit(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? 0);
}

async function freeBytes(folder: string): Promise<number> {
  const found = await statfs(folder).catch(() => undefined);
  return found ? found.bavail * found.bsize : 0;
}
