// A virtual host as the management API shows it.

import type { VirtualHost } from '../../virtual-host.ts';
import type { Row } from '../listing.ts';
import type { Management } from '../management.ts';
import { type Counters, withRates } from '../rates.ts';
import { connectionCounters } from './connection-json.ts';
import { allCounters, messageStats } from './stats-json.ts';
import { openConnections, totalLengths, vhostStats } from './totals.ts';

export function vhostJson(management: Management, vhost: VirtualHost): Row {
  const { broker, rates } = management;
  const { description = '', tags = [], defaultQueueType } = vhost.description;
  const bytes = () => byteCounters(management, vhost);
  const lengths = () => totalLengths([vhost]);
  return {
    cluster_state: { [broker.name]: 'running' },
    default_queue_type: defaultQueueType ?? 'undefined',
    description,
    ...messageStats(rates, vhost.departed, () => allCounters(vhostStats(management, vhost))),
    ...withRates(lengths(), rates.of(vhost.queues, lengths)),
    metadata: { description, tags },
    name: vhost.name,
    ...withRates(bytes(), rates.of(vhost, bytes)),
    tags,
    tracing: false,
  };
}

/** Of the connections that are open. */
function byteCounters({ broker }: Management, vhost: VirtualHost): Counters {
  let received = 0;
  let sent = 0;
  for (const connection of openConnections(broker.connections)) {
    if (connection.vhost !== vhost) continue;
    const { recv_oct, send_oct } = connectionCounters(connection);
    received += recv_oct!;
    sent += send_oct!;
  }
  return { recv_oct: received, send_oct: sent };
}
