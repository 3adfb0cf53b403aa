// Messages come back, and the client goes on sending the same way.

import { counted } from '../../log/quantity.ts';
import type { Channel } from '../channel.ts';
import { defineFinding } from '../finding.ts';
import { SECOND } from './micros.ts';
import { clientKey, clientName, placeName, span } from './wording.ts';

/** Returns from one place, the last of them for messages that were published … */
const MANY = 10;
/** … so long after the first return, in µs: a batch that was on its way already proves nothing. */
const LATER = SECOND;
/** Places of one channel that are watched. */
const MOST_PLACES = 100;

interface Returns {
  count: number;
  readonly first: number;
  readonly time: number;
}

export const returnsIgnored = defineFinding({
  id: 'returns-ignored',
  severity: 'warning',
  title: 'Returned messages change nothing',
  explanation:
    'Mandatory messages that no queue takes come back with basic.return. A program that has no handler for it pays for the ' +
    'flag and loses the messages all the same: the confirm that follows a return says only that the broker is done with it.',
  advice:
    'Handle basic.return (store, alert or publish elsewhere), or do without mandatory and use an alternate exchange.',
  watch: ({ tables, report }) => {
    const places = new WeakMap<Channel, Map<string, Returns>>();
    return {
      returned(channel, content, message) {
        const known = places.get(channel) ?? new Map<string, Returns>();
        places.set(channel, known);
        const { exchange, routingKey, record, time } = content;
        const key = `${exchange?.name} ${routingKey}`;
        const returns = known.get(key);
        if (!returns) {
          if (known.size < MOST_PLACES) known.set(key, { count: 1, first: record, time });
          return;
        }
        returns.count++;
        const published = tables.messages.timeOf(message);
        if (returns.count < MANY || published < returns.time + LATER) return;
        const { connection } = channel;
        report({
          connection,
          channel,
          subject: `${clientKey(connection)} ${connection.vhost} ${exchange?.name}`,
          text: () =>
            `${clientName(connection)} got ${counted(returns.count, 'message')} back from ${placeName(exchange?.name, routingKey)} ` +
            `and still publishes there, ${span(published - returns.time)} after the first came back.`,
          evidence: [record, tables.messages.recordOf(message), returns.first],
          time,
        });
      },
    };
  },
});
