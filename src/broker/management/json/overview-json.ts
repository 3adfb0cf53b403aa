// The overview: what the broker is, what it holds, what goes through it.

import { VERSION } from '../../../version.ts';
import { RABBITMQ_VERSION } from '../../rabbitmq-version.ts';
import type { Who } from '../authorization.ts';
import { isMonitor, visibleVhosts } from '../authorization.ts';
import type { Row } from '../listing.ts';
import type { Management } from '../management.ts';
import { withRates } from '../rates.ts';
import { churnCounters, exchangeTypes, listeners, webContext } from './node-json.ts';
import { allCounters, messageStats } from './stats-json.ts';
import { brokerStats, countObjects, totalLengths } from './totals.ts';

export interface OverviewOptions {
  readonly disableStats: boolean;
  readonly enableQueueTotals: boolean;
}

export function overviewJson(management: Management, who: Who, options: OverviewOptions): Row {
  const about = aboutJson(management, options);
  const monitor = isMonitor(who);
  const { broker } = management;
  const vhosts = visibleVhosts(broker, who).map((name) => broker.vhosts.get(name)!);
  const connections = [...broker.connections].filter(({ user }) => monitor || user?.name === who.name);
  const counts = countObjects(vhosts, connections);
  if (options.disableStats) {
    const { queues, exchanges, connections: open } = counts;
    return { ...about, node: broker.name, object_totals: { queues, exchanges, connections: open } };
  }
  if (!monitor) {
    return {
      ...about,
      message_stats: {},
      object_totals: { ...counts },
      queue_totals: withRates(totalLengths(vhosts), {}),
    };
  }
  return { ...about, ...statsJson(management), object_totals: { ...counts }, ...nodeJson(management) };
}

function aboutJson({ broker }: Management, { disableStats, enableQueueTotals }: OverviewOptions): Row {
  return {
    management_version: RABBITMQ_VERSION,
    rates_mode: 'basic',
    sample_retention_policies: { global: [], basic: [], detailed: [] },
    exchange_types: exchangeTypes(),
    product_version: VERSION,
    product_name: 'amqp-spy',
    rabbitmq_version: RABBITMQ_VERSION,
    cluster_name: broker.clusterName,
    erlang_version: '',
    erlang_full_version: `Node.js ${process.versions.node}`,
    release_series_support_status: 'supported',
    disable_stats: disableStats,
    enable_queue_totals: enableQueueTotals,
  };
}

function statsJson(management: Management): Row {
  const { broker, rates } = management;
  const churn = () => churnCounters(management);
  const lengths = () => totalLengths(broker.vhosts.values());
  return {
    message_stats: {},
    ...messageStats(rates, broker.departed, () => allCounters(brokerStats(management))),
    churn_rates: withRates(churn(), rates.of(broker.churn, churn)),
    queue_totals: withRates(lengths(), rates.of(broker.vhosts, lengths)),
  };
}

function nodeJson(management: Management): Row {
  const node = management.broker.name;
  return {
    statistics_db_event_queue: 0,
    node,
    listeners: listeners(management).map(({ protocol, host, port }) => ({
      node,
      protocol,
      ip_address: host,
      port,
      socket_opts: {},
    })),
    contexts: [{ ssl_opts: [], node, ...webContext(management) }],
  };
}
