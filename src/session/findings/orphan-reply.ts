// A reply whose correlation_id belongs to no request.

import { defineFinding } from '../finding.ts';
import { MOST_REQUESTS } from '../rpc.ts';
import { privateReplyQueue } from './private-reply-queue.ts';
import { clientKey, clientName, clientNameById, quoted } from './wording.ts';

export const orphanReply = defineFinding({
  id: 'orphan-reply',
  severity: 'warning',
  title: 'A reply answers no request',
  explanation:
    'Who asks finds the answer by its correlation_id, which must be the one of the request, letter by letter. A reply with ' +
    'any other is thrown away, and the request waits until it times out.',
  advice: "Copy the request's correlation_id into the reply as it is.",
  watch: ({ tables, report }) => ({
    published(channel, content) {
      const { correlationId, replyTo } = content.header;
      if (correlationId === undefined || replyTo !== undefined) return;
      const { requests } = tables.rpc;
      // Had any been forgotten, this might be one of them.
      if (requests.has(correlationId) || requests.size >= MOST_REQUESTS) return;
      const queue = privateReplyQueue(tables, channel, content);
      if (!queue) return;
      const { connection } = channel;
      const owner = clientNameById(tables, queue.declared!.connection);
      report({
        connection,
        channel,
        subject: `${clientKey(connection)} ${owner}`,
        text: () =>
          `${clientName(connection)} replies to ${owner} on ${quoted(queue.name)} with correlation_id ` +
          `${quoted(correlationId)}, which no request had.`,
        evidence: [content.record],
        time: content.time,
      });
    },
  }),
});
