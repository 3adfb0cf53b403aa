// The store on disk: gathers writes while a commit is under way, and commits what was gathered when it is done, so that
// any number of publishers share one wait for the disk. Counterparts: journal.ts, which says what a commit writes;
// data-file.ts, which writes it.
// Invariant: one commit at a time, in order; a flush calls back once the commit that took its writes is on disk.

import { existsSync, rmSync } from 'node:fs';
import { AmqpSpyError, ConfigError } from '../../errors.ts';
import { type BrokerClock, REAL_CLOCK, type Timer } from '../clock.ts';
import type { Message } from '../message/message.ts';
import { Batch } from './batch.ts';
import { BATCH_HEADER, DELIVERED_SIZE } from './batch-record.ts';
import { BatchWriter } from './batch-writer.ts';
import { DataFile, isEmptyDataFile, readDataFile, shrinkDataFile } from './data-file.ts';
import { DataFolder } from './data-folder.ts';
import { DISK_FREE_LIMIT, DiskWatch, type FreeSpace, freeSpaceOf } from './disk-space.ts';
import { Journal } from './journal.ts';
import { CLEAN_SEQUENCE, Replay } from './replay.ts';
import type { Entity, EntityKind, Store, StoredMessage, StoredPlace } from './store.ts';

/** What nobody asked to flush, acknowledgements mostly, is on its way to disk after this long, in ms. */
const LAZY_MS = 100;
/** …or once it is so much, in bytes. */
const LAZY_BYTES = 1024 * 1024;

/** Free disk space, in bytes, without which a store is not opened. */
const ROOM_TO_OPEN = 1024 * 1024;

export interface StoreOptions {
  /** Told in one line what an operator should know. */
  readonly log?: (line: string) => void;
  readonly clock?: BrokerClock;
  /** Free disk space in bytes below which the store counts as full; RabbitMQ's disk_free_limit. */
  readonly diskFreeLimit?: number;
  readonly freeSpace?: FreeSpace;
}

/**
 * Opens the store in this folder, or makes one there.
 *
 * Throws ConfigError if the folder is in use, written by a newer version, not a data folder, not writable or full, and
 * AmqpSpyError ERR_STORE_DAMAGED if its data is damaged beyond the last commit. Nothing is changed then.
 */
export async function openStore(folder: string, options: StoreOptions = {}): Promise<Store> {
  const dataFolder = DataFolder.open(folder);
  try {
    await checkRoom(dataFolder.path, options.freeSpace ?? freeSpaceOf);
    const replay = dataFolder.isNew ? new Replay() : readDataFile(dataFolder, options.log ?? (() => {}));
    if (dataFolder.isNew) clearUnfinished(dataFolder);
    else await shrinkDataFile(dataFolder.dataFile, replay);
    const file = await DataFile.open(dataFolder.dataFile);
    if (dataFolder.isNew) dataFolder.mark();
    // From now on messages are delivered, which the record of the last shutdown knows nothing about.
    if (replay.wasClosed) await file.setClean(undefined);
    return new LmdbStore(dataFolder, file, replay, options);
  } catch (error) {
    dataFolder.release();
    throw error;
  }
}

/** The library maps its lock file, and a page of a map that the disk has no room for ends the process. */
async function checkRoom(path: string, freeSpace: FreeSpace): Promise<void> {
  const free = await freeSpace(path).catch(() => Number.POSITIVE_INFINITY);
  if (free >= ROOM_TO_OPEN) return;
  throw new ConfigError(
    '--data-dir',
    `${path} is on a full disk (${free} bytes free): free 1 MiB, or give another folder`,
  );
}

/** Removes the data file of a first start that was killed before it was done. */
function clearUnfinished({ path, dataFile }: DataFolder): void {
  if (!existsSync(dataFile)) return;
  if (!isEmptyDataFile(dataFile)) {
    throw new AmqpSpyError('ERR_STORE_DAMAGED', `${path} has lost its amqp-spy.json, or data.mdb is not ours`);
  }
  rmSync(dataFile);
}

class LmdbStore implements Store {
  onFailure: ((error: Error) => void) | undefined;
  readonly #folder: DataFolder;
  readonly #file: DataFile;
  readonly #journal: Journal;
  readonly #clock: BrokerClock;
  readonly #watch: DiskWatch;
  #replay: Replay | undefined;
  #entities: Entity[];
  #waiting: (() => void)[] = [];
  #commit: Promise<void> | undefined;
  #scheduled = false;
  #touched = false;
  #lazy: Timer | undefined;
  /** The disk refused, or the store is closed: nothing is taken any more. */
  #failed = false;

