// The broker blocks a connection that publishes, and with it the acks of what it consumes.

import { counted } from '../../log/quantity.ts';
import { defineFinding } from '../finding.ts';
import { capital, clientKey, clientName, said, serverName } from './wording.ts';

export const blockedConsumer = defineFinding({
  id: 'blocked-consumer',
  severity: 'warning',
  title: 'A blocked connection also consumes',
  explanation:
    'A broker that is short of memory or disk stops reading from connections that publish. Where the same connection ' +
    'consumes, its acks are not read either: the consumer stalls just when queues ought to be emptied.',
  advice: 'Publish and consume on two connections.',
  watch: ({ report }) => ({
    method({ connection, decoded, record, time }) {
      if (decoded.method.name !== 'connection.blocked' || connection.published === 0) return;
      const channels = [...connection.channels.values()];
      const consumers = channels.flatMap((channel) => [...channel.consumers.values()]);
      const held = consumers.filter(({ cancelled, noAck }) => !cancelled && !noAck);
      if (held.length === 0) return;
      const unacked = held.reduce((sum, consumer) => sum + consumer.unacked, 0);
      const reason = said(String(decoded.arguments['reason']));
      report({
        connection,
        subject: clientKey(connection),
        text:
          `${capital(serverName(connection))} blocks ${clientName(connection)} (${reason}), which publishes and has ` +
          `${counted(held.length, 'consumer')} on the same connection: acks of ` +
          `${counted(unacked, 'delivery', 'deliveries')} and of all that come wait until it is unblocked.`,
        evidence: [record, ...held.map((consumer) => consumer.record)],
        time,
      });
    },
  }),
});
