// Latencies in the summary: what they were measured on, the busiest first, and how they spread.
// Counterpart of session/latencies.ts, which keeps them.

import { countText } from '../log/quantity.ts';
import type { LatencyKind, NamedLatency } from '../session/latencies.ts';
import type { Session } from '../session/session.ts';
import type { Palette } from './palette.ts';
import { latencyText } from './quantity-text.ts';
import { SLOW } from './settlement.ts';
import { cell, type MakeTable } from './table.ts';

const MOST_ROWS = 10;
/** Of them, methods and replies: there are many, and messages matter more. */
const MOST_METHODS = 4;
/** Columns of the numbers, and of what was measured. */
const NUMBERS = 45;
const LONGEST_NAME = 60;
const SHORTEST_NAME = 12;

const WORDS: { readonly [K in LatencyKind]: string } = {
  publish_confirm: 'publish → confirm',
  publish_deliver: 'publish → deliver',
  deliver_ack: 'deliver → ack',
  method: 'method → ok',
  rpc: 'request → reply',
};
const WIDEST_WORDS = 17;

/** The section, or nothing if nothing was measured. */
export function latencyLines(session: Session, columns: number, palette: Palette, makeTable: MakeTable): string[] {
  const all = session.latencies();
  if (all.length === 0) return [];
  const shown = busiest(all);
  const width = Math.max(SHORTEST_NAME, Math.min(LONGEST_NAME, columns - NUMBERS - WIDEST_WORDS - 2));
  const rows = shown.map((latency) => {
    const { histogram } = latency;
    const times = [0.5, 0.9, 0.99, 1].map((part) => timeCell(histogram.quantile(part), palette));
    return [WORDS[latency.kind], cell(nameOf(latency), width), countText(histogram.count), ...times];
  });
  const head = ['', '', 'count', 'p50', 'p90', 'p99', 'max'];
  const lines = [palette.strong('latencies'), makeTable(head, rows, 2)];
  if (all.length > shown.length) lines.push(palette.faint(`… and ${countText(all.length - shown.length)} more`), '');
  return lines;
}

function busiest(all: readonly NamedLatency[]): NamedLatency[] {
  const ofMessages = all.filter(({ kind, of }) => kind !== 'method' && of !== 'consumer');
  const methods = all
    .filter(({ kind }) => kind === 'method')
    .slice(0, Math.max(MOST_METHODS, MOST_ROWS - ofMessages.length));
  return [...ofMessages.slice(0, MOST_ROWS - Math.min(MOST_METHODS, methods.length)), ...methods].slice(0, MOST_ROWS);
}

function timeCell(micros: number, palette: Palette): string {
  const text = latencyText(micros);
  return micros >= SLOW ? palette.warning(text) : text;
}

/** `exchange orders`, `queue eu` */
function nameOf({ of, name }: NamedLatency): string {
  if (of === 'method') return name;
  if (of === 'rpc') return '';
  return name === '' ? 'default exchange' : `${of} ${name}`;
}
