// The tab of latencies: how long confirms, deliveries, acknowledgements and methods take.

import type { LatencyKind } from '../../session/latencies.ts';
import { latencyText } from '../quantity-text.ts';
import { countColumn, latencyColumn, textColumn } from './column.ts';
import { type DetailLine, section } from './details.ts';
import { exchangeLabel } from './label.ts';
import type { LatencyJson } from './snapshot.ts';
import type { View } from './view.ts';

/** What is measured: from → to. */
const KINDS: ReadonlyMap<string, string> = new Map<LatencyKind, string>([
  ['publish_confirm', 'publish→confirm'],
  ['publish_deliver', 'publish→deliver'],
  ['deliver_ack', 'deliver→ack'],
  ['method', 'method→ok'],
  ['rpc', 'request→reply'],
]);
/** What is told of a latency among the details of something else. */
const IN_SHORT = ['p50', 'p90', 'p99', 'max'];
/** Of the bars in the details. */
const LONGEST_BAR = 40;

export const latencyView: View<LatencyJson> = {
  title: 'Latencies',
  short: 'Lat',
  sortedBy: 'P99',
  empty: 'Nothing measured yet: no confirm, delivery, acknowledgement or -ok has passed.',
  columns: [
    textColumn('FROM→TO', { least: 15, rank: 2 }, kindOf),
    textColumn('OF', { least: 14, most: 40, rank: 0 }, nameOf),
    textColumn('VHOST', { least: 5, most: 14, rank: 9 }, (latency) => latency.vhost ?? ''),
    countColumn('COUNT', 5, (latency) => latency.count ?? 0),
    latencyColumn('MEAN', 8, (latency) => latency.mean),
    latencyColumn('P50', 3, (latency) => latency.p50),
    latencyColumn('P90', 6, (latency) => latency.p90),
    latencyColumn('P99', 1, (latency) => latency.p99),
    latencyColumn('P99.9', 7, (latency) => latency.p999),
    latencyColumn('MAX', 4, (latency) => latency.max),
  ],
  rows: ({ snapshot }) => [...snapshot.latencies],
  key: (latency) => [latency.kind, latency.of, latency.vhost, latency.name].join(' '),
  details: (latency) => ({
    title: titleOf(latency),
    lines: [
      ...(latency.vhost === undefined ? [] : [{ label: 'vhost', value: latency.vhost }]),
      { label: 'count', value: String(latency.count ?? 0) },
      ...(latency.mean === undefined ? [] : [{ label: 'mean', value: latencyText(latency.mean) }]),
      ...section('Quantiles', barLines(latency)),
    ],
  }),
};

/** One line for each, among the details of what was measured. */
export function latencyLines(latencies: readonly LatencyJson[]): DetailLine[] {
  return latencies.map((latency) => {
    const told = quantilesOf(latency)
      .filter(({ label }) => IN_SHORT.includes(label))
      .map(({ label, micros }) => `${label} ${latencyText(micros)}`);
    return { label: kindOf(latency), value: told.join('  ') };
  });
}

/** A bar each, as long as the quantile is compared with the greatest value. */
function barLines(latency: LatencyJson): DetailLine[] {
  return quantilesOf(latency).map(({ label, micros }) => {
    const bar = '█'.repeat(latency.max ? Math.round((micros / latency.max) * LONGEST_BAR) : 0);
    return { label, value: `${latencyText(micros).padStart(7)}  ${bar}`.trimEnd() };
  });
}

/** Those that are known. */
function quantilesOf({ min, p50, p90, p99, p999, max }: LatencyJson): { label: string; micros: number }[] {
  const all = { min, p50, p90, p99, 'p99.9': p999, max };
  return Object.entries(all).flatMap(([label, micros]) => (micros === undefined ? [] : [{ label, micros }]));
}

function kindOf({ kind }: LatencyJson): string {
  return KINDS.get(kind) ?? kind;
}

/** What is named by its kind alone, or by its name alone, says so once. */
function titleOf(latency: LatencyJson): string {
  const { of } = latency;
  if (of === 'rpc') return kindOf(latency);
  return `${kindOf(latency)} of ${of === 'method' ? '' : `${of} `}${nameOf(latency)}`;
}

function nameOf({ of, name }: LatencyJson): string {
  return of === 'exchange' ? exchangeLabel(name) : name;
}
