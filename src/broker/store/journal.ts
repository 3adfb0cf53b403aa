// The journal: gathers what is written between two commits into batches, and knows which of the stored batches are still
// needed. Counterpart: lmdb-store.ts, which commits what `collect` returns; replay.ts, which fills a journal from a file.
// A message that was put and deleted within one batch is never written if nothing else in the batch lives; one that was
// stored needs a deletion record only as long as other messages of its batch keep that from going.
// Invariant: disk use stays within three times what lives, plus a slack: sparse batches are written anew, many small
// ones as one.

import { AmqpSpyError } from '../../errors.ts';
import { encodeText } from '../../protocol/text.ts';
import type { Message } from '../message/message.ts';
import { Batch } from './batch.ts';
import {
  BATCH_HEADER,
  DELETION_SIZE,
  ENTITY_HEADER,
  ENTITY_QUEUE,
  isWholeBatch,
  RECORD_DELETION,
  RECORD_ROUTE,
  RecordReader,
} from './batch-record.ts';
import { BatchWriter, messageSize } from './batch-writer.ts';
import type { Run } from './run.ts';
import { Deletion, Track } from './track.ts';

/** Sizes in bytes that the journal keeps to. */
export interface JournalLimits {
  /** The usual batch: half a millisecond's messages at full rate, so that a commit mostly writes one. */
  readonly batch: number;
  /** A message larger than this gets a batch of its own: it is written once, and removed without writing anything. */
  readonly largeMessage: number;
  /** A batch smaller than this is worth joining with others… */
  readonly smallBatch: number;
  /** …once there are so many of them. */
  readonly manySmall: number;
  /** Disk use beyond three times what lives that is not worth any work. */
  readonly slack: number;
  /** How much one commit may read to write it anew. */
  readonly compaction: number;
}

const JOURNAL_LIMITS: JournalLimits = {
  batch: 64 * 1024,
  largeMessage: 16 * 1024,
  smallBatch: 4096,
  manySmall: 256,
  slack: 8 * 1024 * 1024,
  compaction: 1024 * 1024,
};

/** Spare buffers kept. */
const POOLED = 8;

/** What one commit stores and removes, all or nothing. */
export interface Commit {
  readonly puts: readonly Batch[];
  readonly removals: readonly Batch[];
}

export class Journal {
  readonly #read: (sequence: number) => Buffer;
  readonly #limits: JournalLimits;
  readonly #batches = new Map<number, Batch>();
  readonly #tracks = new Map<number, Track[]>();
  readonly #entities = new Map<string, number>();
  readonly #sparse = new Set<Batch>();
  readonly #small = new Set<Batch>();
  readonly #pool: Buffer[] = [];
  #nextSequence = 1;
  #entityPosition = 0;
  #storedBytes = 0;
  #liveBytes = 0;
  #putTrack: Track;
  #deleteTrack: Track;
  #writer: BatchWriter | undefined;
  #sealed: Batch[] = [];
  #deletions: Deletion[] = [];
  #spent: Batch[] = [];
  #removals: Batch[] = [];

  /** `read` gives a stored batch's value. */
  constructor(read: (sequence: number) => Buffer, limits: JournalLimits = JOURNAL_LIMITS) {
    this.#read = read;
    this.#limits = limits;
    this.#putTrack = this.track(ENTITY_QUEUE, 0);
    this.#deleteTrack = this.#putTrack;
  }

  /** Bytes of the batches stored, dead messages in them included. */
  get storedBytes(): number {
    return this.#storedBytes;
  }

