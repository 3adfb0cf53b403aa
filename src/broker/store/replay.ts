// Reads the batches of a file back: which messages and entities live, in the order of their queues, and a journal that
// knows where they stand. Counterpart: journal.ts, which wrote them.
// Invariant: a deletion holds for the one batch it names, wherever else the same position may stand.

import { AmqpSpyError } from '../../errors.ts';
import { Batch } from './batch.ts';
import {
  ENTITY_QUEUE,
  isWholeBatch,
  RECORD_DELETION,
  RECORD_DELIVERED,
  RECORD_ENTITY,
  RECORD_MESSAGE,
  RecordReader,
  readEntity,
  readMessage,
} from './batch-record.ts';
import type { Journal } from './journal.ts';
import type { Entity, EntityKind, StoredMessage } from './store.ts';

/** The sequence of the value that a clean shutdown leaves: which messages had been delivered. */
export const CLEAN_SEQUENCE = 0;

/** The messages of one level of a queue as they are found, dead and living; one entry in each array a message. */
class FoundMessages {
  readonly queue: number;
  readonly level: number;
  readonly positions: number[] = [];
  /** Index of the batch it stands in. */
  readonly batches: number[] = [];
  readonly offsets: number[] = [];
  /** Index of its route. */
  readonly routes: number[] = [];
  /** Order by position and batch, if not as found. */
  order: Uint32Array | undefined;
  dead: Uint8Array = new Uint8Array(0);

  constructor(queue: number, level: number) {
    this.queue = queue;
    this.level = level;
  }

  add(position: number, batch: number, offset: number, route: number): void {
    this.positions.push(position);
    this.batches.push(batch);
    this.offsets.push(offset);
    this.routes.push(route);
  }

  sort(): void {
    const { positions } = this;
    this.dead = new Uint8Array(positions.length);
    if (positions.every((position, i) => i === 0 || position > positions[i - 1]!)) return;
    this.order = Uint32Array.from(positions.keys()).sort((a, b) => positions[a]! - positions[b]! || a - b);
  }

  /** The message that is `i`th by position. */
  at(i: number): number {
    return this.order === undefined ? i : this.order[i]!;
  }

  /** Marks dead what stands in `[first, last]` of this batch. */
  delete(first: number, last: number, batch: number): void {
    const { positions } = this;
    let low = 0;
    let high = positions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (positions[this.at(middle)]! < first) low = middle + 1;
      else high = middle;
    }
    for (; low < positions.length; low++) {
      const message = this.at(low);
      if (positions[message]! > last) break;
      if (this.batches[message] === batch) this.dead[message] = 1;
    }
  }
}

interface Route {
  readonly exchange: string;
  readonly routingKey: string;
}

interface FoundDeletion {
  readonly holder: Batch;
  readonly target: number;
  readonly queue: number;
  readonly level: number;
  readonly first: number;
  readonly last: number;
}

export class Replay {
  readonly #bytes: Buffer[] = [];
  readonly #batches: Batch[] = [];
  readonly #indexOf = new Map<number, number>();
  readonly #queues = new Map<number, FoundMessages[]>();
  readonly #routes: Route[] = [];
  readonly #deletions: FoundDeletion[] = [];
  /** How often messages were delivered, by `queue/level/position`; undefined: nobody knows. */
  #delivered: Map<string, number> | undefined;

  /** Takes a value of the file, in the order of their sequences. Throws if it is not whole. */
  add(sequence: number, bytes: Buffer): void {
    if (!isWholeBatch(bytes, sequence)) {
      throw new AmqpSpyError('ERR_STORE_DAMAGED', `batch ${sequence}, ${bytes.length} bytes: wrong length or checksum`);
    }
    if (sequence === CLEAN_SEQUENCE) this.#readDelivered(bytes);
    else this.#readBatch(new Batch(sequence), bytes);
  }

  /** Whether the file was closed in order. */
  get wasClosed(): boolean {
    return this.#delivered !== undefined;
  }

  /** Bytes of all batches. */
  get size(): number {
    return this.#bytes.reduce((sum, { length }) => sum + length, 0);
  }

