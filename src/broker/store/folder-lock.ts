// A lock file that keeps a second process out of a folder: it names the process that holds it. Counterpart: data-folder.ts.
// A process that was killed leaves its file behind; whoever finds that the process is no more takes the lock over. On
// Linux a process is told from a later one with the same number by when it started.

import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from './error-code.ts';

export const LOCK_FILE = 'lock';

interface Holder {
  readonly pid: number;
  /** Clock ticks since boot; 0: unknown. */
  readonly started: number;
}

/** Who holds the folder, if not we now. Throws what the file system throws. */
export function takeLock(folder: string): { release(): void } | { holder: number } {
  const path = join(folder, LOCK_FILE);
  const own = JSON.stringify({ pid: process.pid, started: startOf(process.pid) });
  const fresh = `${path}.${process.pid}`;
  try {
    writeFileSync(fresh, own);
    for (;;) {
      try {
        place(fresh, path, own);
        return { release: () => release(path, own) };
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error;
      }
      const holder = readHolder(path);
      if (holder !== undefined && isAlive(holder)) return { holder: holder.pid };
      setAside(path, holder);
    }
  } finally {
    rmSync(fresh, { force: true });
  }
}

/** Removes a stale lock; one that another process made in the meantime is put back. */
function setAside(path: string, stale: Holder | undefined): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return;
  }
  const found = readHolder(aside);
  if (found !== undefined && found.pid !== stale?.pid) renameSync(aside, path);
  else rmSync(aside, { force: true });
}

/** Makes the lock file, whole at once where the file system can; throws EEXIST if there is one. */
function place(fresh: string, path: string, own: string): void {
  try {
    linkSync(fresh, path);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw error;
    writeFileSync(path, own, { flag: 'wx' });
  }
}

function release(path: string, own: string): void {
  if (readText(path) === own) rmSync(path, { force: true });
}

function readHolder(path: string): Holder | undefined {
  try {
    const { pid, started } = JSON.parse(readText(path) ?? '') as Partial<Holder>;
    return Number.isInteger(pid) && pid! > 0 ? { pid: pid!, started: Number(started) || 0 } : undefined;
  } catch {
    return undefined; // cut off by a kill, and so of nobody
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
  }
  const now = startOf(pid);
  return started === 0 || now === 0 || now === started;
}

/** When a process started, in clock ticks since boot (proc(5)); 0 where that cannot be told. */
function startOf(pid: number): number {
  const stat = readText(`/proc/${pid}/stat`);
  // The second field, the name in parentheses, may hold spaces; the start is field 22.
  return Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]) || 0;
}
