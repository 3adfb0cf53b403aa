// A connection is opened, used for one publish and closed, again and again.

import { counted } from '../../log/quantity.ts';
import { defineFinding } from '../finding.ts';
import type { TrackedConnection } from '../tracked-connection.ts';
import { SECOND } from './micros.ts';
import { programName, programOf, RecentConnections } from './recent-connections.ts';
import { placeName, span } from './wording.ts';

/** Connections in a row, all to publish one message to the same place … */
const MANY = 10;
/** … within so long, in µs. */
const WITHIN = 10 * SECOND;

export const connectionPerMessage = defineFinding({
  id: 'connection-per-message',
  severity: 'warning',
  title: 'A connection is opened for each message',
  explanation:
    'A connection takes seven round trips to open, more with TLS, and memory and processes in the broker: a thousand times ' +
    'the cost of the message. Connections are made to last as long as the program.',
  advice: 'Open one connection when the program starts, and keep it; put short-lived programs behind one that lasts.',
  watch: ({ report }) => {
    const recent = new RecentConnections(MANY);
    /** Where the only publish of a connection went. */
    const places = new Map<TrackedConnection, string>();
    return {
      channelClosed({ connection, published, contents }) {
        const { exchange, routingKey } = contents[0];
        if (published !== 1 || connection.published !== 1) return;
        places.set(connection, placeName(exchange?.name, routingKey));
      },
      connectionEnded(connection, { record, time }) {
        const place = places.get(connection);
        places.delete(connection);
        const program = programOf(connection);
        if (place === undefined || connection.published > 1 || connection.delivered > 0) return;
        const row = recent.add(`${program} ${place}`, connection, time);
        if (!row || time - row[0]!.time > WITHIN) return;
        report({
          connection,
          subject: program,
          text: () =>
            `${programName(connection)} has opened ${counted(row.length, 'connection')} one after the other in ` +
            `${span(time - row[0]!.time)}, each to publish one message to ${place}.`,
          evidence: [connection.record, record, ...row.map((one) => one.record)],
          time,
        });
      },
    };
  },
});
