// The tab of queues: what they are, who consumes, how fast.

import { countColumn, rateColumn, textColumn } from './column.ts';
import { type Details, fieldLines, inlineFields, section } from './details.ts';
import { featuresOf } from './features.ts';
import { channelLabel, exchangeLabel } from './label.ts';
import { latencyLines } from './latency-view.ts';
import type { Moment } from './moment.ts';
import type { QueueJson } from './snapshot.ts';
import type { View } from './view.ts';

export const queueView: View<QueueJson> = {
  title: 'Queues',
  short: 'Queues',
  sortedBy: 'DLV/s',
  empty: 'No queue yet. Queues appear here when clients declare or use them.',
  columns: [
    textColumn('QUEUE', { least: 16, most: 48, rank: 0 }, (queue) => queue.name),
    textColumn('VHOST', { least: 5, most: 14, rank: 8 }, (queue) => queue.vhost ?? ''),
    textColumn('FEATURES', { least: 8, most: 24, rank: 6 }, featuresOf),
    countColumn('CONS', 3, (queue) => queue.consumers?.length ?? 0),
    countColumn('AT DECL', 4, (queue) => queue.message_count),
    countColumn('UNACK', 2, (queue) => queue.unacked ?? 0),
    rateColumn('DLV/s', 1, 'deliver', (queue) => queue.deliver_rate),
    countColumn('DELIVERED', 5, (queue) => queue.delivered ?? 0),
    countColumn('GOT', 9, (queue) => queue.got ?? 0),
    countColumn('ACKED', 7, (queue) => queue.acked ?? 0),
  ],
  rows: ({ snapshot }) => snapshot.queues.filter(({ deleted }) => !deleted),
  key: (queue) => `${queue.vhost ?? ''} ${queue.name}`,
  details: detailsOf,
};

function detailsOf(queue: QueueJson, { names, snapshot }: Moment): Details {
  const bound = snapshot.bindings.filter(
    ({ vhost, destination, destination_type }) =>
      vhost === queue.vhost && destination === queue.name && destination_type !== 'exchange',
  );
  const measured = snapshot.latencies.filter(
    ({ of, name, vhost }) => of === 'queue' && name === queue.name && vhost === queue.vhost,
  );
  return {
    title: `Queue ${queue.name}`,
    lines: [
      ...fieldLines(queue, ['name', 'consumers']),
      ...section(
        'Consumers',
        (queue.consumers ?? []).map(({ connection, channel, ...others }) => ({
          label: channelLabel(connection, channel),
          value: [names.get(connection) ?? '', inlineFields(others)].join('  ').trimStart(),
        })),
      ),
      ...section(
        'Bindings',
        bound.map((binding) => ({
          label: exchangeLabel(binding.source),
          value: inlineFields(binding, ['vhost', 'source', 'destination', 'destination_type']),
        })),
      ),
      ...section('Latencies', latencyLines(measured)),
    ],
  };
}
