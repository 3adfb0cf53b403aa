// A connection that carries messages under no name.

import { defineFinding } from '../finding.ts';
import type { TrackedConnection } from '../tracked-connection.ts';
import { clientKey, clientName } from './wording.ts';

export const noConnectionName = defineFinding({
  id: 'no-connection-name',
  severity: 'info',
  title: 'A connection has no name',
  explanation:
    'Logs, the management page and this spy can only show an address and a port for it. With a name, the program behind a ' +
    'slow consumer or a leaking channel is found at once.',
  advice: 'Set connection_name in the client properties to the name of the program.',
  watch: ({ tables: { connections }, report }) => {
    const told = new WeakSet<TrackedConnection>();
    const look = (connection: TrackedConnection, time: number) => {
      const { facts, midway, isOpen, published, delivered, record } = connection;
      // Without a mechanism its properties were not seen, or not whole.
      if (facts.name !== undefined || facts.mechanism === undefined) return;
      if (midway || !isOpen || published + delivered === 0 || told.has(connection)) return;
      told.add(connection);
      const { address, port } = facts.client;
      report({
        connection,
        subject: `${clientKey(connection)} ${address}`,
        text: `${clientName(connection)} from ${address}:${port} carries messages and has no connection_name.`,
        evidence: [record],
        time,
      });
    };
    return {
      tick(time) {
        for (const connection of connections.values()) look(connection, time);
      },
      connectionEnded: (connection, { time }) => look(connection, time),
    };
  },
});
