// What the traffic means: a reader of the frame log that never misses a record, and what it has understood so far.
// Everybody who shows more than frames asks here. Counterpart of the log, into which it writes its findings.
// Invariant: it follows each write at once, so readers of the log find it up to date; a defect of its own ends it, is told
// in `failure`, and harms no traffic.

import { Cursor } from '../log/cursor.ts';
import type { FrameLog } from '../log/frame-log.ts';
import type { Channel } from './channel.ts';
import type { Connection, ConnectionTable } from './connection-table.ts';
import type { FindingDefinition } from './finding.ts';
import { FINDINGS } from './findings/registry.ts';
import { Findings } from './findings.ts';
import { latenciesOf, type NamedLatency } from './latencies.ts';
import type { Links } from './links.ts';
import { addListener, type SessionListener } from './listener.ts';
import type { MessageTable } from './messages.ts';
import { SessionTables } from './tables.ts';
import type { Topology } from './topology.ts';
import type { TrackedConnection } from './tracked-connection.ts';
import { Tracker } from './tracker.ts';

export interface SessionOptions {
  /** Messages that are remembered, a power of two; 65,536 by default. */
  readonly messages?: number;
  /** The broker began empty and nobody passes by: what was not seen to be declared is not there. */
  readonly seesAll?: boolean;
  /** All of them by default. */
  readonly findings?: readonly FindingDefinition[];
}

export class Session {
  readonly connections: ConnectionTable;
  readonly findings: Findings;
  /** Why it stopped following the traffic, should it have a defect. */
  failure: string | undefined;
  readonly #log: FrameLog;
  readonly #cursor: Cursor;
  readonly #tables: SessionTables;
  readonly #tracker: Tracker;
  #busy = false;

  /** Follows the log from its next record on. */
  constructor(log: FrameLog, connections: ConnectionTable, options: SessionOptions = {}) {
    this.#log = log;
    this.connections = connections;
    this.#cursor = new Cursor(log);
    this.#tables = new SessionTables(connections, options.messages, options.seesAll ?? false);
    this.#tracker = new Tracker(this.#tables);
    this.findings = new Findings((note, connection, time) => log.note(connection, note, time));
    for (const definition of options.findings ?? FINDINGS) this.#watch(definition);
    log.onWritten = () => this.catchUp();
  }

  get messages(): MessageTable {
    return this.#tables.messages;
  }

  get topology(): Topology {
    return this.#tables.topology;
  }

  get links(): Links {
    return this.#tables.links;
  }

  /** Records that it could not read in time; more than 0 only if one write was larger than the whole log. */
  get missed(): number {
    return this.#tables.missed;
  }

  /** An open connection as the session follows it. */
  tracked(id: number): TrackedConnection | undefined {
    return this.#tables.connections.get(id);
  }

  /** Open channels, and a bounded number of those closed lately. */
  channels(): Iterable<Channel> {
    return this.#tracker.channels();
  }

  /** All latencies that were measured, most measured first. */
  latencies(): NamedLatency[] {
    return latenciesOf(this.#tables, this.channels());
  }

  /** Tells another listener of what happens from here on. */
  listen(listener: SessionListener): void {
    addListener(this.#tables.listeners, listener);
  }

  /** Reads all that was written and not read yet. */
  catchUp(): void {
    if (this.#busy || this.failure !== undefined) return;
    this.#busy = true;
    try {
      this.#readAll();
    } catch (error) {
      this.#stop(error);
    }
    this.#busy = false;
  }

  /** Time has passed while there may have been no traffic; in µs since the Unix epoch. */
  tick(time: number): void {
    if (this.failure !== undefined) return;
    try {
      this.#tracker.tick(time);
    } catch (error) {
      this.#stop(error);
    }
  }

  // What filters ask (filter/context.ts).

  connection(id: number): Connection | undefined {
    return this.connections.get(id);
  }

  latencyOf(record: number): number | undefined {
    return this.#tables.links.latencyOf(record);
  }

  queueOf(record: number): string | undefined {
    return this.#tables.links.queueOf(record);
  }

  hasFinding(record: number): boolean {
    return this.findings.hasEvidence(record);
  }

  #watch(definition: FindingDefinition): void {
    const report = this.findings.report.bind(this.findings, definition);
    addListener(this.#tables.listeners, definition.watch({ tables: this.#tables, report }));
  }

  #readAll(): void {
    const cursor = this.#cursor;
    while (cursor.next()) {
      const missed = cursor.takeMissed();
      if (missed > 0) this.#tracker.missed(missed);
      this.#tracker.record(cursor);
    }
  }

  #stop(error: unknown): void {
    this.failure = error instanceof Error ? error.message : String(error);
    this.#log.onWritten = undefined;
  }
}
