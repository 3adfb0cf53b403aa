// A login that was refused: 403 ACCESS_REFUSED during the handshake, or, for clients that do not claim to understand that,
// a socket that the server closes after connection.start-ok. The password is never shown.

import { CLIENT_TO_SERVER } from '../../protocol/frame.ts';
import { defineFinding } from '../finding.ts';
import type { TrackedConnection } from '../tracked-connection.ts';
import { onEnd } from './ending.ts';
import { onRefusal } from './refusal.ts';
import { at, capital, clientKey, clientName, cut, quoted, serverName, span } from './wording.ts';

export const authenticationFailed = defineFinding({
  id: 'authentication-failed',
  severity: 'error',
  title: 'The login was refused',
  explanation:
    'The server does not take this user name and password, or does not take this user from this address: RabbitMQ lets "guest" in from the same host only. What is wrong is not told to the client but written into the server\'s log. Clients without the capability authentication_failure_close get no answer at all: their socket is closed.',
  advice:
    "Check user name and password (rabbitmqctl authenticate_user); see the server's log; use a user other than guest from other hosts.",
  watch: ({ report }) => {
    const startOks = new WeakMap<TrackedConnection, number>();
    return {
      ...onRefusal('authentication-failed', ({ connection, closure, reason }) => {
        report({
          connection,
          subject: subjectOf(connection),
          text: `${capital(serverName(connection))} refused ${loginOf(connection)}: ${reason}.`,
          evidence: [startOks.get(connection) ?? 0, closure.record],
          time: closure.time,
        });
      }),
      ...onEnd('authentication-failed', (connection, { record, time }) => {
        const after = span(time - connection.lastHeard[CLIENT_TO_SERVER]);
        const startOk = startOks.get(connection) ?? 0;
        report({
          connection,
          subject: subjectOf(connection),
          text: `${capital(serverName(connection))} closed the socket ${after} after ${loginOf(connection)}${at(startOk)}, without a word: it refused it.`,
          evidence: [startOk, record],
          time,
        });
      }),
      method({ connection, decoded, record }) {
        if (decoded.method.name === 'connection.start-ok') startOks.set(connection, record);
      },
    };
  },
});

function subjectOf(connection: TrackedConnection): string {
  return `${clientKey(connection)}/${connection.facts.mechanism}`;
}

function loginOf(connection: TrackedConnection): string {
  const { user, mechanism = '' } = connection.facts;
  const as = user === undefined ? '' : ` as user ${quoted(user)}`;
  return `the login of ${clientName(connection)}${as} by ${cut(mechanism)}`;
}
