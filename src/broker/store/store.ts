// Where durable state goes. Without a store the broker keeps everything in memory only; lmdb-store.ts is the one on disk.
// Invariants: what was written is durable, in order, once a `flush` asked for after it has called back; a kill at any
// moment leaves all up to some point in that order, and nothing after it.

import type { Message } from '../message/message.ts';

/** What a durable object is. The store does not look into its value. */
export type EntityKind =
  | 'meta'
  | 'vhost'
  | 'user'
  | 'permission'
  | 'topic-permission'
  | 'parameter'
  | 'policy'
  | 'operator-policy'
  | 'exchange'
  | 'queue'
  | 'binding';

export interface Entity {
  readonly kind: EntityKind;
  /** Unique within its kind. */
  readonly key: string;
  /** JSON, as the owner of the kind wrote it. */
  readonly value: unknown;
}

/** Where a message stands: queue number, priority level, position in that level. Unique; positions only grow. */
export interface StoredPlace {
  /** A number that the broker gives each durable queue, never twice. */
  readonly queue: number;
  readonly level: number;
  readonly position: number;
}

export interface StoredMessage extends StoredPlace {
  readonly message: Message;
  /** When it came into the queue, ms since the epoch. */
  readonly storedAt: number;
  /** When it expires, ms since the epoch; 0: never. */
  readonly expiresAt: number;
  /** How often it was delivered and came back: 0 after a clean shutdown if never, at least 1 if that is not known. */
  readonly deliveries: number;
}

export interface Store {
  /** All entities that the store held when it was opened, in no particular order. */
  entities(): Iterable<Entity>;
  /**
   * The messages of a queue that the store held when it was opened, by level and position ascending. Once a queue: the
   * store forgets what it has handed out.
   */
  messages(queue: number): Iterable<StoredMessage>;
  /** Everything is handed out: forgets the messages of queues that nobody asked for, and deletes them. */
  restored(): void;
  putEntity(kind: EntityKind, key: string, value: unknown): void;
  deleteEntity(kind: EntityKind, key: string): void;
  /** The message's bytes must be taken during the call: they may be reused after it. */
  putMessage(
    queue: number,
    level: number,
    position: number,
    message: Message,
    storedAt: number,
    expiresAt: number,
  ): void;
  /** A message that the store does not have is passed over. */
  deleteMessage(queue: number, level: number, position: number): void;
  /** Deletes all messages of the queue (purge, delete). */
  deleteMessages(queue: number): void;
  /** Calls back once all that was written before this call is durable. Callbacks come in order, never during the call. */
  flush(done: () => void): void;
  /** Called whenever the store becomes too full to take more (`true`), or has room again. */
  onFull: ((full: boolean) => void) | undefined;
  /** Called when the disk refuses: the broker can promise nothing any more. What is written after that is passed over. */
  onFailure: ((error: Error) => void) | undefined;
  /**
   * Writes what is left and closes. `delivered` are the places of messages that were delivered before, with how often:
   * all other messages come back with 0 deliveries.
   */
  close(delivered: Iterable<StoredPlace & { readonly deliveries: number }>): Promise<void>;
}
