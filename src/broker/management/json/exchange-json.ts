// An exchange as the management API shows it.

import { fromFieldTable } from '../../definitions/arguments.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { Row } from '../listing.ts';
import type { Management } from '../management.ts';
import { messageStats } from './stats-json.ts';

export function exchangeJson({ broker, rates }: Management, exchange: Exchange): Row {
  const { name, vhost, type, durable, autoDelete, internal } = exchange;
  const { policy } = broker.policies.match(vhost, 'exchange', name);
  const read = () => ({ publish_in: exchange.publishedIn, publish_out: exchange.publishedOut });
  return {
    arguments: fromFieldTable(exchange.arguments),
    auto_delete: autoDelete,
    durable,
    internal,
    ...messageStats(rates, exchange, read),
    name,
    ...(policy ? { policy: policy.name } : {}),
    type: type.name,
    user_who_performed_action: predeclared(name) ? 'rmq-internal' : '',
    vhost,
  };
}

/** What clients cannot declare. */
function predeclared(name: string): boolean {
  return name === '' || name.startsWith('amq.');
}
