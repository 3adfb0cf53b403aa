// A connection as the session follows it: its channels, and when each side was last heard. What the handshake says is in
// the connection table (`facts`).

import type { Channel, Closure } from './channel.ts';
import type { Connection } from './connection-table.ts';
import type { PendingRequest } from './requests.ts';

export class TrackedConnection {
  readonly id: number;
  readonly facts: Connection;
  /** µs since the Unix epoch, and the record id of the note that it opened. */
  readonly openedAt: number;
  readonly record: number;
  /** The capture began after the connection did. */
  readonly midway: boolean;
  readonly channels = new Map<number, Channel>();
  readonly requests: PendingRequest[] = [];
  /** connection.close, from whichever side came first. */
  closing: Closure | undefined;
  closedAt: number | undefined;
  /** connection.open-ok was seen. */
  isOpen = false;
  /** By direction: when anything passed last, heartbeats included, in µs; 0: nothing yet. */
  readonly lastHeard: [number, number] = [0, 0];
  readonly heartbeats: [number, number] = [0, 0];
  /** By direction: when the last heartbeat passed, in µs; 0: none yet. */
  readonly lastHeartbeat: [number, number] = [0, 0];
  /** By direction: when the spy last kept a frame from going on, in µs; 0: never. */
  readonly lastDropped: [number, number] = [0, 0];
  /** Part of it can no longer be read: what is not heard says nothing. */
  opaque = false;
  /** connection.blocked holds. */
  blocked = false;
  channelsOpened = 0;
  published = 0;
  delivered = 0;

  constructor(id: number, facts: Connection, openedAt: number, record: number, midway: boolean) {
    this.id = id;
    this.facts = facts;
    this.openedAt = openedAt;
    this.record = record;
    this.midway = midway;
  }

  get vhost(): string {
    return this.facts.virtualHost ?? '/';
  }
}
