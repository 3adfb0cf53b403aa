// 530 NOT_ALLOWED (or 403, 402) at connection.open: no such virtual host, or none that the user may enter.

import { defineFinding } from '../finding.ts';
import { evidenceOf, onRefusal } from './refusal.ts';
import { capital, clientKey, clientName, quoted, serverName } from './wording.ts';

export const vhostRefused = defineFinding({
  id: 'vhost-refused',
  severity: 'error',
  title: 'The virtual host is not there, or not for this user',
  explanation:
    'A connection lives in one virtual host, which it names when it opens. In a connection URI it is the part after the slash: amqp://host/shop is "shop", amqp://host/%2Fshop is "/shop", and whether amqp://host/ means "/" or the empty name differs from client to client.',
  advice:
    'Check the name in the connection URI; create it with rabbitmqctl add_vhost, or permit the user with set_permissions.',
  watch: ({ report }) =>
    onRefusal('vhost-refused', (refusal) => {
      const { connection, closure, reason } = refusal;
      const { virtualHost = '', user = '' } = connection.facts;
      const isMissing = /not found/.test(reason);
      const server = capital(serverName(connection));
      const why = isMissing ? 'has no virtual host of that name' : `does not let user ${quoted(user)} in`;
      const told = isMissing || /refused for user/.test(reason) ? '' : ` (${reason})`;
      report({
        connection,
        subject: `${clientKey(connection)}/${virtualHost}`,
        text: `${clientName(connection)} asked for virtual host ${quoted(virtualHost)}, but ${server} ${why}${told}.`,
        ...(virtualHost === '' && {
          advice: 'The name is empty: write the virtual host "/" as %2F in the connection URI, or leave the slash out.',
        }),
        evidence: evidenceOf(refusal),
        time: closure.time,
      });
    }),
});
