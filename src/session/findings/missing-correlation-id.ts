// Requests or replies without a correlation_id, where it is needed to tell them apart.

import { counted } from '../../log/quantity.ts';
import type { Channel } from '../channel.ts';
import type { Content } from '../content.ts';
import { defineFinding } from '../finding.ts';
import { privateReplyQueue } from './private-reply-queue.ts';
import { clientKey, clientName, clientNameById, quoted } from './wording.ts';

/** With a reply queue for each request none is needed; so many use the same one. */
const MANY_REQUESTS = 10;
/** Something else than a reply may have strayed there. */
const MANY_REPLIES = 3;
/** Reply queues that are counted. */
const MOST = 1000;

export const missingCorrelationId = defineFinding({
  id: 'missing-correlation-id',
  severity: 'warning',
  title: 'Requests or replies have no correlation_id',
  explanation:
    'All replies to a client arrive in the same reply queue, in any order. Without a correlation_id in the request, copied ' +
    'into its reply, the client cannot tell which is which: one timeout is enough to hand out wrong answers from then on.',
  advice: 'Set a unique correlation_id in each request, and copy it into the reply.',
  watch: ({ tables, report }) => {
    const counts = new Map<string, number>();
    const reaches = (most: number, channel: Channel, replyTo: string) => {
      const key = `${channel.connection.id} ${replyTo}`;
      if (counts.size >= MOST) counts.clear();
      const many = (counts.get(key) ?? 0) + 1;
      counts.set(key, many);
      return many === most;
    };
    const tell = (channel: Channel, { record, time }: Content, text: string) => {
      const { connection } = channel;
      report({ connection, channel, subject: clientKey(connection), text, evidence: [record], time });
    };
    return {
      published(channel, content) {
        const { correlationId, replyTo, messageId } = content.header;
        if (correlationId !== undefined) return;
        if (replyTo !== undefined) {
          // Some answer with the request's message_id as correlation_id.
          if (messageId !== undefined || !reaches(MANY_REQUESTS, channel, replyTo)) return;
          const name = clientName(channel.connection);
          const requests = counted(MANY_REQUESTS, 'request');
          tell(
            channel,
            content,
            `${name} has sent ${requests} with reply_to ${quoted(replyTo)} and no correlation_id.`,
          );
          return;
        }
        const queue = privateReplyQueue(tables, channel, content);
        if (!queue || !reaches(MANY_REPLIES, channel, queue.name)) return;
        const name = clientName(channel.connection);
        const owner = clientNameById(tables, queue.declared!.connection);
        const replies = counted(MANY_REPLIES, 'reply', 'replies');
        tell(
          channel,
          content,
          `${name} has sent ${replies} to ${owner} without the correlation_id that its requests have.`,
        );
      },
    };
  },
});
