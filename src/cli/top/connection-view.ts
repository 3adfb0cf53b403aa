// The tab of connections: who is connected, how much each carries, and how it ended.

import { severityRank } from '../../log/note.ts';
import { formatAddress } from '../../net/address.ts';
import { sizeText } from '../size-text.ts';
import { ageColumn, bytesColumn, countColumn, rateColumn, textColumn } from './column.ts';
import { type Details, fieldLines, inlineFields, section } from './details.ts';
import { channelLabel, connectionLabel, findingLine } from './label.ts';
import { ageOf, type Flow, isOfInterest, type Moment, NO_FLOW, sum } from './moment.ts';
import type { ChannelJson, ConnectionJson, FindingJson } from './snapshot.ts';
import type { View } from './view.ts';

interface ConnectionRow {
  readonly connection: ConnectionJson;
  readonly channels: number;
  readonly published: number;
  readonly delivered: number;
  readonly flow: Flow;
  /** Worst first. */
  readonly findings: readonly FindingJson[];
  /** Seconds. */
  readonly age: number | undefined;
}

export const connectionView: View<ConnectionRow> = {
  title: 'Connections',
  short: 'Conns',
  sortedBy: '#',
  empty: 'No connection yet. Clients that connect to the spy appear here.',
  columns: [
    {
      ...textColumn('#', { least: 3, most: 6, rank: 0 }, ({ connection }) => `#${connection.id}`),
      ascending: true,
      sort: ({ connection }) => connection.id,
    },
    textColumn('NAME', { least: 16, most: 36, rank: 1 }, nameOf, ({ connection }, style) =>
      connection.name === undefined ? style.faint : undefined,
    ),
    textColumn('CLIENT', { least: 8, most: 26, rank: 8 }, productOf),
    textColumn('USER', { least: 6, most: 14, rank: 10 }, ({ connection }) => connection.user ?? ''),
    textColumn('VHOST', { least: 5, most: 14, rank: 9 }, ({ connection }) => connection.vhost ?? ''),
    countColumn('CHANS', 6, (row) => row.channels),
    rateColumn('PUB/s', 3, 'publish', (row) => row.published),
    rateColumn('DLV/s', 3, 'deliver', (row) => row.delivered),
    bytesColumn('IN B/s', 5, (row) => row.flow.in),
    bytesColumn('OUT B/s', 5, (row) => row.flow.out),
    ageColumn('AGE', 7, (row) => row.age),
    {
      title: '!',
      least: 2,
      right: true,
      rank: 4,
      text: ({ findings }) => (findings.length === 0 ? '' : String(findings.length)),
      sort: ({ findings }) => findings.length,
      paint: ({ findings }, style) => (findings[0]?.severity === 'error' ? style.error : style.warning),
    },
    textColumn('STATE', { least: 7, most: 80, rank: 2 }, stateOf, ({ connection }, style) =>
      connection.blocked === undefined ? undefined : style.warning,
    ),
  ],
  rows: (moment, all) =>
    moment.snapshot.connections
      .filter((connection) => all || isOfInterest(connection, moment.now))
      .map((connection) => rowOf(connection, moment)),
  key: ({ connection }) => String(connection.id),
  paint: ({ connection }, style) => (connection.closed_at === undefined ? undefined : style.faint),
  details: detailsOf,
};

function rowOf(connection: ConnectionJson, moment: Moment): ConnectionRow {
  const channels = (moment.channels.get(connection.id) ?? []).filter(({ closed_at }) => closed_at === undefined);
  const findings = moment.findings.get(connection.id) ?? [];
  return {
    connection,
    channels: channels.length,
    published: sum(channels, (channel) => channel.publish_rate),
    delivered: sum(channels, (channel) => channel.deliver_rate),
    flow: moment.flows.get(connection.id) ?? NO_FLOW,
    findings: [...findings].sort((a, b) => severityRank(b.severity) - severityRank(a.severity)),
    age: ageOf(connection.opened_at, moment.now),
  };
}

function nameOf({ connection: { name, client } }: ConnectionRow): string {
  return name ?? (client ? formatAddress({ host: client.address, port: client.port }) : '');
}

function productOf({ connection: { client_product = '', client_version } }: ConnectionRow): string {
  return client_version === undefined ? client_product : `${client_product} ${client_version}`;
}

function stateOf({ connection: { state = '', blocked, close_reason } }: ConnectionRow): string {
  if (blocked !== undefined && state !== 'closed') return `blocked: ${blocked}`;
  return close_reason === undefined ? state : `${state}: ${close_reason}`;
}

function detailsOf({ connection, flow, findings }: ConnectionRow, moment: Moment): Details {
  const channels = moment.channels.get(connection.id) ?? [];
  return {
    title: `Connection ${connectionLabel(moment, connection.id)}`,
    lines: [
      ...fieldLines(connection, ['id', 'name']),
      { label: 'bytes a second', value: `in ${sizeText(Math.round(flow.in))}  out ${sizeText(Math.round(flow.out))}` },
      ...section('Findings', findings.map(findingLine)),
      ...section(
        'Channels',
        channels.map((channel) => ({
          label: channelLabel(connection.id, channel.channel),
          value: channelText(channel),
        })),
      ),
    ],
  };
}

/** What a channel is and does, without what is as always. */
function channelText(channel: ChannelJson): string {
  const { consumers = [], ...fields } = channel;
  const told = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== 0 && value !== true));
  const queues = consumers.map(({ queue }) => queue ?? '').join(', ');
  return inlineFields({ ...told, ...(queues && { consumes: queues }) }, [
    ...['connection', 'channel', 'connection_name', 'opened_at'],
  ]);
}
