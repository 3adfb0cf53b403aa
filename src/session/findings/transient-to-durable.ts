// Transient messages into a durable queue: the queue survives a restart of the broker, what is in it does not.

import { counted } from '../../log/quantity.ts';
import { fieldOf } from '../../protocol/field-table.ts';
import { defineFinding } from '../finding.ts';
import { queuesReached } from '../routes.ts';
import type { Queue } from '../topology.ts';
import { watchPublishers } from './channel-watch.ts';
import { clientKey, clientName, quoted } from './wording.ts';

/** Fewer may be a trial. */
const MANY = 100;

export const transientToDurable = defineFinding({
  id: 'transient-to-durable',
  severity: 'warning',
  title: 'Transient messages go into a durable queue',
  explanation:
    'A durable queue comes back after a restart of the broker, but without the messages that were not published as ' +
    'persistent: delivery_mode decides for each message. (Quorum queues and streams keep all, and are not meant here.)',
  advice:
    'Publish with delivery_mode 2 what must survive, or declare the queue as what it is: exclusive or auto-delete.',
  watch: ({ tables, report }) =>
    watchPublishers(tables, MANY, (channel, time) => {
      const { connection, published, publishedPersistent } = channel;
      const { exchange, routingKey, header, record } = channel.contents[0];
      // Requests and messages that expire are not meant to be there after a restart.
      if (publishedPersistent > 0 || header.hasExpiration || header.replyTo !== undefined) return false;
      const reached = queuesReached(tables.topology, connection.vhost, exchange?.name ?? '', routingKey);
      const queue = reached.find(isDurableClassic);
      if (!queue) return false;
      report({
        connection,
        channel,
        subject: `${clientKey(connection)} ${connection.vhost} ${exchange?.name || queue.name}`,
        text:
          `${clientName(connection)} has published ${counted(published, 'message')} on channel ${channel.number}, none of ` +
          `them persistent, the last into durable queue ${quoted(queue.name)}: a restart of the broker loses them.`,
        evidence: [record, queue.declared!.record],
        time,
      });
      return true;
    }),
});

function isDurableClassic({ declared }: Queue): boolean {
  if (!declared?.durable || declared.exclusive || declared.autoDelete) return false;
  const type = fieldOf(declared.arguments, 'x-queue-type');
  return type === undefined || type.value === 'classic';
}
