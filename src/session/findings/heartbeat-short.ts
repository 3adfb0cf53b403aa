// A heartbeat so short that a pause for garbage collection looks like death.

import { counted } from '../../log/quantity.ts';
import { defineFinding } from '../finding.ts';
import { clientKey, clientName } from './wording.ts';

/** In s: RabbitMQ's guide calls values below it likely to end connections for nothing. */
const LEAST = 5;

export const heartbeatShort = defineFinding({
  id: 'heartbeat-short',
  severity: 'warning',
  title: 'The heartbeat is very short',
  explanation:
    'Each side takes the other for dead when it hears nothing for two heartbeats. With less than 5 seconds a busy processor, ' +
    'a pause for garbage collection or a moment of congestion is enough, and the connection is closed for nothing.',
  advice: 'Use a heartbeat of 10 to 60 seconds; 5 is the least that RabbitMQ recommends.',
  watch: ({ report }) => ({
    method({ connection, decoded, record, time }) {
      if (decoded.method.name !== 'connection.tune-ok') return;
      const { heartbeat } = decoded.arguments as { heartbeat: number };
      if (heartbeat === 0 || heartbeat >= LEAST) return;
      report({
        connection,
        subject: clientKey(connection),
        text: `${clientName(connection)} agrees to a heartbeat of ${counted(heartbeat, 'second')}.`,
        evidence: [record],
        time,
      });
    },
  }),
});
