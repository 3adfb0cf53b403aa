// A delivery whose acknowledgement is long overdue.

import type { Channel } from '../channel.ts';
import { defineFinding } from '../finding.ts';
import { type OldestDelivery, oldestOf } from '../oldest-delivery.ts';
import { watchChannels } from './channel-watch.ts';
import { MINUTE } from './micros.ts';
import { clientKey, clientName, grouped, quoted, span } from './wording.ts';

/** RabbitMQ's default consumer_timeout, since 3.8.17. */
const TIMEOUT = 30 * MINUTE;
/** Half of it: long work that ends in time is left alone. */
const LONG = TIMEOUT / 2;

export const longUnacked = defineFinding({
  id: 'long-unacked',
  severity: 'warning',
  title: 'A delivery waits very long for its ack',
  explanation:
    'A delivery that is never settled is held back for ever: the program has forgotten its ack, hangs, or works for longer ' +
    'than RabbitMQ waits. After its consumer_timeout, 30 minutes by default, RabbitMQ closes the channel (406) and gives ' +
    'all that was unacknowledged on it to somebody else.',
  advice:
    'Find the path that forgets the ack; work that takes so long is better acknowledged first and tracked elsewhere.',
  watch: ({ tables, report }) =>
    watchChannels(tables, (channel, time, closure) => {
      const since = channel.unacked.oldestTime;
      if (closure || since === undefined || time - since < LONG) return false;
      const oldest = oldestOf(channel)!;
      const { connection } = channel;
      const message = tables.messages.delivery(oldest.delivery);
      report({
        connection,
        channel,
        subject: `${clientKey(connection)} ${connection.vhost} ${message?.queue}`,
        text: () => describe(channel, oldest, message?.queue, time),
        evidence: [tables.messages.recordOfDelivery(oldest.delivery)],
        time,
      });
      return true;
    }),
});

function describe(channel: Channel, oldest: OldestDelivery, queue: string | undefined, time: number): string {
  const { unacked, connection, number } = channel;
  const age = time - oldest.time;
  const from = queue === undefined ? '' : ` from ${quoted(queue)}`;
  const others = unacked.size > 1 ? ` and ${grouped(unacked.size - 1)} more` : '';
  const left = TIMEOUT - age;
  const end = left > 0 ? `; by default RabbitMQ closes the channel in ${span(left)}` : '';
  return (
    `${clientName(connection)} was given delivery ${oldest.tag}${from} ${span(age)} ago and has not settled it ` +
    `(channel ${number} holds it${others})${end}.`
  );
}
