// A message beyond what RabbitMQ 4 takes.

import { formatByteSize } from '../../log/quantity.ts';
import { defineFinding } from '../finding.ts';
import { clientKey, clientName, placeName } from './wording.ts';

/** RabbitMQ's max_message_size: 16 MiB by default from 4.0 on, 128 MiB before. */
const LIMIT = 16 * 1024 * 1024;

export const hugeMessage = defineFinding({
  id: 'huge-message',
  severity: 'warning',
  title: 'A message is too large for RabbitMQ 4',
  explanation:
    'A large message blocks its connection while it passes, its channel while it is stored, and takes memory in broker and ' +
    'clients several times over. RabbitMQ 4 refuses bodies above 16 MiB (max_message_size) and closes the channel.',
  advice: 'Put large data into a file or object store and publish where it is.',
  watch: ({ report }) => ({
    published(channel, content) {
      if (content.header.bodySize <= LIMIT) return;
      const { connection } = channel;
      const { exchange, routingKey, header, record, time } = content;
      report({
        connection,
        channel,
        subject: `${clientKey(connection)} ${connection.vhost} ${exchange?.name}`,
        text: () =>
          `${clientName(connection)} publishes ${formatByteSize(header.bodySize)} to ${placeName(exchange?.name, routingKey)}.`,
        evidence: [record],
        time,
      });
    },
  }),
});
