// The tab of channels: mode, prefetch, what is on the way, how fast.

import { ageColumn, countColumn, rateColumn, textColumn } from './column.ts';
import { type Details, fieldLines, inlineFields, section } from './details.ts';
import { channelLabel, connectionLabel, findingLine } from './label.ts';
import { ageOf, isOfInterest, type Moment } from './moment.ts';
import type { ChannelJson } from './snapshot.ts';
import type { View } from './view.ts';

interface ChannelRow {
  readonly channel: ChannelJson;
  /** The connection's. */
  readonly name: string;
  /** Seconds. */
  readonly age: number | undefined;
}

/** A channel number has 16 bits (AMQP 0-9-1 §4.2.3). */
const CHANNEL_NUMBERS = 2 ** 16;

export const channelView: View<ChannelRow> = {
  title: 'Channels',
  short: 'Chans',
  sortedBy: '#',
  empty: 'No channel is open.',
  columns: [
    {
      ...textColumn('#', { least: 7, most: 12, rank: 0 }, ({ channel }) =>
        channelLabel(channel.connection, channel.channel),
      ),
      ascending: true,
      sort: ({ channel }) => channel.connection * CHANNEL_NUMBERS + channel.channel,
    },
    textColumn('CONNECTION', { least: 16, most: 36, rank: 2 }, (row) => row.name),
    textColumn('MODE', { least: 7, rank: 6 }, ({ channel }) => channel.mode ?? ''),
    {
      ...textColumn('PREFETCH', { least: 8, rank: 8 }, prefetchOf),
      right: true,
      sort: ({ channel }) => channel.prefetch ?? channel.global_prefetch ?? 0,
    },
    countColumn('CONS', 7, ({ channel }) => channel.consumers?.length ?? 0),
    countColumn('UNACK', 4, ({ channel }) => channel.unacked ?? 0),
    countColumn('UNCONF', 5, ({ channel }) => channel.unconfirmed ?? 0),
    rateColumn('PUB/s', 3, 'publish', ({ channel }) => channel.publish_rate),
    rateColumn('DLV/s', 3, 'deliver', ({ channel }) => channel.deliver_rate),
    countColumn('PUBLISHED', 11, ({ channel }) => channel.published ?? 0),
    countColumn('DELIVERED', 11, ({ channel }) => channel.delivered ?? 0),
    countColumn('REDLV', 10, ({ channel }) => channel.redelivered ?? 0),
    ageColumn('AGE', 9, (row) => row.age),
    textColumn('STATE', { least: 7, most: 80, rank: 1 }, stateOf, ({ channel }, style) =>
      channel.flow_active === false ? style.warning : undefined,
    ),
  ],
  rows: ({ snapshot, names, now }, all) =>
    snapshot.channels
      .filter((channel) => all || isOfInterest(channel, now))
      .map((channel) => ({
        channel,
        name: channel.connection_name ?? names.get(channel.connection) ?? '',
        age: ageOf(channel.opened_at, now),
      })),
  key: ({ channel }) => `${channel.connection} ${channel.channel} ${channel.opened_at ?? ''}`,
  paint: ({ channel }, style) => (channel.closed_at === undefined ? undefined : style.faint),
  details: detailsOf,
};

/** Of each consumer; `all` where the consumers of the channel share it (basic.qos with global); 0 is no limit. */
function prefetchOf({ channel: { prefetch, global_prefetch } }: ChannelRow): string {
  if (global_prefetch) return `${global_prefetch} all`;
  return prefetch ? String(prefetch) : '-';
}

function stateOf({ channel: { state = '', flow_active, close_reason } }: ChannelRow): string {
  if (flow_active === false && state !== 'closed') return 'flow stopped';
  return close_reason === undefined ? state : `${state}: ${close_reason}`;
}

function detailsOf({ channel }: ChannelRow, moment: Moment): Details {
  const findings = moment.findings.get(channel.connection) ?? [];
  return {
    title: `Channel ${channel.channel} of connection ${connectionLabel(moment, channel.connection)}`,
    lines: [
      ...fieldLines(channel, ['connection', 'channel', 'connection_name', 'consumers']),
      ...section('Findings', findings.filter((finding) => finding.channel === channel.channel).map(findingLine)),
      ...section(
        'Consumers',
        (channel.consumers ?? []).map((consumer) => ({
          label: consumer.consumer_tag,
          value: inlineFields(consumer, ['consumer_tag']),
        })),
      ),
    ],
  };
}
