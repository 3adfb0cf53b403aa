// A snapshot and what follows from it: rates of bytes, sums, what belongs to which connection. Made anew every second.
// Counterparts: snapshot.ts, which comes from the spy; the views, which read this.
// Invariant: whatever is missing in the snapshot counts as none.

import type { Severity } from '../../log/note.ts';
import type { ChannelJson, ConnectionJson, FindingJson, TopSnapshot } from './snapshot.ts';

/** What was closed is shown for this long, in ms. */
const CLOSED_SHOWN_MS = 60_000;

export interface Flow {
  /** Bytes a second from the client. */
  readonly in: number;
  /** Bytes a second from the server. */
  readonly out: number;
}

export const NO_FLOW: Flow = { in: 0, out: 0 };

export interface Moment {
  readonly snapshot: TopSnapshot;
  /** ms since the Unix epoch. */
  readonly now: number;
  /** All by connection id. */
  readonly names: ReadonlyMap<number, string>;
  readonly flows: ReadonlyMap<number, Flow>;
  readonly channels: ReadonlyMap<number, readonly ChannelJson[]>;
  readonly findings: ReadonlyMap<number, readonly FindingJson[]>;
  readonly totals: Totals;
}

export interface Totals extends Flow {
  /** Messages a second. */
  readonly published: number;
  readonly delivered: number;
  readonly connections: number;
  readonly channels: number;
  readonly severities: { readonly [severity in Severity]: number };
}

/** Works out what follows from a snapshot and the one before it. */
export function momentOf(snapshot: TopSnapshot, before?: TopSnapshot): Moment {
  const flows = flowsOf(snapshot, before);
  return {
    snapshot,
    now: Date.parse(snapshot.time),
    names: new Map(snapshot.connections.flatMap(({ id, name }) => (name === undefined ? [] : [[id, name]]))),
    flows,
    channels: groupBy(snapshot.channels, (channel) => channel.connection),
    findings: groupBy(snapshot.findings, (finding) => finding.connection),
    totals: totalsOf(snapshot, flows),
  };
}

/** Whether something is open, or was closed only lately. */
export function isOfInterest({ closed_at }: { readonly closed_at?: string | undefined }, now: number): boolean {
  return closed_at === undefined || now - Date.parse(closed_at) < CLOSED_SHOWN_MS;
}

/** Seconds since a time in ISO 8601; undefined if there is none. */
export function ageOf(time: string | undefined, now: number): number | undefined {
  const ms = time === undefined ? Number.NaN : now - Date.parse(time);
  return Number.isNaN(ms) ? undefined : Math.max(0, ms / 1000);
}

function flowsOf(snapshot: TopSnapshot, before: TopSnapshot | undefined): Map<number, Flow> {
  const flows = new Map<number, Flow>();
  if (!before) return flows;
  const seconds = (Date.parse(snapshot.time) - Date.parse(before.time)) / 1000;
  if (!(seconds > 0)) return flows;
  const earlier = new Map(before.connections.map((connection) => [connection.id, connection]));
  for (const connection of snapshot.connections) {
    const last = earlier.get(connection.id);
    flows.set(connection.id, {
      in: bytesSince(connection, last, 'from_client') / seconds,
      out: bytesSince(connection, last, 'from_server') / seconds,
    });
  }
  return flows;
}

function bytesSince(now: ConnectionJson, last: ConnectionJson | undefined, way: 'from_client' | 'from_server'): number {
  return Math.max(0, (numberOf(now[way]?.bytes) ?? 0) - (numberOf(last?.[way]?.bytes) ?? 0));
}

function totalsOf({ connections, channels, findings }: TopSnapshot, flows: ReadonlyMap<number, Flow>): Totals {
  const severities = { error: 0, warning: 0, info: 0 };
  for (const { severity } of findings) {
    if (severity === 'error' || severity === 'warning' || severity === 'info') severities[severity]++;
  }
  return {
    published: sum(channels, (channel) => channel.publish_rate),
    delivered: sum(channels, (channel) => channel.deliver_rate),
    in: sum(flows.values(), (flow) => flow.in),
    out: sum(flows.values(), (flow) => flow.out),
    connections: sum(connections, ({ closed_at }) => (closed_at === undefined ? 1 : 0)),
    channels: sum(channels, ({ closed_at }) => (closed_at === undefined ? 1 : 0)),
    severities,
  };
}

/** A number as the spy tells it; undefined for what is missing, or is none. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** The sum of what the items give; what is missing, or no number, is 0. */
export function sum<Item>(items: Iterable<Item>, value: (item: Item) => number | undefined): number {
  let total = 0;
  for (const item of items) total += numberOf(value(item)) ?? 0;
  return total;
}

/** The items by what identifies their group; those without are left out. */
export function groupBy<Item, Key>(items: readonly Item[], key: (item: Item) => Key | undefined): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const id = key(item);
    if (id === undefined) continue;
    const group = groups.get(id);
    if (group) group.push(item);
    else groups.set(id, [item]);
  }
  return groups;
}