  constructor(folder: DataFolder, file: DataFile, replay: Replay, options: StoreOptions) {
    this.#folder = folder;
    this.#file = file;
    this.#replay = replay;
    this.#journal = new Journal((sequence) => file.read(sequence));
    this.#clock = options.clock ?? REAL_CLOCK;
    replay.restore(this.#journal);
    this.#entities = replay.entities(this.#journal);
    const limit = options.diskFreeLimit ?? DISK_FREE_LIMIT;
    this.#watch = new DiskWatch(folder.path, limit, options.freeSpace ?? freeSpaceOf, this.#clock);
  }

  get onFull(): ((full: boolean) => void) | undefined {
    return this.#watch.onChange;
  }

  set onFull(handler: ((full: boolean) => void) | undefined) {
    this.#watch.onChange = handler;
  }

  entities(): Iterable<Entity> {
    return this.#entities;
  }

  messages(queue: number): Iterable<StoredMessage> {
    return this.#replay?.messages(queue) ?? [];
  }

  restored(): void {
    for (const queue of this.#replay?.queues() ?? []) this.deleteMessages(queue);
    this.#replay = undefined;
    this.#entities = [];
  }

  putEntity(kind: EntityKind, key: string, value: unknown): void {
    if (this.#failed) return;
    this.#journal.putEntity(kind, key, value);
    this.#touch();
  }

  deleteEntity(kind: EntityKind, key: string): void {
    if (this.#failed) return;
    this.#journal.deleteEntity(kind, key);
    this.#touch();
  }

  putMessage(
    queue: number,
    level: number,
    position: number,
    message: Message,
    storedAt: number,
    expiresAt: number,
  ): void {
    if (this.#failed) return;
    this.#journal.putMessage(queue, level, position, message, storedAt, expiresAt);
    this.#touch();
  }

  deleteMessage(queue: number, level: number, position: number): void {
    if (this.#failed) return;
    this.#journal.deleteMessage(queue, level, position);
    this.#touch();
  }

  deleteMessages(queue: number): void {
    if (this.#failed) return;
    this.#journal.deleteMessages(queue);
    this.#touch();
  }

  flush(done: () => void): void {
    if (this.#failed) return;
    this.#waiting.push(done);
    this.#schedule();
  }

  async close(delivered: Iterable<StoredPlace & { readonly deliveries: number }>): Promise<void> {
    this.#watch.stop();
    try {
      while (!this.#failed && (this.#commit !== undefined || this.#waiting.length > 0 || this.#touched)) {
        if (this.#commit === undefined) this.#begin();
        await this.#commit;
      }
      if (this.#failed) return;
      await this.#file.setClean(cleanValue([...delivered]));
      await this.#file.close();
    } finally {
      this.#lazy?.cancel();
      this.#failed = true;
      this.#folder.release();
    }
  }

  /** Something was written, and should be on disk before long. */
  #touch(): void {
    if (this.#touched) {
      if (this.#journal.gatheredBytes > LAZY_BYTES) this.#schedule();
      return;
    }
    this.#touched = true;
    if (this.#commit === undefined && !this.#scheduled) this.#beLazy();
  }

  #beLazy(): void {
    this.#lazy ??= this.#clock.after(LAZY_MS, () => this.#schedule());
  }

  /** Commits once what arrives in this turn of the event loop is gathered too. */
  #schedule(): void {
    if (this.#scheduled || this.#commit !== undefined || this.#failed) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#commit === undefined && !this.#failed) this.#begin();
    });
  }

  #begin(): void {
    this.#lazy?.cancel();
    this.#lazy = undefined;
    this.#touched = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      const commit = this.#journal.collect();
      if (commit.puts.length === 0 && commit.removals.length === 0) {
        for (const done of waiting) done();
        return;
      }
      this.#commit = this.#file.commit(commit).then(
        () => {
          this.#commit = undefined;
          this.#journal.recycle(commit);
          for (const done of waiting) done();
          if (this.#waiting.length > 0) this.#schedule();
          else if (this.#touched) this.#beLazy();
        },
        (error: Error) => this.#fail(error),
      );
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #fail(error: Error): void {
    this.#commit = undefined;
    this.#failed = true;
    this.onFailure?.(error);
  }
}

/** The record of a clean shutdown. */
function cleanValue(delivered: readonly (StoredPlace & { readonly deliveries: number })[]): Buffer {
  const buffer = Buffer.alloc(BATCH_HEADER + delivered.length * DELIVERED_SIZE);
  const writer = new BatchWriter(new Batch(CLEAN_SEQUENCE), buffer);
  for (const { queue, level, position, deliveries } of delivered) writer.delivered(queue, level, position, deliveries);
  return writer.seal().bytes!;
}
