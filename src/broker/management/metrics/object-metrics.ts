// Metrics of queues, channels and connections: one sum over all of them, or one sample each (/metrics/per-object). Names are
// those of RabbitMQ's Prometheus plugin.

import type { Channel } from '../../channel/channel.ts';
import type { BrokerConnection } from '../../connection/connection.ts';
import { ClassicQueue } from '../../queue/classic-queue.ts';
import type { Queue } from '../../queue/queue.ts';
import { channelName } from '../json/channel-json.ts';
import { readyBytes } from '../json/queue-json.ts';
import { openChannels, openConnections } from '../json/totals.ts';
import type { Management } from '../management.ts';
import type { Family, Sample } from './metric-text.ts';

/** A number of each object. */
interface ObjectMetric<Subject> {
  readonly name: string;
  readonly type: Family['type'];
  readonly help: string;
  readonly value: (subject: Subject) => number;
  /** What objects that are gone add to the sum, so that counters do not fall. */
  readonly gone?: (management: Management) => number;
}

const QUEUE_METRICS: readonly ObjectMetric<Queue>[] = [
  gauge('rabbitmq_queue_messages_ready', 'Messages that wait for a consumer', (queue) => queue.readyCount),
  gauge('rabbitmq_queue_messages_unacked', 'Messages delivered and not settled', (queue) => queue.unsettledCount),
  gauge('rabbitmq_queue_messages', 'Messages ready and unsettled', messageCount),
  gauge('rabbitmq_queue_consumers', 'Consumers of queues', (queue) => queue.consumers.size),
  gauge('rabbitmq_queue_consumer_capacity', 'Share of consumers that could take a message', capacity),
  gauge('rabbitmq_queue_consumer_utilisation', 'The same as consumer capacity', capacity),
  gauge('rabbitmq_queue_process_memory_bytes', 'Memory that queues take', (queue) => queue.byteCount),
  gauge('rabbitmq_queue_messages_ram', 'Messages in memory', messageCount),
  gauge('rabbitmq_queue_messages_ram_bytes', 'Bytes of messages in memory', (queue) => queue.byteCount),
  gauge('rabbitmq_queue_messages_ready_ram', 'Ready messages in memory', (queue) => queue.readyCount),
  gauge('rabbitmq_queue_messages_unacked_ram', 'Unsettled messages in memory', (queue) => queue.unsettledCount),
  gauge('rabbitmq_queue_messages_persistent', 'Persistent messages in durable queues', persistentCount),
  gauge('rabbitmq_queue_messages_persistent_bytes', 'Bytes of them', persistentBytes),
  gauge('rabbitmq_queue_messages_bytes', 'Bytes of messages', (queue) => queue.byteCount),
  gauge('rabbitmq_queue_messages_ready_bytes', 'Bytes of ready messages', readyBytes),
  gauge(
    'rabbitmq_queue_messages_unacked_bytes',
    'Bytes of unsettled messages',
    (queue) => queue.byteCount - readyBytes(queue),
  ),
  gauge('rabbitmq_queue_messages_paged_out', 'Messages on disk only', () => 0),
  gauge('rabbitmq_queue_messages_paged_out_bytes', 'Bytes of messages on disk only', () => 0),
  counter(
    'rabbitmq_queue_messages_published_total',
    'Messages that came into queues',
    (queue) => queue.stats.published,
    ({ broker: { churn } }) => Object.values(churn.queues).reduce((sum, { published }) => sum + published, 0),
  ),
];

const CHANNEL_METRICS: readonly ObjectMetric<Channel>[] = [
  gauge('rabbitmq_channel_consumers', 'Consumers on channels', (channel) => channel.consumers.size),
  gauge(
    'rabbitmq_channel_messages_unacked',
    'Messages delivered and not settled',
    (channel) => channel.deliveries.count,
  ),
  gauge(
    'rabbitmq_channel_messages_unconfirmed',
    'Messages published and not confirmed',
    (channel) => channel.confirms?.outstanding ?? 0,
  ),
  gauge(
    'rabbitmq_channel_messages_uncommitted',
    'Messages published in a transaction and not committed',
    (channel) => channel.transaction?.publishCount ?? 0,
  ),
  gauge(
    'rabbitmq_channel_acks_uncommitted',
    'Settlements in a transaction and not committed',
    (channel) => channel.transaction?.settledCount ?? 0,
  ),
  gauge('rabbitmq_consumer_prefetch', 'Prefetch of consumers', (channel) => channel.consumerPrefetch),
  gauge('rabbitmq_channel_prefetch', 'Prefetch of channels as a whole', (channel) => channel.prefetch),
  channelCounter('rabbitmq_channel_messages_published_total', 'Messages published', 'published'),
  channelCounter('rabbitmq_channel_messages_confirmed_total', 'Messages published and confirmed', 'confirmed'),
  channelCounter(
    'rabbitmq_channel_messages_unroutable_returned_total',
    'Mandatory messages returned as unroutable',
    'returned',
  ),
  channelCounter('rabbitmq_channel_messages_unroutable_dropped_total', 'Messages dropped as unroutable', 'dropped'),
  channelCounter('rabbitmq_channel_get_ack_total', 'Messages got, to be acknowledged', 'got'),
  channelCounter('rabbitmq_channel_get_total', 'Messages got without acknowledgement', 'gotNoAck'),
  channelCounter('rabbitmq_channel_get_empty_total', 'Gets that found the queue empty', 'gotEmpty'),
  channelCounter(
    'rabbitmq_channel_messages_delivered_ack_total',
    'Messages delivered, to be acknowledged',
    'delivered',
  ),
  channelCounter(
    'rabbitmq_channel_messages_delivered_total',
    'Messages delivered without acknowledgement',
    'deliveredNoAck',
  ),
  channelCounter('rabbitmq_channel_messages_redelivered_total', 'Messages delivered once more', 'redelivered'),
  channelCounter('rabbitmq_channel_messages_acked_total', 'Messages acknowledged', 'acked'),
];

