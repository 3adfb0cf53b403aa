// A connection that ended without connection.close, and what hung on it.

import { counted } from '../../log/quantity.ts';
import type { Channel } from '../channel.ts';
import { defineFinding } from '../finding.ts';
import type { ConnectionEnd } from '../listener.ts';
import type { TrackedConnection } from '../tracked-connection.ts';
import { onEnd } from './ending.ts';
import { capital, clientKey, clientName, listed, said, serverName, span } from './wording.ts';

/** What was open, unsettled or under way. */
class Outstanding {
  consumers = 0;
  unacked = 0;
  unconfirmed = 0;
  uncommitted = 0;

  add(channel: Channel): void {
    for (const { cancelled } of channel.consumers.values()) if (!cancelled) this.consumers++;
    this.unacked += channel.unacked.size;
    this.unconfirmed += channel.unconfirmed.size;
    this.uncommitted += channel.uncommitted;
  }

  get parts(): string[] {
    const parts: string[] = [];
    if (this.consumers > 0) parts.push(counted(this.consumers, 'consumer'));
    if (this.unacked > 0) parts.push(counted(this.unacked, 'unacknowledged delivery', 'unacknowledged deliveries'));
    if (this.unconfirmed > 0) parts.push(counted(this.unconfirmed, 'unconfirmed publish', 'unconfirmed publishes'));
    if (this.uncommitted > 0) parts.push(`${this.uncommitted} uncommitted in a transaction`);
    return parts;
  }
}

export const socketClosed = defineFinding({
  id: 'socket-closed',
  severity: 'warning',
  title: 'A connection ended without connection.close',
  explanation:
    'Clients say connection.close and wait for the answer before they close the socket, and so do servers. A socket that just ends means a program that was killed or forgot to close, a server that went down, or something between them that cut the connection. Deliveries that were not acknowledged go back to the queues; of publishes that were not confirmed nobody knows whether they arrived.',
  advice:
    'Close the connection before the program exits, on signals too; if nobody did it on purpose, look for idle timeouts between client and server.',
  watch: ({ report }) => {
    let outstanding: { readonly connection: TrackedConnection; readonly sum: Outstanding } | undefined;
    return {
      channelLosing(channel, { by }) {
        if (by !== 'connection') return;
        const { connection } = channel;
        if (outstanding?.connection !== connection) outstanding = { connection, sum: new Outstanding() };
        outstanding.sum.add(channel);
      },
      ...onEnd('socket-closed', (connection, end) => {
        const sum = outstanding?.connection === connection ? outstanding.sum : new Outstanding();
        report({
          connection,
          subject: `${clientKey(connection)}/${end.by}/${sum.parts.length > 0}`,
          text: () => textOf(connection, end, sum),
          ...(sum.parts.length === 0 && { severity: 'info' }),
          evidence: [end.record, connection.record],
          time: end.time,
        });
      }),
    };
  },
});

function textOf(connection: TrackedConnection, { by, how, reason, time }: ConnectionEnd, sum: Outstanding): string {
  const [client, server] = [clientName(connection), serverName(connection)];
  const did = how === 'reset' ? 'reset' : how === 'failed' ? 'lost' : 'closed';
  // A client without a name is called by its connection.
  const isNamed = Boolean(connection.facts.name);
  const whose =
    by === 'client'
      ? isNamed
        ? `${client} ${did} its connection`
        : `The client ${did} ${client}`
      : `${capital(server)} ${did} ${isNamed ? `the connection of ${client}` : client}`;
  const age = ` after ${span(time - connection.openedAt)}`;
  const { parts } = sum;
  const state = parts.length === 0 ? 'with nothing outstanding' : `with ${listed(parts)}`;
  const why = reason === undefined ? '' : ` (${said(reason)})`;
  const back = sum.unacked > 0 ? ' The deliveries go back to their queues.' : '';
  const unknown = sum.unconfirmed > 0 ? ' Whether what it published arrived is not known.' : '';
  return `${whose}${age} without connection.close, ${state}${why}.${back}${unknown}`;
}
