// All that a session knows, in one place: what the handlers write and everybody else reads.

import type { Connection, ConnectionTable } from './connection-table.ts';
import { Histogram } from './histogram.ts';
import { Links } from './links.ts';
import { createListeners } from './listener.ts';
import { MessageTable } from './messages.ts';
import { RingBudget } from './outstanding.ts';
import { Rpc } from './rpc.ts';
import { Topology } from './topology.ts';
import type { TrackedConnection } from './tracked-connection.ts';

export class SessionTables {
  readonly connectionTable: ConnectionTable;
  /** All of the broker's exchanges, queues and bindings come from the traffic that is seen. */
  readonly seesAll: boolean;
  /** Open ones. */
  readonly connections = new Map<number, TrackedConnection>();
  readonly topology = new Topology();
  readonly messages: MessageTable;
  readonly links = new Links();
  readonly rpc = new Rpc();
  readonly listeners = createListeners();
  readonly budget = new RingBudget();
  /** Settlements that wait for a commit, on all channels. */
  pendingSettlements = 0;
  /** Round trips of synchronous methods, by the request's name. */
  readonly roundTrips = new Map<string, Histogram>();
  /** Records that were missed: what hangs on them is not known. */
  missed = 0;

  constructor(connectionTable: ConnectionTable, capacity: number | undefined, seesAll: boolean) {
    this.seesAll = seesAll;
    this.connectionTable = connectionTable;
    this.messages = new MessageTable(capacity);
  }

  roundTrip(method: string): Histogram {
    const found = this.roundTrips.get(method);
    if (found) return found;
    const made = new Histogram();
    this.roundTrips.set(method, made);
    return made;
  }

  factsOf(id: number): Connection | undefined {
    return this.connectionTable.get(id);
  }
}
