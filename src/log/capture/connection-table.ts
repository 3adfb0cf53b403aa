// The TCP connections of a capture, found by addresses and ports without making a key of text.
// Counterpart of TcpCapture, which asks for each packet.
// Invariant: bounded; both directions of a connection have the same hash.

import { ENDED, OPEN, type TcpConnection } from './tcp-connection.ts';
import type { TcpSegment } from './tcp-segment.ts';
import type { Side } from './tcp-stream.ts';

/** Connections kept, ended and ignored ones included: some 50 MB. A busy broker's open ones fit several times over. */
const LARGEST_TABLE = 65_536;
/** The share that goes at once when the table is full, so that sorting them out costs little for each. */
const SWEPT_SHARE = 0.25;

/** Same for both directions. */
function hashOf(segment: TcpSegment): number {
  let hash = Math.imul(segment.sourcePort ^ segment.targetPort, 0x9e3779b1) + segment.sourcePort + segment.targetPort;
  hash = Math.imul(hash ^ segment.source3 ^ segment.target3, 0x85ebca6b);
  hash = Math.imul(hash ^ segment.source2 ^ segment.target2, 0xc2b2ae35);
  hash = Math.imul(hash ^ segment.source1 ^ segment.target1, 0x27d4eb2f);
  return Math.imul(hash ^ segment.source0 ^ segment.target0, 0x165667b1);
}

/** What goes first when the table is full. */
function rank(connection: TcpConnection<unknown>): number {
  return connection.state === ENDED ? 0 : connection.state === OPEN ? 2 : 1;
}

/** Whether the segment goes from the connection's end `a` to its end `b`. */
function isFromA<C>(connection: TcpConnection<C>, segment: TcpSegment): boolean {
  return (
    connection.aPort === segment.sourcePort &&
    connection.bPort === segment.targetPort &&
    connection.a3 === segment.source3 &&
    connection.b3 === segment.target3 &&
    connection.a2 === segment.source2 &&
    connection.b2 === segment.target2 &&
    connection.a1 === segment.source1 &&
    connection.b1 === segment.target1 &&
    connection.a0 === segment.source0 &&
    connection.b0 === segment.target0
  );
}

function isFromB<C>(connection: TcpConnection<C>, segment: TcpSegment): boolean {
  return (
    connection.bPort === segment.sourcePort &&
    connection.aPort === segment.targetPort &&
    connection.b3 === segment.source3 &&
    connection.a3 === segment.target3 &&
    connection.b2 === segment.source2 &&
    connection.a2 === segment.target2 &&
    connection.b1 === segment.source1 &&
    connection.a1 === segment.target1 &&
    connection.b0 === segment.source0 &&
    connection.a0 === segment.target0
  );
}

export class ConnectionTable<C> {
  /** Which side of the connection found last sent the segment. */
  side: Side = 0;
  /** Heads of the chains of connections that share a hash. */
  private readonly chains = new Map<number, TcpConnection<C>>();
  private readonly largest: number;
  private count = 0;
  /** Packets of one connection often come in a row. */
  private recent: TcpConnection<C> | null = null;

  constructor(largest: number = LARGEST_TABLE) {
    this.largest = largest;
  }

  /** The connection of a segment, or null; sets `side`. */
  find(segment: TcpSegment): TcpConnection<C> | null {
    const recent = this.recent;
    if (recent !== null && this.matches(recent, segment)) return recent;
    let found = this.chains.get(hashOf(segment)) ?? null;
    while (found !== null && !this.matches(found, segment)) found = found.chained;
    if (found !== null) this.recent = found;
    return found;
  }

  /** To be called before a connection is made: a full table ends and drops the longest idle ones. */
  makeRoom(time: number): void {
    if (this.count >= this.largest) this.sweep(time);
  }

  /** Adds the connection that this segment begins. */
  add(connection: TcpConnection<C>, segment: TcpSegment): void {
    const hash = hashOf(segment);
    connection.hash = hash;
    connection.chained = this.chains.get(hash) ?? null;
    this.chains.set(hash, connection);
    this.count++;
    this.recent = connection;
    this.side = 0;
  }

  /** Takes a connection out. */
  remove(connection: TcpConnection<C>): void {
    const head = this.chains.get(connection.hash)!;
    if (head === connection) {
      if (connection.chained === null) this.chains.delete(connection.hash);
      else this.chains.set(connection.hash, connection.chained);
    } else {
      let before = head;
      while (before.chained !== connection) before = before.chained!;
      before.chained = connection.chained;
    }
    this.count--;
    if (this.recent === connection) this.recent = null;
  }

  /** Every connection, in the order in which they were first seen. */
  all(): TcpConnection<C>[] {
    const all: TcpConnection<C>[] = [];
    for (const head of this.chains.values()) {
      for (let each: TcpConnection<C> | null = head; each !== null; each = each.chained) all.push(each);
    }
    return all.sort((left, right) => left.firstPacket - right.firstPacket);
  }

  private matches(connection: TcpConnection<C>, segment: TcpSegment): boolean {
    if (isFromA(connection, segment)) {
      this.side = 0;
      return true;
    }
    if (isFromB(connection, segment)) {
      this.side = 1;
      return true;
    }
    return false;
  }

  /** Drops ended connections, then ignored and undecided ones, then open ones; of each kind the longest idle first. */
  private sweep(time: number): void {
    const all = this.all().sort((left, right) => rank(left) - rank(right) || left.lastPacket - right.lastPacket);
    for (const connection of all.slice(0, Math.ceil(all.length * SWEPT_SHARE))) {
      connection.end('capture-ended', time);
      this.remove(connection);
    }
  }
}
