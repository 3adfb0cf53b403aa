// Metrics of the broker as a whole: the node, its logins, how many of everything there are, and RabbitMQ's global
// counters, which are never divided by object.

import { VERSION } from '../../../version.ts';
import { MessageStats } from '../../message-stats.ts';
import type { QueueType } from '../../queue/queue.ts';
import { RABBITMQ_VERSION } from '../../rabbitmq-version.ts';
import { brokerStats, countObjects, openChannels } from '../json/totals.ts';
import type { Management } from '../management.ts';
import type { Family, Sample } from './metric-text.ts';

export async function nodeFamilies(management: Management): Promise<Family[]> {
  return [
    ...aboutFamilies(management),
    ...alarmFamilies(management),
    ...churnFamilies(management),
    ...(await processFamilies(management)),
    ...loginFamilies(management),
    ...countFamilies(management),
    ...publishFamilies(management),
    ...deliverFamilies(management),
    ...deadLetterFamilies(management),
  ];
}

function single(name: string, type: Family['type'], help: string, value: number): Family {
  return { name, type, help, samples: [{ value }] };
}

function aboutFamilies({ broker }: Management): Family[] {
  const build = {
    rabbitmq_version: RABBITMQ_VERSION,
    prometheus_plugin_version: RABBITMQ_VERSION,
    prometheus_client_version: VERSION,
    erlang_version: `Node.js ${process.versions.node}`,
    product_name: 'amqp-spy',
    product_version: VERSION,
  };
  const identity = {
    rabbitmq_node: broker.name,
    rabbitmq_cluster: broker.clusterName,
    rabbitmq_cluster_permanent_id: broker.name,
  };
  return [
    { name: 'rabbitmq_build_info', type: 'untyped', help: 'Versions', samples: [{ labels: build, value: 1 }] },
    {
      name: 'rabbitmq_identity_info',
      type: 'untyped',
      help: 'Node and cluster',
      samples: [{ labels: identity, value: 1 }],
    },
  ];
}

function alarmFamilies({ broker }: Management): Family[] {
  const alarm = (name: string, raised: boolean): Family =>
    single(`rabbitmq_alarms_${name}`, 'untyped', '1 while the alarm is in effect', raised ? 1 : 0);
  return [
    alarm('file_descriptor_limit', false),
    alarm('free_disk_space_watermark', broker.storeFull),
    alarm('memory_used_watermark', broker.memory.alarmed),
  ];
}

function churnFamilies({ broker: { churn } }: Management): Family[] {
  const counter = (name: string, help: string, value: number): Family =>
    single(`rabbitmq_${name}_total`, 'counter', help, value);
  return [
    counter('connections_opened', 'Connections opened', churn.connectionsOpened),
    counter('connections_closed', 'Connections closed', churn.connectionsClosed),
    counter('channels_opened', 'Channels opened', churn.channelsOpened),
    counter('channels_closed', 'Channels closed', churn.channelsClosed),
    counter('queues_declared', 'Declarations of queues', churn.queuesDeclared),
    counter('queues_created', 'Queues made', churn.queuesCreated),
    counter('queues_deleted', 'Queues deleted', churn.queuesDeleted),
  ];
}

async function processFamilies({ broker, figures }: Management): Promise<Family[]> {
  const { memoryUsed, filesOpen, filesLimit, diskFree, diskLimit } = await figures.read(broker);
  const gauge = (name: string, help: string, value: number): Family => single(`rabbitmq_${name}`, 'gauge', help, value);
  const now = broker.clock.now();
  const { connections } = countObjects([], broker.connections);
  return [
    single('process_start_time_seconds', 'gauge', 'When the process started', now / 1000 - process.uptime()),
    gauge('process_open_fds', 'File descriptors in use', filesOpen),
    gauge('process_max_fds', 'File descriptors that may be in use', filesLimit),
    gauge('process_open_tcp_sockets', 'Sockets in use', connections),
    gauge('process_max_tcp_sockets', 'Sockets that may be in use', filesLimit),
    gauge('process_resident_memory_bytes', 'Memory of the process', memoryUsed),
    gauge('resident_memory_limit_bytes', 'Memory for messages, above which publishers wait', broker.memory.limit),
    gauge('disk_space_available_bytes', 'Free bytes on the disk', diskFree),
    gauge('disk_space_available_limit_bytes', 'Free bytes below which publishers wait', diskLimit),
    gauge('erlang_uptime_seconds', 'How long the broker has been running', (now - broker.startedAt) / 1000),
  ];
}

function loginFamilies({ broker: { churn }, loginsSucceeded, loginsFailed }: Management): Family[] {
  const family = (name: string, help: string, http: number, amqp: number): Family => ({
    name: `rabbitmq_auth_attempts${name}_total`,
    type: 'counter',
    help,
    samples: [
      { labels: { protocol: 'http' }, value: http },
      { labels: { protocol: 'amqp091' }, value: amqp },
    ],
  });
  const { loginsSucceeded: opened, loginsFailed: refused } = churn;
  return [
    family('', 'Logins tried', loginsSucceeded + loginsFailed, opened + refused),
    family('_succeeded', 'Logins that succeeded', loginsSucceeded, opened),
    family('_failed', 'Logins that failed', loginsFailed, refused),
  ];
}

