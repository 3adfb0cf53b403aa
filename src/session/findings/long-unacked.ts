// A delivery whose acknowledgement is long overdue.

import { countText } from '../../log/quantity.ts';
import { fieldOf } from '../../protocol/field-table.ts';
import type { Channel, Holder } from '../channel.ts';
import { defineFinding } from '../finding.ts';
import { type OldestDelivery, oldestOf } from '../oldest-delivery.ts';
import { watchChannels } from './channel-watch.ts';
import { MINUTE } from './micros.ts';
import { clientKey, clientName, quoted, span } from './wording.ts';

/** RabbitMQ's default consumer_timeout, from 3.8.17 on; from 4.3 on only quorum queues have one, which is another. */
const TIMEOUT = 30 * MINUTE;
/** Half of it: long work that ends in time is left alone. */
const LONG = TIMEOUT / 2;

export const longUnacked = defineFinding({
  id: 'long-unacked',
  severity: 'warning',
  title: 'A delivery waits very long for its ack',
  explanation:
    'A delivery that is never settled is held back for ever: the program has forgotten its ack, hangs, or works for longer ' +
    'than RabbitMQ waits. After its consumer_timeout, 30 minutes by default, RabbitMQ (before 4.3) closes the channel (406) ' +
    'and gives all that was unacknowledged on it to somebody else.',
  advice:
    'Find the path that forgets the ack; work that takes so long is better acknowledged first and tracked elsewhere.',
  watch: ({ tables, report }) =>
    watchChannels(tables, (channel, time, closure) => {
      const since = channel.unacked.oldestTime;
      if (closure || since === undefined || time - since < LONG) return false;
      const oldest = oldestOf(channel)!;
      if (readsStream(oldest.holder)) return false;
      const { connection } = channel;
      const message = tables.messages.deliveries.get(oldest.delivery);
      report({
        connection,
        channel,
        subject: `${clientKey(connection)} ${connection.vhost} ${message?.queue}`,
        text: () => describe(channel, oldest, message?.queue, time),
        evidence: [tables.messages.deliveries.recordOf(oldest.delivery)],
        time,
      });
      return true;
    }),
});

/** Acks of a stream's messages settle nothing: they only ask for more, and may wait for a batch as long as none comes. */
function readsStream(holder: Holder): boolean {
  const declared = holder?.queue?.declared;
  const isStream = declared !== undefined && fieldOf(declared.arguments, 'x-queue-type')?.value === 'stream';
  return isStream || (holder !== undefined && fieldOf(holder.arguments, 'x-stream-offset') !== undefined);
}

function hasTimeout({ connection }: Channel): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(connection.facts.serverVersion ?? '') ?? [];
  return Number(major) < 4 || (Number(major) === 4 && Number(minor) < 3);
}

function describe(channel: Channel, oldest: OldestDelivery, queue: string | undefined, time: number): string {
  const { unacked, connection, number } = channel;
  const age = time - oldest.time;
  const from = queue === undefined ? '' : ` from ${quoted(queue)}`;
  const others = unacked.size > 1 ? ` and ${countText(unacked.size - 1)} more` : '';
  const left = TIMEOUT - age;
  const end = left > 0 && hasTimeout(channel) ? `; by default RabbitMQ closes the channel in ${span(left)}` : '';
  return (
    `${clientName(connection)} was given delivery ${oldest.tag}${from} ${span(age)} ago and has not settled it ` +
    `(channel ${number} holds it${others})${end}.`
  );
}
