// 406 message size is larger than (configured) max size, or 311 CONTENT_TOO_LARGE.

import { defineFinding } from '../finding.ts';
import { onRefusal } from './refusal.ts';
import { capital, clientKey, clientName, serverName } from './wording.ts';

export const messageTooLarge = defineFinding({
  id: 'message-too-large',
  severity: 'error',
  title: 'A message was larger than the server takes',
  explanation:
    'The server has a largest message size (max_message_size of RabbitMQ: 128 MiB, since 4.0 16 MiB, by default). It reads a larger message to its end and then closes the channel.',
  advice: 'Keep large contents elsewhere and send a reference to them, or raise max_message_size.',
  watch: ({ tables, report }) =>
    onRefusal('message-too-large', ({ connection, channel, closure, reason }) => {
      const sizes = /message size (\d+) is larger than (?:configured )?max size (\d+)/.exec(reason);
      const size = Number(sizes?.[1]);
      let record = 0;
      let looks = 0;
      for (const row of channel ? tables.messages.publishedBy(connection.id, channel.number) : []) {
        if (row.bodySize === size) record = row.record;
        if (record > 0 || ++looks === 1000) break;
      }
      const sent = sizes ? `a message of ${sizes[1]} bytes` : 'a message';
      const most = sizes ? `takes no more than ${sizes[2]}` : `refused it (${reason})`;
      const closed = channel ? ` and closed channel ${channel.number}` : ' and closed the connection';
      report({
        connection,
        channel,
        subject: clientKey(connection),
        text: `${clientName(connection)} published ${sent}; ${capital(serverName(connection))} ${most}${closed}.`,
        evidence: [record, closure.record],
        time: closure.time,
      });
    }),
});