const CONNECTION_METRICS: readonly ObjectMetric<BrokerConnection>[] = [
  counter(
    'rabbitmq_connection_incoming_bytes_total',
    'Bytes received from clients',
    (connection) => connection.bytesReceived,
    ({ broker }) => broker.churn.bytesReceived,
  ),
  counter(
    'rabbitmq_connection_outgoing_bytes_total',
    'Bytes sent to clients',
    (connection) => connection.bytesSent,
    ({ broker }) => broker.churn.bytesSent,
  ),
  counter(
    'rabbitmq_connection_incoming_packets_total',
    'Pieces in which bytes were received',
    (connection) => connection.piecesReceived,
    ({ broker }) => broker.churn.piecesReceived,
  ),
  counter(
    'rabbitmq_connection_outgoing_packets_total',
    'Pieces in which bytes were sent',
    (connection) => connection.output.piecesSent,
    ({ broker }) => broker.churn.piecesSent,
  ),
  gauge('rabbitmq_connection_pending_packets', 'Packets that wait to be sent', () => 0),
  gauge('rabbitmq_connection_channels', 'Channels on connections', (connection) => connection.channels.size),
];

/** All of them; `perObject`: one sample an object. */
export function objectFamilies(management: Management, perObject: boolean): Family[] {
  const { broker } = management;
  const queues = [...broker.vhosts.values()].flatMap((vhost) => [...vhost.queues.values()]);
  const channels = [...openChannels(broker.connections)];
  const connections = [...openConnections(broker.connections)];
  const labels = {
    queue: ({ name, vhost }: Queue) => ({ vhost: vhost.name, queue: name }),
    channel: (channel: Channel) => ({ channel: channelName(channel) }),
    // RabbitMQ's name for this label.
    connection: ({ name }: BrokerConnection) => ({ channel: name }),
  };
  return [
    ...families(management, QUEUE_METRICS, queues, perObject ? labels.queue : undefined),
    ...families(management, CHANNEL_METRICS, channels, perObject ? labels.channel : undefined),
    ...families(management, CONNECTION_METRICS, connections, perObject ? labels.connection : undefined),
  ];
}

function families<Subject>(
  management: Management,
  metrics: readonly ObjectMetric<Subject>[],
  subjects: readonly Subject[],
  labelsOf: ((subject: Subject) => Readonly<Record<string, string>>) | undefined,
): Family[] {
  return metrics.map(({ name, type, help, value, gone }) => {
    const samples = labelsOf
      ? subjects.map((subject): Sample => ({ labels: labelsOf(subject), value: value(subject) }))
      : [{ value: subjects.reduce((sum, subject) => sum + value(subject), gone?.(management) ?? 0) }];
    return { name, type, help, samples };
  });
}

function gauge<Subject>(name: string, help: string, value: (subject: Subject) => number): ObjectMetric<Subject> {
  return { name, type: 'gauge', help, value };
}

function counter<Subject>(
  name: string,
  help: string,
  value: (subject: Subject) => number,
  gone: (management: Management) => number,
): ObjectMetric<Subject> {
  return { name, type: 'counter', help, value, gone };
}

type ChannelCount = Exclude<keyof Channel['stats'], 'add'>;

function channelCounter(name: string, help: string, count: ChannelCount): ObjectMetric<Channel> {
  // What channels that close leave behind has been added to the broker's count already.
  const value = ({ closing, stats }: Channel): number => (closing ? 0 : stats[count]);
  return counter(name, help, value, ({ broker }) => broker.departed[count]);
}

function messageCount({ readyCount, unsettledCount }: Queue): number {
  return readyCount + unsettledCount;
}

function persistentCount(queue: Queue): number {
  return queue instanceof ClassicQueue ? queue.persistentCount : messageCount(queue);
}

function persistentBytes(queue: Queue): number {
  return queue instanceof ClassicQueue ? queue.persistentBytes : queue.byteCount;
}

function capacity({ consumers }: Queue): number {
  let able = 0;
  for (const consumer of consumers) if (consumer.able) able++;
  return consumers.size === 0 ? 0 : able / consumers.size;
}
