// The file behind the store: one value a batch, in an lmdb database. Counterparts: journal.ts, which says what goes in and
// out; lmdb-file.ts, which checks the file before the library maps it.
// Invariant: a commit is one transaction; when it resolves, its pages and then its root are on disk (fdatasync, and a
// synchronous write of the meta page). lmdb is loaded here, and only here.

import { closeSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RootDatabase } from 'lmdb';
import { AmqpSpyError } from '../../errors.ts';
import { type DataFolder, syncFolder, unusable } from './data-folder.ts';
import type { Commit } from './journal.ts';
import { LmdbFile, type Snapshot } from './lmdb-file.ts';
import { CLEAN_SEQUENCE, Replay } from './replay.ts';

/** Files below this size, in bytes, are left as they are… */
const SHRINK_FROM = 64 * 1024 * 1024;
/** …and so are those that are used to a good part. */
const SHRINK_FACTOR = 4;

export class DataFile {
  readonly #path: string;
  readonly #database: RootDatabase<Buffer, Buffer>;

  private constructor(path: string, database: RootDatabase<Buffer, Buffer>) {
    this.#path = path;
    this.#database = database;
  }

  /** Opens the file, or makes it; it must have been read before. */
  static async open(path: string): Promise<DataFile> {
    try {
      const { open } = await import('lmdb');
      // Nobody else has the file open, so whatever an earlier process left in the library's lock file is void.
      rmSync(`${path}-lock`, { force: true });
      const database = open<Buffer, Buffer>({
        path,
        noSubdir: true,
        encoding: 'binary',
        keyEncoding: 'binary',
        // Else a commit would be reported before it is on disk.
        overlappingSync: false,
        // Else the library adds a batch of its own around ours, whose failure nobody hears, which ends the process.
        eventTurnBatching: false,
      });
      return new DataFile(path, database);
    } catch (error) {
      throw new AmqpSpyError('ERR_STORE', `${path} cannot be opened: ${messageOf(error)}`, { cause: error });
    }
  }

  /** Resolves once it is on disk. */
  commit({ puts, removals }: Commit): Promise<void> {
    const database = this.#database;
    return this.#write(() => {
      for (const batch of puts) database.put(keyOf(batch.sequence), batch.bytes!);
      for (const batch of removals) database.remove(keyOf(batch.sequence));
    });
  }

  /** Stores a value as it was read. */
  copy(sequence: number, value: Buffer): Promise<void> {
    return this.#write(() => this.#database.put(keyOf(sequence), value));
  }

  /** Stores or removes what a clean shutdown leaves. */
  setClean(value: Buffer | undefined): Promise<void> {
    const key = keyOf(CLEAN_SEQUENCE);
    return this.#write(() => (value === undefined ? this.#database.remove(key) : this.#database.put(key, value)));
  }

  read(sequence: number): Buffer {
    return this.#database.getBinary(keyOf(sequence)) ?? Buffer.alloc(0);
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  async #write(operations: () => void): Promise<void> {
    try {
      await this.#database.batch(operations);
    } catch (error) {
      throw await this.#refused(error);
    }
  }

  async #refused(error: unknown): Promise<AmqpSpyError> {
    // The library tells the reason in a promise that rejects with it.
    const details = (error as { commitError?: Promise<never> }).commitError;
    const cause = details === undefined ? error : await details.catch((reason: unknown) => reason);
    // A write that the disk takes only in part is an input/output error to the library.
    const hint = /No space|Input\/output/.test(messageOf(cause)) ? '; is the disk full?' : '';
    return new AmqpSpyError('ERR_STORE', `${this.#path} cannot be written: ${messageOf(cause)}${hint}`, { cause });
  }
}

/** Reads what a data folder holds. Cuts off a last commit that is damaged, and says so to `log`. */
export function readDataFile(folder: DataFolder, log: (line: string) => void): Replay {
  const path = folder.dataFile;
  let fd: number;
  try {
    fd = openSync(path, 'r+');
  } catch (error) {
    throw unusable(path, error);
  }
  try {
    const file = new LmdbFile(fd);
    const snapshots = file.snapshots();
    // The library would take a header that is not whole at its word, so that one goes too.
    let damage = snapshots.length === 1 ? headerDamage() : undefined;
    for (const snapshot of snapshots) {
      try {
        const replay = readSnapshot(file, snapshot);
        if (damage !== undefined) {
          file.cutTo(snapshot);
          log(`${path}: the last commit was not written whole, and is cut off (${damage.message})`);
        }
        return replay;
      } catch (error) {
        if (!(error instanceof AmqpSpyError)) throw error;
        damage ??= error;
      }
    }
    throw damagedFile(path, damage);
  } finally {
    closeSync(fd);
  }
}

/**
 * Gives the disk back what a backlog took that is gone, by writing anew what is left: the library's file never shrinks.
 * The new file takes the old one's place at once; a disk that has no room for it keeps the old one.
 */
export async function shrinkDataFile(path: string, replay: Replay): Promise<void> {
  const size = statSync(path).size;
  if (size < SHRINK_FROM || size < SHRINK_FACTOR * replay.size) return;
  const fresh = `${path}.new`;
  try {
    rmSync(fresh, { force: true });
    const file = await DataFile.open(fresh);
    for (const [sequence, value] of replay.values()) await file.copy(sequence, value);
    await file.close();
    renameSync(fresh, path);
    syncFolder(dirname(path));
  } catch (error) {
    if (!(error instanceof AmqpSpyError)) throw error;
  } finally {
    rmSync(fresh, { force: true });
    rmSync(`${fresh}-lock`, { force: true });
  }
}

/** Whether a file holds nothing: what a first start leaves that was killed. */
export function isEmptyDataFile(path: string): boolean {
  const fd = openSync(path, 'r');
  try {
    const snapshots = new LmdbFile(fd).snapshots();
    return statSync(path).size === 0 || (snapshots.length > 0 && snapshots.every(({ main }) => main.entries === 0));
  } finally {
    closeSync(fd);
  }
}

function readSnapshot(file: LmdbFile, snapshot: Snapshot): Replay {
  const replay = new Replay();
  for (const [key, value] of file.entries(snapshot)) replay.add(sequenceOf(key), value);
  return replay;
}

/** Eight bytes, big-endian, so that keys sort as sequences do. */
function keyOf(sequence: number): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeUInt32BE(Math.floor(sequence / 0x100000000), 0);
  key.writeUInt32BE(sequence % 0x100000000, 4);
  return key;
}

function sequenceOf(key: Buffer): number {
  if (key.length !== 8) throw new AmqpSpyError('ERR_STORE_DAMAGED', `a key of ${key.length} bytes, expected 8`);
  return key.readUInt32BE(0) * 0x100000000 + key.readUInt32BE(4);
}

function headerDamage(): AmqpSpyError {
  return new AmqpSpyError('ERR_STORE_DAMAGED', 'one of its two headers is not whole');
}

function damagedFile(path: string, damage: AmqpSpyError | undefined): AmqpSpyError {
  const what = damage?.message ?? 'it has no header of an lmdb database';
  return new AmqpSpyError(
    'ERR_STORE_DAMAGED',
    `${path} is damaged: ${what}; nothing was changed: restore the folder from a backup, or give another with --data-dir`,
    { cause: damage },
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
