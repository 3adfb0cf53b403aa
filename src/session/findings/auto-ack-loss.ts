// A client with automatic acknowledgement that vanishes in the middle of its deliveries.

import { counted } from '../../log/quantity.ts';
import type { Channel } from '../channel.ts';
import { defineFinding } from '../finding.ts';
import type { SessionTables } from '../tables.ts';
import type { Queue } from '../topology.ts';
import type { TrackedConnection } from '../tracked-connection.ts';
import { MILLISECOND } from './micros.ts';
import { clientKey, clientName, quoted, span } from './wording.ts';

/** What came in the last moment before the end, in µs, may not even have been read. */
const MOMENT = 100 * MILLISECOND;
/** Deliveries in it: one or two are bad luck. */
const MANY = 10;
/** Deliveries that are looked at. */
const MOST = 10_000;

interface Loss {
  readonly channel: Channel;
  readonly queue: Queue;
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

export const autoAckLoss = defineFinding({
  id: 'auto-ack-loss',
  severity: 'warning',
  title: 'Messages may be lost with automatic acknowledgement',
  explanation:
    'For a consumer with no_ack the broker forgets each message as soon as it is written to the socket. Whatever waits in ' +
    'socket buffers or in the client when the client dies is gone, and a slow consumer has much waiting there.',
  advice: 'Consume with acknowledgements and a prefetch, and acknowledge when the work is done.',
  watch: ({ tables, report }) => {
    const losses = new Map<TrackedConnection, Loss>();
    return {
      channelLosing(channel, closure) {
        const { connection } = channel;
        if (closure.by !== 'connection' || connection.closing) return;
        const loss = lossOf(tables, channel, closure.time);
        if (loss) losses.set(connection, loss);
      },
      connectionEnded(connection, { by, record, time }) {
        const loss = losses.get(connection);
        losses.delete(connection);
        if (!loss || by !== 'client') return;
        const { channel, queue, first, last } = loss;
        report({
          connection,
          channel,
          subject: `${clientKey(connection)} ${connection.vhost} ${queue.name}`,
          text:
            `${clientName(connection)} ended without closing, ${span(MOMENT)} or less after ` +
            `${counted(loss.count, 'message')} from durable queue ${quoted(queue.name)} had been sent to its consumer with ` +
            'no_ack: what it had not handled is lost.',
          evidence: [record, last, first],
          time,
        });
      },
    };
  },
});

/** What a channel's consumers of durable queues got without ack in the last moment, if it is much. */
function lossOf({ messages }: SessionTables, channel: Channel, time: number): Loss | undefined {
  const { connection, number, consumers } = channel;
  const risky = [...consumers.values()].find(({ noAck, queue }) => noAck && queue?.declared?.durable);
  if (!risky || risky.delivered < MANY || time - channel.contents[1].lastTime > MOMENT) return undefined;
  const records: number[] = [];
  const oldest = messages.deliveries.next - MOST;
  for (let seq = messages.deliveries.next - 1; seq > oldest; seq--) {
    const row = messages.deliveries.get(seq);
    if (!row || row.time < time - MOMENT) break;
    const isIts = row.connection === connection.id && row.channel === number && row.consumerTag === risky.tag;
    if (isIts) records.push(row.record);
  }
  if (records.length < MANY) return undefined;
  return { channel, queue: risky.queue!, count: records.length, first: records.at(-1)!, last: records[0]! };
}
