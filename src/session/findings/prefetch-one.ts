// A fast consumer that is given one message at a time, while more of them wait in the queue.

import { countText } from '../../log/quantity.ts';
import type { Consumer } from '../consumer.ts';
import { defineFinding } from '../finding.ts';
import type { Queue } from '../topology.ts';
import { watchConsumers } from './channel-watch.ts';
import { MILLISECOND } from './micros.ts';
import { clientKey, clientName, quoted, span } from './wording.ts';

/** Deliveries before its speed is judged. */
const ENOUGH = 200;
/** Slower consumers lose little by the way to the broker and back; in µs. */
const FAST = 5 * MILLISECOND;
/** A message that was on its way from publish to consumer for so long, in µs, and for so many times the work, waited. */
const WAITED = 100 * MILLISECOND;
const TIMES = 10;
/** Time for one delivery after the other, in µs, the way to a far broker included: beyond it the consumer had nothing to do. */
const BUSY = 50 * MILLISECOND;

export const prefetchOne = defineFinding({
  id: 'prefetch-one',
  severity: 'warning',
  title: 'Prefetch 1 slows a fast consumer down',
  explanation:
    'With a prefetch of 1 RabbitMQ sends the next message only when the last one is acknowledged: after each message the ' +
    'consumer is idle for a round trip to the broker. That is right for slow work, and most of the time of fast work.',
  advice: 'Raise the prefetch_count of basic.qos to 10 or more; keep 1 for work that takes long.',
  watch: ({ tables, report }) =>
    watchConsumers(tables, (consumer, channel, time) => {
      const { queue, deliverAck, prefetch, noAck, record, since, delivered } = consumer;
      if (prefetch !== 1 || noAck || !queue || deliverAck.count < ENOUGH) return false;
      const work = deliverAck.quantile(0.5);
      if (work >= FAST || time - since > delivered * BUSY) return false;
      const waiting = waitingIn(queue, consumer, work);
      if (waiting === undefined) return false;
      const { connection } = channel;
      report({
        connection,
        channel,
        subject: `${clientKey(connection)} ${connection.vhost} ${queue.name}`,
        text:
          `${clientName(connection)} consumes from ${quoted(queue.name)} with prefetch 1 and needs ${span(work)} for a message ` +
          `(median of ${countText(deliverAck.count)}), while ${waiting}.`,
        evidence: [record],
        time,
      });
      return true;
    }),
});

/** What proves that messages waited for this consumer, if anything does. */
function waitingIn(queue: Queue, consumer: Consumer, work: number): string | undefined {
  const wait = queue.publishDeliver.quantile(0.5);
  if (queue.publishDeliver.count >= ENOUGH && wait >= Math.max(WAITED, TIMES * work)) {
    return `messages wait ${span(wait)} in the queue`;
  }
  const backlog = queue.messageCount ?? 0;
  const wasThere = backlog >= ENOUGH && consumer.delivered >= ENOUGH;
  return wasThere ? `${countText(backlog)} messages waited in the queue` : undefined;
}
