// What passed, in tables: connections, frames and bytes by method, latencies, findings, errors. Shown at exit and when
// asked for. Made from counts that the log, the connection table and the session keep anyway, so it is true however much
// passed. Parts: table.ts (how tables look), latency-lines.ts, found-lines.ts.

import { countText } from '../log/quantity.ts';
import type { Traffic, TrafficCount } from '../log/traffic.ts';
import type { Connection, ConnectionTable } from '../session/connection-table.ts';
import type { Session } from '../session/session.ts';
import type { TalliedError } from './error-tally.ts';
import { foundLines } from './found-lines.ts';
import { latencyLines } from './latency-lines.ts';
import { endpointText } from './note-text.ts';
import { loadPalette, type Palette } from './palette.ts';
import { sizeText } from './size-text.ts';
import { cell, loadTable, type MakeTable, type Row } from './table.ts';

/** Rows of a table; what has most traffic, or happened most often, comes first. */
const MOST_ROWS = 20;
/** Widest cells of the table of connections by the terminal's width; 0: the column is left out. */
const CONNECTION_CELLS = [
  { from: 200, name: 32, client: 28, login: 16, state: 60 },
  { from: 140, name: 20, client: 20, login: 12, state: 28 },
  { from: 110, name: 18, client: 0, login: 10, state: 24 },
  { from: 0, name: 14, client: 0, login: 0, state: 20 },
] as const;
type ConnectionCells = (typeof CONNECTION_CELLS)[number];
/** Columns of an error's count and connection. */
const ERROR_COUNTS = 24;
const LONGEST_ERROR = 120;

export interface SummarySources {
  readonly connections: ConnectionTable;
  /** What the traffic means; without it, the summary says nothing of that. */
  readonly session?: Session;
  readonly traffic: Traffic;
  readonly errors: { list(): TalliedError[] };
  /** Records that a view could not show. */
  readonly missed: number;
  readonly color: boolean;
  /** Columns of the terminal, if it is one. */
  readonly columns: number | undefined;
}

/** The tables, as lines. */
export async function summaryText(sources: SummarySources): Promise<string> {
  const palette = await loadPalette(sources.color);
  const makeTable = await loadTable(palette);
  const columns = sources.columns ?? Number.POSITIVE_INFINITY;
  return [
    '',
    ...connectionLines(sources.connections, columns, palette, makeTable),
    ...methodLines(sources.traffic, palette, makeTable),
    ...(sources.session ? latencyLines(sources.session, columns, palette, makeTable) : []),
    ...(sources.session ? foundLines(sources.session, columns, palette, makeTable) : []),
    ...errorLines(sources, columns, palette, makeTable),
    '',
  ].join('\n');
}

function connectionLines(table: ConnectionTable, columns: number, palette: Palette, makeTable: MakeTable): string[] {
  const all = table.list().sort((a, b) => bytesOf(b) - bytesOf(a));
  const shown = all.slice(0, MOST_ROWS);
  const { opened, open } = table;
  const lines = [`${palette.strong('connections')}  ${countText(opened)} opened, ${countText(open)} open`];
  if (shown.length === 0) return [...lines, ''];
  const cells = CONNECTION_CELLS.find(({ from }) => columns >= from)!;
  const head = ['', 'name', 'state', '→ frames', 'bytes', '← frames', 'bytes'];
  if (cells.login > 0) head.splice(2, 0, 'user', 'vhost');
  if (cells.client > 0) head.splice(2, 0, 'client');
  const rows = shown.map((connection) => connectionRow(connection, cells, palette));
  lines.push(makeTable(head, rows, head.length - 4));
  if (opened > shown.length) lines.push(palette.faint(`… and ${countText(opened - shown.length)} more`), '');
  return lines;
}

function connectionRow(connection: Connection, cells: ConnectionCells, palette: Palette): Row {
  const { id, client, user = '', virtualHost = '', fromClient, fromServer } = connection;
  const product = [connection.clientProduct, connection.clientVersion].filter(Boolean).join(' ');
  return [
    `#${id}`,
    cell(connection.name ?? endpointText(client), cells.name),
    ...(cells.client > 0 ? [cell(product, cells.client)] : []),
    ...(cells.login > 0 ? [cell(user, cells.login), cell(virtualHost, cells.login)] : []),
    stateOf(connection, cells.state, palette),
    countText(fromClient.frames),
    sizeText(fromClient.bytes),
    countText(fromServer.frames),
    sizeText(fromServer.bytes),
  ];
}

function stateOf({ state, closeReason, blocked }: Connection, columns: number, palette: Palette): string {
  if (state === 'closed' || state === 'closing') return cell(closeReason ?? state, columns);
  return blocked === undefined ? state : palette.warning(cell(`blocked: ${blocked}`, columns));
}

function bytesOf({ fromClient, fromServer }: Connection): number {
  return fromClient.bytes + fromServer.bytes;
}

function methodLines(traffic: Traffic, palette: Palette, makeTable: MakeTable): string[] {
  const counts = traffic.counts();
  const total = sum(counts);
  const lines = [`${palette.strong('frames')}  ${countText(total.frames)}, ${sizeText(total.bytes)} bytes`];
  if (counts.length === 0) return [...lines, ''];
  const names = [...new Set(counts.map(({ name }) => name))];
  const rows = names.map((name) => {
    const from = (direction: TrafficCount['direction']) =>
      sum(counts.filter((count) => count.name === name && count.direction === direction));
    return [name, ...countCells(from('client-to-server')), ...countCells(from('server-to-client'))];
  });
  lines.push(makeTable(['', '→ frames', 'bytes', '← frames', 'bytes'], rows, 1));
  return lines;
}

function countCells({ frames, bytes }: { frames: number; bytes: number }): string[] {
  return frames === 0 ? ['', ''] : [countText(frames), sizeText(bytes)];
}

function sum(counts: readonly TrafficCount[]): { frames: number; bytes: number } {
  let frames = 0;
  let bytes = 0;
  for (const count of counts) {
    frames += count.frames;
    bytes += count.bytes;
  }
  return { frames, bytes };
}

function errorLines(sources: SummarySources, columns: number, palette: Palette, makeTable: MakeTable): string[] {
  const errors = sumExplained(sources.errors.list());
  const rows = errors.slice(0, MOST_ROWS).map(({ text, count, connection }) => {
    return [
      palette.error(cell(text, Math.min(LONGEST_ERROR, columns - ERROR_COUNTS))),
      countText(count),
      `#${connection}`,
    ];
  });
  const untracked = sources.session?.missed ?? 0;
  if (untracked > 0) rows.push(['not tracked: more than the log could hold at once', countText(untracked), '']);
  if (sources.missed > 0) rows.push(['not shown: the view could not keep up', countText(sources.missed), '']);
  if (rows.length === 0) return [`${palette.strong('errors')}  none\n`];
  const lines = [palette.strong('errors'), makeTable(['', 'count', 'last'], rows, 1)];
  if (errors.length > MOST_ROWS) lines.push(palette.faint(`… and ${errors.length - MOST_ROWS} more kinds`), '');
  return lines;
}

/** What findings tell of at length is told by its code alone, and the like of it together. */
function sumExplained(errors: readonly TalliedError[]): TalliedError[] {
  const sums = new Map<string, TalliedError>();
  for (const { text, count, connection, explained } of errors) {
    const key = explained ? `${text.replace(/ - .*/s, '')}, see findings` : text;
    const sum = sums.get(key) ?? { text: key, count: 0, connection };
    sum.count += count;
    sums.set(key, sum);
  }
  return [...sums.values()].sort((a, b) => b.count - a.count);
}
