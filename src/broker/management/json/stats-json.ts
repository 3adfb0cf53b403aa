// Counts of messages as the management API shows them: RabbitMQ's names, each with its rate.

import type { MessageStats } from '../../message-stats.ts';
import type { Row } from '../listing.ts';
import { type Counters, type Rates, withRates } from '../rates.ts';

/** What happened on the way out of queues. */
function deliveryCounters(stats: MessageStats): Counters {
  return {
    ack: stats.acked,
    deliver: stats.delivered,
    deliver_get: stats.delivered + stats.deliveredNoAck + stats.got + stats.gotNoAck,
    deliver_no_ack: stats.deliveredNoAck,
    get: stats.got,
    get_empty: stats.gotEmpty,
    get_no_ack: stats.gotNoAck,
    redeliver: stats.redelivered,
  };
}

/** What publishers did. */
function publishCounters(stats: MessageStats): Counters {
  return {
    confirm: stats.confirmed,
    drop_unroutable: stats.dropped,
    publish: stats.published,
    return_unroutable: stats.returned,
  };
}

export function allCounters(stats: MessageStats): Counters {
  return { ...deliveryCounters(stats), ...publishCounters(stats) };
}

/** Of a queue: nobody publishes by it, so there are no confirms. */
export function queueCounters(stats: MessageStats): Counters {
  return { ...deliveryCounters(stats), publish: stats.published };
}

/** `message_stats` of what the counters belong to; left out as long as nothing has happened, as RabbitMQ does. */
export function messageStats(rates: Rates, owner: object, read: () => Counters): Row {
  const values = read();
  const growth = rates.of(owner, read);
  return Object.values(values).some((value) => value !== 0) ? { message_stats: withRates(values, growth) } : {};
}

export interface Lengths {
  readonly ready: number;
  readonly unacknowledged: number;
}

export function lengthCounters({ ready, unacknowledged }: Lengths): Counters {
  return { messages: ready + unacknowledged, messages_ready: ready, messages_unacknowledged: unacknowledged };
}
