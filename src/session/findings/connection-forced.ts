// 320 CONNECTION_FORCED: an operator, or the server for a reason of its own, closed the connection.

import { defineFinding } from '../finding.ts';
import { closedWhat, onRefusal } from './refusal.ts';
import { clientName, span } from './wording.ts';

/** Whose doing it was, by RabbitMQ's words, and what to do. */
const CAUSES: readonly (readonly [reason: RegExp, cause: string, advice: string])[] = [
  [
    /reason 'shutdown'/,
    'it is shutting down',
    'Connect again, to another node if there is one, until the server is back.',
  ],
  [
    /vhost '.*' is deleted/,
    'its virtual host was deleted',
    'Create the virtual host again, or connect to another one.',
  ],
  [
    /vhost '.*' is down/,
    'its virtual host is down, or is being deleted',
    'See rabbitmqctl list_vhosts, and the log for why it stopped (rabbitmqctl restart_vhost).',
  ],
  [/user '.*' is deleted/, 'its user was deleted', 'Create the user again, or log in as another one.'],
  [/put into maintenance/i, 'the node is put into maintenance', 'Connect again, to another node.'],
  [
    /management plugin|^Closed via/i,
    'an operator closed it in the management interface',
    'Ask who did: the server itself had no quarrel with this client.',
  ],
  [/memory|disk|alarm/i, 'it is short of resources', "See the server's alarms (rabbitmqctl status)."],
];

export const connectionForced = defineFinding({
  id: 'connection-forced',
  severity: 'warning',
  title: 'The server closed the connection of its own accord',
  explanation:
    'The client did nothing wrong: an operator closed the connection, or the server is being shut down, or the virtual host or the user was deleted. Deliveries that were not acknowledged go back to the queues, and publishes that were not confirmed may be lost.',
  advice: 'Connect again after a pause, and publish again what was not confirmed. If a person closed it, ask why.',
  watch: ({ report }) =>
    onRefusal('connection-forced', (refusal) => {
      const { connection, closure, reason } = refusal;
      const known = CAUSES.find(([pattern]) => pattern.test(reason));
      const age = span(closure.time - connection.openedAt);
      const why = known ? `: ${known[1]}` : ', as an operator or a tool asked';
      report({
        connection,
        subject: known?.[1] ?? reason,
        text: `${closedWhat(refusal)} ${clientName(connection)} after ${age}${why}. Its words: ${reason}.`,
        ...(known && { advice: known[2] }),
        evidence: [closure.record],
        time: closure.time,
      });
    }),
});
