// Persistent messages into a durable queue, without confirms or transactions: nobody hears of those that are lost.

import { counted } from '../../log/quantity.ts';
import { defineFinding } from '../finding.ts';
import { queuesReached } from '../routes.ts';
import { watchPublishers } from './channel-watch.ts';
import { clientKey, clientName, quoted } from './wording.ts';

/** A program that marks so many as persistent means them to arrive. */
const MANY = 100;

export const unconfirmedPublishing = defineFinding({
  id: 'unconfirmed-publishing',
  severity: 'warning',
  title: 'Persistent messages are published without confirms',
  explanation:
    'Without publisher confirms a publish is a shot in the dark: when the connection breaks or the broker restarts, messages ' +
    'on their way are lost and the program never hears of it, however durable the messages and the queue are.',
  advice: 'Put the channel into confirm mode (confirm.select), and publish again what is nacked or never confirmed.',
  watch: ({ tables, report }) =>
    watchPublishers(tables, MANY, (channel, time) => {
      const { connection, mode, publishedPersistent } = channel;
      const { exchange, routingKey, header, record } = channel.contents[0];
      if (mode !== 'plain' || channel.midway || publishedPersistent < MANY || !header.persistent) return false;
      const reached = queuesReached(tables.topology, connection.vhost, exchange?.name ?? '', routingKey);
      const queue = reached.find(({ declared }) => declared?.durable);
      if (!queue) return false;
      report({
        connection,
        channel,
        subject: `${clientKey(connection)} ${connection.vhost} ${exchange?.name || queue.name}`,
        text:
          `${clientName(connection)} has published ${counted(publishedPersistent, 'persistent message')} on channel ` +
          `${channel.number} without confirms, the last into durable queue ${quoted(queue.name)}.`,
        evidence: [record, queue.declared!.record],
        time,
      });
      return true;
    }),
});
