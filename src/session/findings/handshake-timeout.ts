// A handshake in which one side does not answer until the other hangs up.

import { defineFinding } from '../finding.ts';
import type { ConnectionEnd } from '../listener.ts';
import type { TrackedConnection } from '../tracked-connection.ts';
import { onEnd, silenceBefore } from './ending.ts';
import { capital, clientKey, clientName, serverName, span } from './wording.ts';

export const handshakeTimeout = defineFinding({
  id: 'handshake-timeout',
  severity: 'warning',
  title: 'A handshake was not finished',
  explanation:
    'The server gives a client 10 s (handshake_timeout) from connecting to connection.open, and clients wait about as long for the server. If the client is silent it may be busy, or no AMQP client at all (a port check); if the server is silent it may be overloaded, starting, or waiting for an authentication service.',
  advice: 'See why the side that owed the answer was busy, and what is between the two.',
  watch: ({ report }) =>
    onEnd('handshake-timeout', (connection, end) => {
      const debtor = debtorOf(connection);
      report({
        connection,
        subject: `${clientKey(connection)}/${debtor}`,
        text: textOf(connection, end, debtor),
        evidence: [end.record, connection.record],
        time: end.time,
      });
    }),
});

type Debtor = 'client' | 'server';

/** Whose word it was to speak next: the two take turns. */
function debtorOf({ facts, lastHeard: [client, server] }: TrackedConnection): Debtor {
  if (facts.fromClient.bytes === 0) return 'client';
  return client >= server ? 'server' : 'client';
}

function textOf(connection: TrackedConnection, { by, time }: ConnectionEnd, debtor: Debtor): string {
  const silence = span(silenceBefore(connection, time));
  const [client, server] = [clientName(connection), serverName(connection)];
  const { address, port } = connection.facts.client;
  const closer = by === 'server' ? server : client;
  if (connection.facts.fromClient.bytes === 0) {
    return `${capital(client)} connected from ${address}:${port} and said nothing for ${silence}, until ${closer} closed the socket.`;
  }
  const step = stepOf(connection, debtor);
  const silent = debtor === 'client' ? client : server;
  return `${capital(silent)} did not answer for ${silence} where ${step} was due, until ${closer} closed the socket.`;
}

function stepOf({ facts, lastHeard: [, server] }: TrackedConnection, debtor: Debtor): string {
  const { mechanism, heartbeat, virtualHost } = facts;
  if (debtor === 'client') return mechanism === undefined ? 'connection.start-ok' : 'connection.tune-ok';
  if (virtualHost !== undefined) return 'connection.open-ok';
  if (heartbeat !== undefined) return 'connection.open';
  return server === 0 ? 'connection.start' : 'connection.tune';
}
