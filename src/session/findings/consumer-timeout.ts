// 406 PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out: which delivery was held for how long.

import { counted } from '../../log/quantity.ts';
import type { Channel, Holder } from '../channel.ts';
import { defineFinding } from '../finding.ts';
import { closedWhat, onRefusal, type Refusal } from './refusal.ts';
import { at, channelName, clientKey, clientName, quoted, serverName, span } from './wording.ts';

/** The delivery that waited longest. */
interface Oldest {
  readonly tag: number;
  readonly delivery: number;
  readonly time: number;
  readonly holder: Holder;
  /** How many were held in all. */
  readonly held: number;
}

export const consumerTimeout = defineFinding({
  id: 'consumer-timeout',
  severity: 'error',
  title: 'A delivery was held too long without an ack',
  explanation:
    'RabbitMQ waits 30 minutes (consumer_timeout) for the ack of each delivery; then it takes the consumer for stuck, closes its channel and gives all that the channel held to others. The time counts from the delivery: with a prefetch it includes the wait behind the messages before it.',
  advice:
    'Acknowledge sooner, lower the prefetch so that messages do not wait in the client, or raise consumer_timeout for work that does take that long.',
  watch: ({ tables, report }) => {
    // Taken before the channel lets go of its deliveries, used right after.
    let oldest: Oldest | undefined;
    return {
      ...onRefusal('consumer-timeout', (refusal) => {
        const { connection, channel, closure, reason } = refusal;
        const queue = oldest && tables.messages.deliveries.queueOf(oldest.delivery);
        const record = oldest ? tables.messages.deliveries.recordOf(oldest.delivery) : 0;
        report({
          connection,
          channel,
          subject: `${clientKey(connection)}/${queue?.name ?? ''}`,
          text: () => {
            if (!channel || !oldest) return unknownText(refusal);
            return textOf(channel, oldest, record, queue?.name, closure.time, reason);
          },
          evidence: [record, closure.record],
          time: closure.time,
        });
      }),
      channelLosing(channel, closure) {
        oldest = undefined;
        if (closure.by !== 'server') return;
        channel.unacked.each((tag, delivery, time, holder) => {
          oldest = { tag, delivery, time, holder, held: channel.unacked.size };
          return false;
        });
      },
    };
  },
});

/** No delivery waits for its ack as far as was seen: the ack may have been sent and not been read. */
function unknownText(refusal: Refusal): string {
  const { connection, reason } = refusal;
  const blocked = `: it blocks the connection, and does not read the acks that were sent. Its words: ${reason}.`;
  return `${closedWhat(refusal)} ${clientName(connection)}${connection.blocked ? blocked : `: ${reason}.`}`;
}

function textOf(
  channel: Channel,
  { tag, time, holder, held }: Oldest,
  record: number,
  queue: string | undefined,
  now: number,
  reason: string,
): string {
  const limit = /Timeout value used: (\d+) ms/.exec(reason)?.[1];
  const allowed =
    limit === undefined ? '' : `, and ${serverName(channel.connection)} allows ${span(Number(limit) * 1000)}`;
  const from = queue === undefined ? '' : ` from queue ${quoted(queue)}`;
  const by = holder ? `consumer ${quoted(holder.tag)}` : 'a basic.get';
  const others = held > 1 ? ` With it ${counted(held - 1, 'other')} went back.` : '';
  const what = `delivery ${tag}${from}${at(record)}`;
  return `On ${channelName(channel)}, ${by} held ${what} for ${span(now - time)} without an ack${allowed}.${others}`;
}
