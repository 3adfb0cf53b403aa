// 505 UNEXPECTED_FRAME, and what leads to it: a frame in the middle of a message that is not part of it. Told when the frame
// passes, before the server closes the connection.

import { CLIENT_TO_SERVER } from '../../protocol/frame.ts';
import type { Channel } from '../channel.ts';
import type { Content } from '../content.ts';
import { defineFinding } from '../finding.ts';
import { closedWhat, evidenceOf, onRefusal } from './refusal.ts';
import { at, channelName, clientName, quoted } from './wording.ts';

export const interleavedPublish = defineFinding({
  id: 'interleaved-publish',
  severity: 'error',
  title: 'Two publishes were mixed on one channel',
  explanation:
    'A message is a method frame, a content header frame and its body frames, in this order and without another frame of the channel between them. When two threads publish on one channel at once their frames mix, and the server closes the whole connection, with all its channels.',
  advice: 'Publish on a channel from one thread only: a channel for each, or a lock around each publish.',
  watch: ({ report }) => ({
    ...onRefusal('interleaved-publish', (refusal) => {
      const { connection, closure, reason } = refusal;
      report({
        connection,
        subject: String(connection.id),
        text: `${closedWhat(refusal)} ${clientName(connection)}: ${reason}.`,
        evidence: evidenceOf(refusal),
        time: closure.time,
      });
    }),
    interleaved(channel, content, record) {
      if (content !== channel.contents[CLIENT_TO_SERVER] || content.kind !== 'publish') return;
      const { connection } = channel;
      report({
        connection,
        channel,
        subject: String(connection.id),
        text: () => textOf(channel, content, record),
        evidence: [record, content.record],
        time: connection.lastHeard[CLIENT_TO_SERVER],
      });
    },
  }),
});

function textOf(channel: Channel, content: Content, record: number): string {
  const { exchange, routingKey, left } = content;
  const where = `a message to ${exchange?.name ? `exchange ${quoted(exchange.name)}` : 'the default exchange'}`;
  const missing = Number.isNaN(left) ? 'its content header' : `${left} bytes of its body`;
  const message = `${where} with routing key ${quoted(routingKey)}${at(content.record)}`;
  return `On ${channelName(channel)} another frame${at(record)} came in the middle of ${message}: ${missing} had yet to come.`;
}