  /** All batches, as they were read. */
  *values(): Generator<[sequence: number, value: Buffer]> {
    for (const [i, batch] of this.#batches.entries()) yield [batch.sequence, this.#bytes[i]!];
  }

  /** Hands what lives to a journal. After the last `add`. */
  restore(journal: Journal): void {
    const tracks = [...this.#queues.values()].flatMap((levels) => levels.filter((found) => found !== undefined));
    for (const found of tracks) found.sort();
    for (const { holder, target, queue, level, first, last } of this.#deletions) {
      const index = this.#indexOf.get(target);
      if (index === undefined) continue;
      this.#queues.get(queue)?.[level]?.delete(first, last, index);
      holder.addDeletion(this.#batches[index]!);
    }
    for (const found of tracks) this.#restoreTrack(found, journal);
    for (const [i, batch] of this.#batches.entries()) journal.adopt(batch, this.#bytes[i]!.length);
  }

  /** The entities that live, and where. */
  entities(journal: Journal): Entity[] {
    const entities: Entity[] = [];
    const found = this.#queues.get(ENTITY_QUEUE)?.[0];
    this.#queues.delete(ENTITY_QUEUE);
    if (found === undefined) return entities;
    for (let i = 0; i < found.positions.length; i++) {
      const n = found.at(i);
      if (found.dead[n] === 1) continue;
      const text = readEntity(this.#bytes[found.batches[n]!]!, found.offsets[n]!);
      const [kind, key, value] = JSON.parse(text) as [EntityKind, string, unknown];
      entities.push({ kind, key, value });
      journal.adoptEntity(kind, key, found.positions[n]!);
    }
    return entities;
  }

  /** The queues whose messages were not asked for yet. */
  queues(): number[] {
    return [...this.#queues.keys()];
  }

  /** The messages of a queue, by level and position; once. */
  *messages(queue: number): Generator<StoredMessage> {
    const levels = this.#queues.get(queue) ?? [];
    this.#queues.delete(queue);
    for (const found of levels) {
      if (found === undefined) continue;
      for (let i = 0; i < found.positions.length; i++) {
        const n = found.at(i);
        if (found.dead[n] === 0) yield this.#message(found, n);
      }
    }
  }

  #message(found: FoundMessages, n: number): StoredMessage {
    const bytes = this.#bytes[found.batches[n]!]!;
    const at = found.offsets[n]!;
    const route = this.#routes[found.routes[n]!]!;
    const { queue, level } = found;
    const position = found.positions[n]!;
    return {
      queue,
      level,
      position,
      message: readMessage(bytes, at, route.exchange, route.routingKey),
      storedAt: bytes.readDoubleLE(at + 16),
      expiresAt: bytes.readDoubleLE(at + 24),
      deliveries: this.#delivered === undefined ? 1 : (this.#delivered.get(`${queue}/${level}/${position}`) ?? 0),
    };
  }

  #readBatch(batch: Batch, bytes: Buffer): void {
    const index = this.#batches.push(batch) - 1;
    this.#bytes.push(bytes);
    this.#indexOf.set(batch.sequence, index);
    const reader = new RecordReader(bytes);
    let route: Route | undefined;
    while (reader.next()) {
      if (reader.kind === RECORD_MESSAGE || reader.kind === RECORD_ENTITY) {
        if (reader.exchange !== route?.exchange || reader.routingKey !== route.routingKey) {
          route = { exchange: reader.exchange, routingKey: reader.routingKey };
          this.#routes.push(route);
        }
        const level = reader.kind === RECORD_ENTITY ? 0 : reader.level;
        this.#found(reader.queue, level).add(reader.position, index, reader.at, this.#routes.length - 1);
        batch.puts++;
      } else if (reader.kind === RECORD_DELETION) {
        const { target, queue, level, position: first, lastPosition: last } = reader;
        this.#deletions.push({ holder: batch, target, queue, level, first, last });
      }
    }
  }

  #readDelivered(bytes: Buffer): void {
    this.#delivered = new Map();
    const reader = new RecordReader(bytes);
    while (reader.next()) {
      if (reader.kind !== RECORD_DELIVERED) continue;
      this.#delivered.set(`${reader.queue}/${reader.level}/${reader.position}`, reader.deliveries);
    }
  }

  #restoreTrack(found: FoundMessages, journal: Journal): void {
    const track = journal.track(found.queue, found.level);
    for (let i = 0; i < found.positions.length; i++) {
      const n = found.at(i);
      if (found.dead[n] === 1) continue;
      const batch = this.#batches[found.batches[n]!]!;
      batch.live++;
      track.add(found.positions[n]!, batch);
    }
  }

  #found(queue: number, level: number): FoundMessages {
    let levels = this.#queues.get(queue);
    if (levels === undefined) {
      levels = [];
      this.#queues.set(queue, levels);
    }
    let found = levels[level];
    if (found === undefined) {
      found = new FoundMessages(queue, level);
      levels[level] = found;
    }
    return found;
  }
}
