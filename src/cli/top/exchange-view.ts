// The tab of exchanges: what they are, who publishes, where they lead.

import { countColumn, rateColumn, textColumn } from './column.ts';
import { type Details, fieldLines, inlineFields, section } from './details.ts';
import { featuresOf } from './features.ts';
import { connectionLabel, exchangeLabel } from './label.ts';
import { latencyLines } from './latency-view.ts';
import { groupBy, type Moment } from './moment.ts';
import type { BindingJson, ExchangeJson } from './snapshot.ts';
import type { View } from './view.ts';

interface ExchangeRow {
  readonly exchange: ExchangeJson;
  /** Those that lead away from it. */
  readonly bindings: readonly BindingJson[];
}

export const exchangeView: View<ExchangeRow> = {
  title: 'Exchanges',
  short: 'Exch',
  sortedBy: 'PUB/s',
  empty: 'No exchange yet. Exchanges appear here when clients declare or use them.',
  columns: [
    textColumn('EXCHANGE', { least: 16, most: 48, rank: 0 }, ({ exchange }) => exchangeLabel(exchange.name)),
    textColumn('VHOST', { least: 5, most: 14, rank: 6 }, ({ exchange }) => exchange.vhost ?? ''),
    textColumn('TYPE', { least: 7, most: 18, rank: 4 }, ({ exchange }) => exchange.type ?? ''),
    textColumn('FEATURES', { least: 8, most: 24, rank: 7 }, ({ exchange }) => featuresOf(exchange)),
    countColumn('BINDINGS', 5, (row) => row.bindings.length),
    countColumn('PUBLISHERS', 3, ({ exchange }) => exchange.publishers?.length ?? 0),
    rateColumn('PUB/s', 1, 'publish', ({ exchange }) => exchange.publish_rate),
    countColumn('PUBLISHED', 2, ({ exchange }) => exchange.published ?? 0),
  ],
  rows: ({ snapshot }) => {
    const bindings = groupBy(snapshot.bindings, ({ vhost, source }) => keyOf(vhost, source));
    const present = snapshot.exchanges.filter(({ deleted }) => !deleted);
    return present.map((exchange) => ({
      exchange,
      bindings: bindings.get(keyOf(exchange.vhost, exchange.name)) ?? [],
    }));
  },
  key: ({ exchange }) => keyOf(exchange.vhost, exchange.name),
  details: detailsOf,
};

function keyOf(vhost: string | undefined, name: string): string {
  return `${vhost ?? ''} ${name}`;
}

function detailsOf({ exchange, bindings }: ExchangeRow, moment: Moment): Details {
  const measured = moment.snapshot.latencies.filter(
    ({ of, name, vhost }) => of === 'exchange' && name === exchange.name && vhost === exchange.vhost,
  );
  return {
    title: `Exchange ${exchangeLabel(exchange.name)}`,
    lines: [
      ...fieldLines(exchange, ['name', 'publishers']),
      ...section(
        'Publishers',
        (exchange.publishers ?? []).map((id) => ({ text: connectionLabel(moment, id) })),
      ),
      ...section(
        'Bindings',
        bindings.map((binding) => ({
          label: binding.destination,
          value: inlineFields(binding, ['vhost', 'source', 'destination']),
        })),
      ),
      ...section('Latencies', latencyLines(measured)),
    ],
  };
}
