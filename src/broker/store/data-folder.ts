// The folder that holds a broker's data: made, recognised, locked. Counterpart: lmdb-store.ts, which fills it.
// Invariant: nothing in a folder that is not ours, is in use, or was written by a newer version is touched.
//
//   amqp-spy.json   says that this is a data folder, and of which version; written last, once the rest is there
//   data.mdb        the data; beside it data.mdb-lock, the library's own
//   lock            the process that uses it

import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { AmqpSpyError, ConfigError } from '../../errors.ts';
import { errorCode } from './error-code.ts';
import { LOCK_FILE, takeLock } from './folder-lock.ts';

const MARKER_FILE = 'amqp-spy.json';
const FORMAT = 'amqp-spy broker data';
/** Grows whenever an older version could not read what is written. */
const VERSION = 1;
/** Files that a start which was cut short may leave, before there is a marker; and what an empty volume has. */
const HARMLESS_FILES = ['data.mdb', 'data.mdb-lock', LOCK_FILE, `${MARKER_FILE}.new`, 'lost+found'];

export class DataFolder {
  readonly path: string;
  /** Whether there is no data in it yet: `data.mdb` may be made anew, and `mark` has to follow. */
  readonly isNew: boolean;
  readonly #release: () => void;

  private constructor(path: string, isNew: boolean, release: () => void) {
    this.path = path;
    this.isNew = isNew;
    this.#release = release;
  }

  /** Makes the folder if it is not there, and locks it. Throws ConfigError, or ERR_STORE_DAMAGED. */
  static open(folder: string): DataFolder {
    const path = resolve(folder);
    try {
      makeFolder(path);
      readMarker(path);
      const lock = takeLock(path);
      if ('holder' in lock) throw inUse(path, lock.holder);
      // Once more: it may have become a data folder just before it was locked.
      return new DataFolder(path, readMarker(path) === undefined, () => lock.release());
    } catch (error) {
      throw error instanceof AmqpSpyError ? error : unusable(path, error);
    }
  }

  /** The file that the library keeps its data in. */
  get dataFile(): string {
    return join(this.path, 'data.mdb');
  }

  /** Makes it a data folder for good; what it holds must be durable by now. */
  mark(): void {
    const path = join(this.path, MARKER_FILE);
    writeFileSync(`${path}.new`, `${JSON.stringify({ format: FORMAT, version: VERSION })}\n`, { flush: true });
    renameSync(`${path}.new`, path);
    syncFolder(this.path);
  }

  release(): void {
    this.#release();
  }
}

/** Makes the names of the files in a folder durable. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** The version of the data in the folder; undefined: there is none. */
function readMarker(path: string): number | undefined {
  const files = readdirSync(path);
  if (!files.includes(MARKER_FILE)) {
    const foreign = files.find((file) => !HARMLESS_FILES.includes(file) && !file.startsWith(`${LOCK_FILE}.`));
    if (foreign !== undefined) throw foreignFiles(path, foreign);
    return undefined;
  }
  const { format, version } = parseMarker(path, readFileSync(join(path, MARKER_FILE), 'utf8'));
  if (format !== FORMAT || typeof version !== 'number') throw damagedMarker(path);
  if (version > VERSION) throw newerVersion(path, version);
  return version;
}

function parseMarker(path: string, text: string): { format?: unknown; version?: unknown } {
  try {
    return Object(JSON.parse(text));
  } catch {
    throw damagedMarker(path);
  }
}

const OPTION = '--data-dir';

function inUse(path: string, pid: number): ConfigError {
  return new ConfigError(OPTION, `${path} is in use by process ${pid}: stop that one, or give another folder`);
}

function foreignFiles(path: string, file: string): ConfigError {
  return new ConfigError(
    OPTION,
    `${path} is not a data folder: it holds '${file}' and no ${MARKER_FILE}; give an empty or a new folder`,
  );
}

function newerVersion(path: string, version: number): ConfigError {
  return new ConfigError(
    OPTION,
    `${path} was written by a newer amqp-spy (data version ${version}, this one reads up to ${VERSION}): update amqp-spy, or give another folder`,
  );
}

function damagedMarker(path: string): AmqpSpyError {
  return new AmqpSpyError(
    'ERR_STORE_DAMAGED',
    `${join(path, MARKER_FILE)} is damaged: expected {"format":"${FORMAT}","version":${VERSION}}; restore it from a backup, or give another folder with --data-dir`,
  );
}

/** What the file system said, as an error that users understand. */
export function unusable(path: string, cause: unknown): ConfigError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const code = errorCode(cause);
  const expected = code === 'ENOTDIR' || code === 'EEXIST' ? 'a folder' : 'a folder that this process may write';
  const hint = code === 'ENOSPC' ? 'free some space' : `expected ${expected}`;
  return new ConfigError(OPTION, `${path} cannot be used (${reason}): ${hint}`, { cause });
}

/** With its parents. Not by mkdir's own `recursive`, which never ends below folders that refuse with ENOENT, as /proc does. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return;
    if (errorCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    mkdirSync(path);
  }
}
