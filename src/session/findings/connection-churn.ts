// Connections come and go by the dozen, and hardly carry anything.

import { counted } from '../../log/quantity.ts';
import { defineFinding } from '../finding.ts';
import { SECOND } from './micros.ts';
import { programName, programOf, RecentConnections } from './recent-connections.ts';
import { span } from './wording.ts';

/** Connections of one program, opened and closed one after the other … */
const MANY = 30;
/** … within so long, in µs. */
const WITHIN = 10 * SECOND;
/** Messages of one, in and out: more are work. */
const FEW = 10;

export const connectionChurn = defineFinding({
  id: 'connection-churn',
  severity: 'warning',
  title: 'Connections are opened and closed all the time',
  explanation:
    'A connection takes seven round trips to open, more with TLS, and memory, processes and a socket in the broker, which ' +
    'linger after its end. Under heavy churn a broker runs out of sockets long before it is busy with messages.',
  advice: 'Open one connection when the program starts, and keep it; put short-lived programs behind one that lasts.',
  watch: ({ report }) => {
    const recent = new RecentConnections(MANY);
    return {
      connectionEnded(connection, { record, time }) {
        // What never opened is no client: a health check, or a login that is refused, which is another finding.
        if (connection.midway || !connection.isOpen || connection.published + connection.delivered > FEW) return;
        const program = programOf(connection);
        const row = recent.add(program, connection, time);
        if (!row || time - row[0]!.time > WITHIN) return;
        report({
          connection,
          subject: program,
          text: () =>
            `${programName(connection)} has opened and closed ${counted(row.length, 'connection')} one after the other in ` +
            `${span(time - row[0]!.time)}, none with more than ${FEW} messages.`,
          evidence: [connection.record, record, ...row.map((one) => one.record)],
          time,
        });
      },
    };
  },
});
