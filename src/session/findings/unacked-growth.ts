// Unacknowledged deliveries that grow and grow: acks are forgotten, or come more slowly than messages do.

import { countText } from '../../log/quantity.ts';
import type { Channel } from '../channel.ts';
import { defineFinding } from '../finding.ts';
import { oldestOf } from '../oldest-delivery.ts';
import { watchChannels } from './channel-watch.ts';
import { MINUTE, SECOND } from './micros.ts';
import { channelName, quoted, span } from './wording.ts';

/** More than any sensible prefetch. */
const MANY = 1000;
/** Longer than a burst takes, or a batch that is acknowledged once a minute, in µs; looked at this often within. */
const LONG = 2 * MINUTE;
const STEP = 10 * SECOND;

/** An unbroken growth: how it began, and its last sample. */
interface Growth {
  readonly since: number;
  readonly from: number;
  time: number;
  size: number;
}

export const unackedGrowth = defineFinding({
  id: 'unacked-growth',
  severity: 'warning',
  title: 'Unacknowledged deliveries keep growing',
  explanation:
    'Each delivery that is not acknowledged stays in memory, in the broker and in the client, and comes again when the ' +
    'channel closes. A number that only grows means that some path through the program forgets its ack, or that it takes ' +
    'messages faster than it can handle them.',
  advice: 'Acknowledge (or nack) each delivery on every path, errors included, and bound them with a prefetch_count.',
  watch: ({ tables, report }) => {
    const growths = new WeakMap<Channel, Growth>();
    return watchChannels(tables, (channel, time, closure) => {
      const { size } = channel.unacked;
      const growth = growths.get(channel);
      if (closure || (growth && time - growth.time < STEP)) return false;
      if (!growth || size <= growth.size) {
        growths.set(channel, { since: time, from: size, time, size });
        return false;
      }
      growth.time = time;
      growth.size = size;
      if (size <= MANY || time - growth.since < LONG) return false;
      const oldest = oldestOf(channel);
      const queue = oldest?.holder?.queue?.name;
      const from = queue === undefined ? '' : `, the oldest from ${quoted(queue)}`;
      report({
        connection: channel.connection,
        channel,
        text:
          `On ${channelName(channel)} the unacknowledged deliveries have grown from ${countText(growth.from)} to ${countText(size)} ` +
          `in ${span(time - growth.since)}, and never shrunk${from}.`,
        evidence: oldest ? [tables.messages.deliveries.recordOf(oldest.delivery)] : [],
        time,
      });
      return true;
    });
  },
});
