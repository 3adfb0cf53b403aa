// A connection that lives on without heartbeats.

import { defineFinding } from '../finding.ts';
import type { TrackedConnection } from '../tracked-connection.ts';
import { MINUTE } from './micros.ts';
import { clientKey, clientName, span } from './wording.ts';

/** Shorter connections gain nothing from heartbeats: RabbitMQ proposes one a minute. In µs. */
const LONG = MINUTE;

export const heartbeatOff = defineFinding({
  id: 'heartbeat-off',
  severity: 'warning',
  title: 'A connection has no heartbeats',
  explanation:
    'Without heartbeats neither side notices when the other is gone without a word: a crashed host, an unplugged cable, a ' +
    'firewall that forgets idle connections. Messages that such a client holds stay with it until TCP gives up, after hours.',
  advice: 'Agree to a heartbeat of 10 to 60 seconds in the connection parameters of the client.',
  watch: ({ report }) => {
    /** Connections that turned them off, with the record of their connection.tune-ok. */
    const without = new Map<TrackedConnection, number>();
    return {
      method({ connection, decoded, record }) {
        if (decoded.method.name !== 'connection.tune-ok') return;
        if (decoded.arguments['heartbeat'] === 0) without.set(connection, record);
      },
      connectionEnded: (connection) => void without.delete(connection),
      tick(time) {
        for (const [connection, record] of without) {
          if (time - connection.openedAt < LONG) continue;
          without.delete(connection);
          report({
            connection,
            subject: clientKey(connection),
            text: `${clientName(connection)} has been connected for ${span(time - connection.openedAt)} without heartbeats.`,
            evidence: [record],
            time,
          });
        }
      },
    };
  },
});
