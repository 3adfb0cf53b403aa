// A consumer that acknowledges, has no prefetch, and really drowns in deliveries.

import { counted } from '../../log/quantity.ts';
import type { Consumer } from '../consumer.ts';
import { defineFinding } from '../finding.ts';
import { oldestOf } from '../oldest-delivery.ts';
import { watchConsumers } from './channel-watch.ts';
import { SECOND } from './micros.ts';
import { clientKey, clientName, quoted, span } from './wording.ts';

/** RabbitMQ's guide finds 100 to 300 enough for the fastest consumers; many more at once were never asked for. */
const MANY = 1000;
/** Fewer, if they are no burst that is acknowledged as soon as it has come: if they are still there after this, in µs. */
const SOME = 100;
const LONG = SECOND;

export const noPrefetch = defineFinding({
  id: 'no-prefetch',
  severity: 'warning',
  title: 'A consumer without a prefetch piles up deliveries',
  explanation:
    'Without a prefetch RabbitMQ pushes all that is in the queue to the consumer at once, however slow it is. The messages ' +
    "wait in the client's memory, where no other consumer can take them, and all of them come again when it stops.",
  advice: 'Call basic.qos with a prefetch_count (start with 10 to 100) before basic.consume.',
  watch: ({ tables, report }) =>
    watchConsumers(tables, (consumer, channel, time) => {
      const { noAck, prefetch, queue, record, unacked, mostUnacked } = consumer;
      if (!queue || noAck || prefetch > 0 || channel.globalPrefetch > 0) return false;
      if (mostUnacked < SOME) return false;
      const oldest = oldestOf(channel, consumer);
      const waits = oldest ? time - oldest.time : 0;
      if (mostUnacked < MANY && (unacked < SOME || waits < LONG)) return false;
      const { connection } = channel;
      const evidence = [record, oldest ? tables.messages.deliveries.recordOf(oldest.delivery) : 0];
      report({
        connection,
        channel,
        subject: `${clientKey(connection)} ${connection.vhost} ${queue.name}`,
        text: () =>
          `${clientName(connection)} consumes from ${quoted(queue.name)} without a prefetch: ${held(consumer, waits)}.`,
        evidence,
        time,
      });
      return true;
    }),
});

function held({ unacked, mostUnacked }: Consumer, waits: number): string {
  const most = counted(mostUnacked, 'unacknowledged delivery', 'unacknowledged deliveries');
  if (unacked < SOME || waits < LONG) return `it held ${most} at once`;
  const now = counted(unacked, 'unacknowledged delivery', 'unacknowledged deliveries');
  return `it holds ${now}, the oldest of them for ${span(waits)}`;
}
