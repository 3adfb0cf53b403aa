// Transactions for each message or two, where confirms would do.

import { counted } from '../../log/quantity.ts';
import type { Channel } from '../channel.ts';
import { defineFinding } from '../finding.ts';
import { clientName, span } from './wording.ts';

/** A transaction now and then may have its reason. */
const MANY = 10;

export const txMode = defineFinding({
  id: 'tx-mode',
  severity: 'info',
  title: 'A channel works with transactions',
  explanation:
    'tx.commit waits until the broker has stored all messages of the transaction, and nothing else goes on meanwhile on that ' +
    'channel. Publisher confirms give the same certainty, many times faster, for they come while more is published.',
  advice:
    'Use publisher confirms (confirm.select) instead of tx.select, unless several acks and publishes must be one.',
  watch: ({ tables, report }) => {
    const commits = new WeakMap<Channel, number>();
    return {
      method({ channel, decoded, request, record, time }) {
        if (decoded.method.name !== 'tx.commit-ok' || !channel) return;
        const many = (commits.get(channel) ?? 0) + 1;
        commits.set(channel, many);
        if (many !== MANY) return;
        const wait = tables.roundTrip('tx.commit').quantile(0.5);
        report({
          connection: channel.connection,
          channel,
          text:
            `${clientName(channel.connection)} has committed ${counted(many, 'transaction')} on channel ${channel.number} for ` +
            `${counted(channel.published, 'message')}; each commit takes ${span(wait)} (median).`,
          evidence: request ? [request.record, record] : [record],
          time,
        });
      },
    };
  },
});
