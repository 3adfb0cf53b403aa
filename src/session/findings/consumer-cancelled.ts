// basic.cancel from the server: the consumer's queue is gone, or has moved.

import { SERVER_TO_CLIENT } from '../../protocol/frame.ts';
import { defineFinding } from '../finding.ts';
import { endingOf } from './resource.ts';
import { at, capital, channelName, clientKey, quoted, serverName } from './wording.ts';

export const consumerCancelled = defineFinding({
  id: 'consumer-cancelled',
  severity: 'warning',
  title: 'The server cancelled a consumer',
  explanation:
    'When a queue is deleted, or loses the node that it lives on, the server tells its consumers with basic.cancel. The channel stays open, but nothing is delivered to that consumer any more; many programs do not notice and wait for ever.',
  advice: 'Handle the cancellation: declare the queue again and consume again, or stop the program.',
  watch: ({ tables, report }) => ({
    method({ connection, channel, direction, decoded, record, time }) {
      if (direction !== SERVER_TO_CLIENT || decoded.method.name !== 'basic.cancel' || !channel) return;
      const tag = String(decoded.arguments['consumer_tag']);
      const consumer = channel.consumers.get(tag);
      const queue = consumer?.queue;
      const ending = queue && endingOf(tables, { kind: 'queue', name: queue.name, vhost: queue.vhost }, time);
      // Who deletes the queue that he consumes from knows what he does.
      if (ending?.connection === connection.id) return;
      const from = queue ? ` from queue ${quoted(queue.name)}` : '';
      const why = ending ? `: the queue ${ending.text}` : '';
      report({
        connection,
        channel,
        subject: `${clientKey(connection)}/${queue?.name ?? tag}`,
        text: () =>
          `${capital(serverName(connection))} cancelled consumer ${quoted(tag)}${from} on ${channelName(channel)}${at(record)}${why}.`,
        evidence: [record, ending?.record ?? 0, consumer?.record ?? 0],
        time,
      });
    },
  }),
});
