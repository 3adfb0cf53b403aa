// A reply to somebody who has gone.

import type { Content } from '../content.ts';
import { defineFinding } from '../finding.ts';
import type { RpcRequest } from '../rpc.ts';
import type { SessionTables } from '../tables.ts';
import type { TrackedConnection } from '../tracked-connection.ts';
import { clientKey, clientName, clientNameById, quoted, span } from './wording.ts';

const DIRECT = 'amq.rabbitmq.reply-to';

export const lateReply = defineFinding({
  id: 'late-reply',
  severity: 'warning',
  title: 'A reply comes too late',
  explanation:
    'Who asked has closed its connection or channel, and its reply queue with it: the work was done for nobody, and the ' +
    'broker drops the reply. Often the client gives up earlier than the server answers.',
  advice:
    "Give requests an expiration as long as the client's patience, so that a server does not begin what nobody awaits.",
  watch: ({ tables, report }) => ({
    published(channel, content) {
      const { correlationId, replyTo } = content.header;
      if (correlationId === undefined || replyTo !== undefined || content.exchange?.name !== '') return;
      const request = tables.rpc.requests.get(correlationId);
      if (request?.replies !== 1 || !isGone(tables, request, content, channel.connection.vhost)) return;
      const { connection } = channel;
      const asker = clientNameById(tables, request.connection);
      report({
        connection,
        channel,
        subject: `${clientKey(connection)} ${content.routingKey}`,
        text: () =>
          `${clientName(connection)} answers request ${quoted(correlationId)} of ${asker} after ` +
          `${span(content.time - request.time)}, ${whenGone(tables, request, content)}.`,
        evidence: [content.record, request.record],
        time: content.time,
      });
    },
  }),
});

/** The place that the reply goes to went with the connection or channel that asked. */
function isGone(tables: SessionTables, request: RpcRequest, { routingKey }: Content, vhost: string): boolean {
  const asker = openConnection(tables, request);
  if (request.replyTo === DIRECT) {
    return routingKey.startsWith(DIRECT) && !asker?.channels.get(request.channel)?.isOpen;
  }
  const queue = request.replyTo === routingKey ? tables.topology.findQueue(vhost, routingKey) : undefined;
  if (asker || !queue) return false;
  const isExclusive = queue.declared?.exclusive === true && queue.declared.connection === request.connection;
  return isExclusive || (queue.deleted && queue.deletion?.connection === request.connection);
}

/** The connection that asked, unless it has closed or is about to. */
function openConnection({ connections }: SessionTables, { connection }: RpcRequest): TrackedConnection | undefined {
  const found = connections.get(connection);
  return found?.closing ? undefined : found;
}

function whenGone(tables: SessionTables, request: RpcRequest, { time }: Content): string {
  if (openConnection(tables, request)) return 'when it had closed that channel';
  const closedAt =
    tables.connections.get(request.connection)?.closing?.time ?? tables.factsOf(request.connection)?.closedAt;
  return closedAt === undefined ? 'when it had gone' : `${span(time - closedAt)} after it had closed its connection`;
}
