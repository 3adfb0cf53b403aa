// The node as the management API shows it: the process, its limits and what it listens on. What only Erlang has is left
// out; processes are what the broker has instead: connections, channels and queues.

import { VERSION } from '../../../version.ts';
import type { ExactJson } from '../../definitions/exact-json.ts';
import { EXCHANGE_TYPES } from '../../exchange/registry.ts';
import type { Row } from '../listing.ts';
import type { ListenerInfo, Management } from '../management.ts';
import { type Counters, withRates } from '../rates.ts';
import { countObjects } from './totals.ts';

/** More than any machine has memory for. */
const MOST_PROCESSES = 1_048_576;

export async function nodeJson(management: Management): Promise<Row> {
  const { broker, figures, rates } = management;
  const { memoryUsed, filesOpen, filesLimit, diskFree, diskLimit } = await figures.read(broker);
  const { connections, channels, queues } = countObjects(broker.vhosts.values(), broker.connections);
  management.gauges = {
    mem_used: memoryUsed,
    fd_used: filesOpen,
    sockets_used: connections,
    proc_used: connections + channels + queues,
    disk_free: diskFree,
  };
  const churn = () => churnCounters(management);
  return {
    applications: [{ name: 'amqp-spy', description: 'amqp-spy', version: VERSION }],
    auth_mechanisms: authMechanisms(),
    cluster_links: [],
    config_files: [],
    contexts: [webContext(management)],
    ...withRates(churn(), rates.of(broker.connections, churn)),
    db_dir: broker.options.dataDir ?? '',
    disk_free_alarm: broker.storeFull,
    disk_free_limit: diskLimit,
    enabled_plugins: ['rabbitmq_management', 'rabbitmq_prometheus'],
    exchange_types: exchangeTypes(),
    fd_total: filesLimit,
    log_files: [],
    mem_alarm: broker.memory.alarmed,
    mem_calculation_strategy: 'rss',
    mem_limit: broker.memory.limit,
    ...withRates(
      management.gauges,
      rates.of(figures, () => management.gauges),
    ),
    name: broker.name,
    net_ticktime: 60,
    os_pid: String(process.pid),
    partitions: [],
    proc_total: MOST_PROCESSES,
    processors: figures.processors,
    rates_mode: 'basic',
    run_queue: 0,
    running: true,
    sockets_total: filesLimit,
    type: 'disc',
    uptime: Math.round(process.uptime() * 1000),
  };
}

/** How connections, channels and queues came and went. */
export function churnCounters({ broker: { churn } }: Management): Counters {
  return {
    channel_closed: churn.channelsClosed,
    channel_created: churn.channelsOpened,
    connection_closed: churn.connectionsClosed,
    connection_created: churn.connectionsOpened,
    queue_created: churn.queuesCreated,
    queue_declared: churn.queuesDeclared,
    queue_deleted: churn.queuesDeleted,
  };
}

export function exchangeTypes(): ExactJson {
  return [...EXCHANGE_TYPES]
    .map(({ name, description }) => ({ name, description, enabled: true }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function authMechanisms(): ExactJson {
  return [
    { name: 'PLAIN', description: 'SASL PLAIN authentication mechanism', enabled: true },
    { name: 'AMQPLAIN', description: 'AMQPLAIN mechanism', enabled: true },
    { name: 'EXTERNAL', description: 'by client certificate', enabled: true },
  ];
}

export function webContext({ listener }: Management): Row {
  return { description: 'Management', path: '/', ip: listener.host, port: String(listener.port) };
}

/** Everything that listens: for AMQP, and the API itself. */
export function listeners({ broker, listener }: Management): readonly ListenerInfo[] {
  const amqp = broker.listeners.map(({ address, tls }) => ({ ...address, protocol: tls ? 'amqp/ssl' : 'amqp' }));
  return [...amqp, listener, { ...listener, protocol: 'http/prometheus' }];
}
