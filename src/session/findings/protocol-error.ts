// 501 FRAME_ERROR and 502 SYNTAX_ERROR, from either side, and streams that stop being AMQP in their middle.

import { PROTOCOL_HEADER_SIZE } from '../../protocol/protocol-header.ts';
import { defineFinding } from '../finding.ts';
import { culprit, evidenceOf, onRefusal } from './refusal.ts';
import { capital, clientName, serverName } from './wording.ts';

export const protocolError = defineFinding({
  id: 'protocol-error',
  severity: 'error',
  title: 'Bytes were sent that cannot be read',
  explanation:
    'A frame with a wrong end, of an unknown type, or with arguments that do not decode. Programs cannot cause that through a client library; a bug in the library can, or two threads writing to one socket, or something between client and server that changes bytes.',
  advice: 'Look for a socket that is shared between threads or processes (fork), then update the client library.',
  watch: ({ report }) => ({
    ...onRefusal('protocol-error', (refusal) => {
      const { connection, closure, reason } = refusal;
      const [closer, sender] = sidesOf(clientName(connection), serverName(connection), closure.by === 'server');
      const what = culprit(refusal);
      report({
        connection,
        subject: `${connection.id}/${sender}`,
        text: `${capital(closer)} closed the connection for what ${sender} sent${what && ` in ${what}`}: ${reason}.`,
        evidence: evidenceOf(refusal),
        time: closure.time,
      });
    }),
    opaque(connection, { direction, offset, reason }, record, time) {
      const isClient = direction === 'client-to-server';
      if ((isClient && offset <= PROTOCOL_HEADER_SIZE) || offset === 0) return;
      const [, sender] = sidesOf(clientName(connection), serverName(connection), isClient);
      report({
        connection,
        subject: `${connection.id}/${sender}`,
        text: `From byte ${offset} on, what ${sender} sends is no AMQP any more: ${reason}.`,
        evidence: [record],
        time,
      });
    },
  }),
});

/** Who closes, and who sent what is closed for. */
function sidesOf(client: string, server: string, isClientToBlame: boolean): readonly [closer: string, sender: string] {
  return isClientToBlame ? [server, client] : [client, server];
}