function countFamilies({ broker }: Management): Family[] {
  const { connections, channels, consumers, queues } = countObjects(broker.vhosts.values(), broker.connections);
  return [
    single('rabbitmq_connections', 'gauge', 'Connections open', connections),
    single('rabbitmq_channels', 'gauge', 'Channels open', channels),
    single('rabbitmq_consumers', 'gauge', 'Consumers', consumers),
    single('rabbitmq_queues', 'gauge', 'Queues', queues),
  ];
}

const PROTOCOL = { protocol: 'amqp091' };

function publishFamilies(management: Management): Family[] {
  const { published, confirmed, returned, dropped } = brokerStats(management);
  const channels = [...openChannels(management.broker.connections)];
  const outstanding = channels.reduce((sum, { confirms }) => sum + (confirms?.outstanding ?? 0), 0);
  const { consumers } = countObjects(management.broker.vhosts.values(), []);
  const global = (name: string, type: Family['type'], help: string, value: number): Family => ({
    name: `rabbitmq_global_${name}`,
    type,
    help,
    samples: [{ labels: PROTOCOL, value }],
  });
  return [
    global('messages_received_total', 'counter', 'Messages published', published),
    global(
      'messages_received_confirm_total',
      'counter',
      'Messages published, to be confirmed',
      confirmed + outstanding,
    ),
    global('messages_confirmed_total', 'counter', 'Messages confirmed', confirmed),
    global('messages_routed_total', 'counter', 'Messages that reached a queue', published - returned - dropped),
    global('messages_unroutable_dropped_total', 'counter', 'Messages dropped as unroutable', dropped),
    global('messages_unroutable_returned_total', 'counter', 'Messages returned as unroutable', returned),
    global('consumers', 'gauge', 'Consumers', consumers),
    global(
      'publishers',
      'gauge',
      'Channels that have published',
      channels.filter(({ stats }) => stats.published > 0).length,
    ),
  ];
}

/** Classic queues know no delivery limit, and streams no dead letters. */
const DEAD_LETTERS = [
  ['rejected', 'Messages dead-lettered because they were rejected', ['classic', 'quorum']],
  ['expired', 'Messages dead-lettered because they expired', ['classic', 'quorum']],
  ['maxlen', 'Messages dead-lettered because their queue was full', ['classic', 'quorum']],
  ['delivery_limit', 'Messages dead-lettered because they came back too often', ['quorum']],
] as const;

function deadLetterFamilies({ broker: { churn } }: Management): Family[] {
  return DEAD_LETTERS.map(([reason, help, types]) => ({
    name: `rabbitmq_global_messages_dead_lettered_${reason}_total`,
    type: 'counter',
    help,
    samples: types.map((type) => ({
      labels: { queue_type: `rabbit_${type}_queue`, dead_letter_strategy: 'at_most_once' },
      value: churn.deadLettered[type][reason],
    })),
  }));
}

type Count = Exclude<keyof MessageStats, 'add'>;

/** By type of queue. */
function deliverFamilies({ broker }: Management): Family[] {
  const types: Record<QueueType, MessageStats> = {
    classic: new MessageStats(),
    quorum: new MessageStats(),
    stream: new MessageStats(),
  };
  for (const [type, stats] of Object.entries(broker.churn.queues)) types[type as QueueType].add(stats);
  for (const { queues } of broker.vhosts.values())
    for (const { type, stats } of queues.values()) types[type].add(stats);
  const family = (name: string, help: string, counts: readonly Count[]): Family => ({
    name: `rabbitmq_global_messages_${name}_total`,
    type: 'counter',
    help,
    samples: Object.entries(types).map(
      ([type, stats]): Sample => ({
        labels: { ...PROTOCOL, queue_type: `rabbit_${type}_queue` },
        value: counts.reduce((sum, count) => sum + stats[count], 0),
      }),
    ),
  });
  return [
    family('acknowledged', 'Messages acknowledged', ['acked']),
    family('delivered', 'Messages delivered', ['delivered', 'deliveredNoAck', 'got', 'gotNoAck']),
    family('delivered_consume_auto_ack', 'Messages delivered without acknowledgement', ['deliveredNoAck']),
    family('delivered_consume_manual_ack', 'Messages delivered, to be acknowledged', ['delivered']),
    family('delivered_get_auto_ack', 'Messages got without acknowledgement', ['gotNoAck']),
    family('delivered_get_manual_ack', 'Messages got, to be acknowledged', ['got']),
    family('get_empty', 'Gets that found the queue empty', ['gotEmpty']),
    family('redelivered', 'Messages delivered once more', ['redelivered']),
  ];
}
