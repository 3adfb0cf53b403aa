// A publish into a queue that was seen to be deleted: not mandatory, so nobody is told.

import { defineFinding } from '../finding.ts';
import { watchChannels } from './channel-watch.ts';
import { SECOND } from './micros.ts';
import { endingOf } from './resource.ts';
import { clientKey, clientName, quoted } from './wording.ts';

/** Between deletion and publish, in µs: they may cross when programs stop together. */
const LATER = SECOND;

export const unroutablePredicted = defineFinding({
  id: 'unroutable-predicted',
  severity: 'info',
  title: 'A message seems to go nowhere',
  explanation:
    'The message was published to the default exchange under the name of a queue that was deleted before, and not declared ' +
    'again as far as was seen. Without the mandatory flag the broker drops such messages without a word.',
  advice: 'Publish with mandatory, so that the broker returns what it cannot route; declare the queue before.',
  watch: ({ tables, report }) =>
    watchChannels(tables, (channel, time) => {
      const { connection } = channel;
      const { kind, exchange, mandatory, routingKey, time: at, record } = channel.contents[0];
      if (kind !== 'none' || exchange?.name !== '' || mandatory || tables.rpc.isReplyQueue(routingKey)) return false;
      const queue = tables.topology.findQueue(connection.vhost, routingKey);
      if (!queue?.deleted || !queue.deletion || at < queue.deletion.time + LATER) return false;
      const ending = endingOf(tables, { kind: 'queue', name: routingKey, vhost: connection.vhost }, at);
      if (!ending) return false;
      report({
        connection,
        channel,
        subject: `${clientKey(connection)} ${connection.vhost} ${routingKey}`,
        text: () =>
          `${clientName(connection)} publishes to ${quoted(routingKey)} on the default exchange. Predicted to be lost: that ` +
          `queue ${ending.text}.`,
        evidence: [record, ending.record],
        time,
      });
      return true;
    }),
});
