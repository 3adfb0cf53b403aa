// A channel is opened, used for one publish and closed, again and again.

import { counted } from '../../log/quantity.ts';
import { defineFinding } from '../finding.ts';
import type { TrackedConnection } from '../tracked-connection.ts';
import { MINUTE } from './micros.ts';
import { clientKey, clientName, span } from './wording.ts';

/** Channels in a row, the last of them within … */
const MANY = 10;
/** … so long after the first, in µs. */
const WITHIN = MINUTE;

interface Row {
  count: number;
  readonly since: number;
}

export const channelPerMessage = defineFinding({
  id: 'channel-per-message',
  severity: 'warning',
  title: 'A channel is opened for each message',
  explanation:
    'Opening and closing a channel takes two round trips and work in broker and client, many times that of the publish ' +
    'itself. Channels are made to last as long as their connection.',
  advice: 'Open one channel for each thread or task when the program starts, and keep it.',
  watch: ({ report }) => {
    const rows = new WeakMap<TrackedConnection, Row>();
    return {
      channelClosed(channel, closure) {
        const { connection, published, delivered, got, consumers, openedAt, record } = channel;
        if (closure.by !== 'client') return;
        const isForOne = published === 1 && delivered + got + consumers.size === 0;
        const last = rows.get(connection);
        const isOfRow = isForOne && last !== undefined && closure.time - last.since < WITHIN;
        const row = isOfRow ? last : { count: 0, since: openedAt };
        if (isForOne) row.count++;
        rows.set(connection, row);
        if (row.count < MANY) return;
        report({
          connection,
          channel,
          subject: clientKey(connection),
          text: () =>
            `${clientName(connection)} has opened and closed ${counted(row.count, 'channel')} in ` +
            `${span(closure.time - row.since)}, each for a single publish.`,
          evidence: [record, channel.contents[0].record, closure.record],
          time: closure.time,
        });
      },
    };
  },
});