  /** Bytes gathered since the last `collect`, about. */
  get gatheredBytes(): number {
    return (
      this.#sealed.length * this.#limits.batch +
      (this.#writer === undefined ? 0 : this.#limits.batch - this.#writer.room)
    );
  }

  putMessage(
    queue: number,
    level: number,
    position: number,
    message: Message,
    storedAt: number,
    expiresAt: number,
  ): void {
    let track = this.#putTrack;
    if (track.queue !== queue || track.level !== level) {
      track = this.track(queue, level);
      this.#putTrack = track;
    }
    const length = message.end - message.start;
    let writer = this.#writer;
    if (
      length > this.#limits.largeMessage ||
      writer === undefined ||
      writer.room < writer.messageSize(message.exchange, message.routingKey, length)
    ) {
      writer = this.#makeRoom(messageSize(message.exchange, message.routingKey, length));
    }
    track.add(position, writer.batch);
    writer.message(queue, level, position, message, storedAt, expiresAt);
    if (length > this.#limits.largeMessage) this.#seal();
  }

  deleteMessage(queue: number, level: number, position: number): void {
    let track = this.#deleteTrack;
    if (track.queue !== queue || track.level !== level) {
      const found = this.#tracks.get(queue)?.[level];
      if (found === undefined) return;
      track = found;
      this.#deleteTrack = track;
    }
    const run = track.find(position);
    if (run === undefined) return;
    const { batch } = run;
    track.delete(run, position);
    this.#lose(batch, 1);
    const open = track.openDeletion;
    if (open !== undefined && open.last === position - 1 && open.target === batch) open.last = position;
    else {
      track.openDeletion = new Deletion(track, batch, position, position);
      this.#deletions.push(track.openDeletion);
    }
  }

  deleteMessages(queue: number): void {
    const tracks = this.#tracks.get(queue);
    if (tracks === undefined) return;
    for (const track of tracks) {
      for (const run of track?.runs ?? []) {
        if (run.live === 0) continue;
        this.#deletions.push(new Deletion(track, run.batch, run.first, run.last));
        this.#lose(run.batch, run.live);
      }
    }
    this.#tracks.delete(queue);
    this.#putTrack = this.track(ENTITY_QUEUE, 0);
    this.#deleteTrack = this.#putTrack;
  }

  putEntity(kind: string, key: string, value: unknown): void {
    const text = encodeText(JSON.stringify([kind, key, value]));
    const position = ++this.#entityPosition;
    const writer = this.#makeRoom(ENTITY_HEADER + text.length);
    this.track(ENTITY_QUEUE, 0).add(position, writer.batch);
    writer.entity(position, text);
    this.deleteEntity(kind, key);
    this.#entities.set(entityName(kind, key), position);
  }

  deleteEntity(kind: string, key: string): void {
    const name = entityName(kind, key);
    const position = this.#entities.get(name);
    if (position === undefined) return;
    this.#entities.delete(name);
    this.deleteMessage(ENTITY_QUEUE, 0, position);
  }

  /** Takes all that was gathered, as one commit. Not while another commit is under way. */
  collect(): Commit {
    this.#seal();
    this.#compact();
    this.#spent.push(...this.#sealed);
    for (let batch = this.#spent.pop(); batch !== undefined; batch = this.#spent.pop()) {
      if (batch.spent && !batch.gone) this.#drop(batch);
    }
    for (const { track, target, first, last } of this.#deletions) {
      track.openDeletion = undefined;
      if (target.gone) continue;
      this.#makeRoom(DELETION_SIZE).deletion(target, track.queue, track.level, first, last);
    }
    this.#seal();
    const puts = this.#sealed.filter((batch) => !batch.gone);
    for (const batch of puts) this.adopt(batch, batch.size);
    const removals = this.#removals;
    this.#deletions = [];
    this.#sealed = [];
    this.#removals = [];
    return { puts, removals };
  }

  /** Takes back the buffers of a commit that was stored. */
  recycle({ puts }: Commit): void {
    for (const batch of puts) this.#reuse(batch);
  }

  /** Counts a batch among the stored ones. */
  adopt(batch: Batch, size: number): void {
    batch.size = size;
    batch.stored = true;
    this.#batches.set(batch.sequence, batch);
    this.#nextSequence = Math.max(this.#nextSequence, batch.sequence + 1);
    this.#storedBytes += size;
    this.#liveBytes += batch.live * batch.bytesPerPut;
    if (size < this.#limits.smallBatch) this.#small.add(batch);
    if (batch.sparse) this.#sparse.add(batch);
    if (batch.spent) this.#spent.push(batch);
  }

  /** Notes where an entity of the file stands. */
  adoptEntity(kind: string, key: string, position: number): void {
    this.#entities.set(entityName(kind, key), position);
    this.#entityPosition = Math.max(this.#entityPosition, position);
  }

  track(queue: number, level: number): Track {
    let tracks = this.#tracks.get(queue);
    if (tracks === undefined) {
      tracks = [];
      this.#tracks.set(queue, tracks);
    }
    let track = tracks[level];
    if (track === undefined) {
      track = new Track(queue, level);
      tracks[level] = track;
    }
    return track;
  }

  /** So many messages of the batch live no longer. */
  #lose(batch: Batch, count: number): void {
    const wasSparse = batch.sparse;
    batch.live -= count;
    if (!batch.stored) return;
    this.#liveBytes -= count * batch.bytesPerPut;
    if (batch.spent) this.#spent.push(batch);
    else if (!wasSparse && batch.sparse) this.#sparse.add(batch);
  }

  /** A writer with room for so many bytes. */
  #makeRoom(size: number): BatchWriter {
    if (this.#writer !== undefined && this.#writer.room >= size) return this.#writer;
    this.#seal();
    const large = size + BATCH_HEADER > this.#limits.batch;
    const buffer = large
      ? Buffer.allocUnsafeSlow(size + BATCH_HEADER)
      : (this.#pool.pop() ?? Buffer.allocUnsafeSlow(this.#limits.batch));
    this.#writer = new BatchWriter(new Batch(this.#nextSequence++), buffer);
    return this.#writer;
  }

  #seal(): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    this.#writer = undefined;
    this.#sealed.push(writer.seal());
  }

  #drop(batch: Batch): void {
    if (batch.stored) {
      this.#removals.push(batch);
      this.#storedBytes -= batch.size;
      this.#batches.delete(batch.sequence);
      this.#sparse.delete(batch);
      this.#small.delete(batch);
    } else {
      this.#reuse(batch);
    }
    batch.remove((released) => this.#spent.push(released));
  }

  #reuse(batch: Batch): void {
    const buffer = batch.bytes?.buffer;
    batch.bytes = undefined;
    if (buffer?.byteLength === this.#limits.batch && this.#pool.length < POOLED) this.#pool.push(Buffer.from(buffer));
  }

  /** Writes anew what lives in batches that are mostly dead, or in many small ones. */
  #compact(): void {
    if (this.#small.size >= this.#limits.manySmall) {
      const tracks = new Set<Track>();
      for (const batch of this.#small) this.#rewrite(batch, tracks);
      for (const track of tracks) track.join();
    }
    if (this.#storedBytes <= 3 * this.#liveBytes + this.#limits.slack) return;
    let budget = this.#limits.compaction;
    const tracks = new Set<Track>();
    for (const batch of this.#sparse) {
      budget -= batch.size;
      this.#rewrite(batch, tracks);
      if (budget <= 0) break;
    }
  }

  #rewrite(batch: Batch, tracks: Set<Track>): void {
    if (batch.spent) return; // it is about to be dropped
    const bytes = this.#read(batch.sequence);
    if (!isWholeBatch(bytes, batch.sequence)) throw unreadable(batch);
    // What lives of a run must stay in one batch; what lives of this batch is not larger than all of it.
    const writer = this.#makeRoom(batch.size);
    const reader = new RecordReader(bytes);
    const moved = new Set<Run>();
    while (reader.next()) {
      if (reader.kind === RECORD_ROUTE) continue;
      if (reader.kind === RECORD_DELETION) {
        const target = this.#batches.get(reader.target);
        if (target === undefined || target === batch) continue;
        writer.deletion(target, reader.queue, reader.level, reader.position, reader.lastPosition);
        continue;
      }
      const track = this.#tracks.get(reader.queue)?.[reader.level];
      const run = track?.find(reader.position);
      // Positions may come again after a restart, so another batch may hold the living one.
      if (track === undefined || run === undefined || (run.batch !== batch && !moved.has(run))) continue;
      writer.copyRecord(bytes, reader.at, reader.end, reader.exchange, reader.routingKey);
      run.batch = writer.batch;
      moved.add(run);
      tracks.add(track);
    }
    this.#liveBytes -= batch.live * batch.bytesPerPut;
    batch.live = 0;
    this.#drop(batch);
  }
}

function entityName(kind: string, key: string): string {
  return `${kind}\0${key}`;
}

function unreadable(batch: Batch): AmqpSpyError {
  return new AmqpSpyError('ERR_STORE_DAMAGED', `batch ${batch.sequence}, ${batch.size} bytes, cannot be read back`);
}
