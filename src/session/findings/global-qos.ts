// basic.qos with global=true: a prefetch that all consumers of the channel share, and that RabbitMQ gives up.

import { defineFinding } from '../finding.ts';
import { clientKey, clientName } from './wording.ts';

export const globalQos = defineFinding({
  id: 'global-qos',
  severity: 'warning',
  title: 'A prefetch is set for the whole channel',
  explanation:
    'With global=true the prefetch is shared by all consumers of the channel, so that a slow one can starve the others. It ' +
    'costs the broker more, quorum queues refuse it, and so does RabbitMQ 4.3 altogether unless the deprecated feature ' +
    'global_qos is permitted.',
  advice: 'Call basic.qos with global=false: each consumer then has a prefetch of its own.',
  watch: ({ report }) => ({
    method({ connection, channel, decoded, request, record, time }) {
      if (decoded.method.name !== 'basic.qos-ok' || !request) return;
      const { global, prefetch_count: many } = request.decoded.arguments as { global: boolean; prefetch_count: number };
      if (!global || many === 0) return;
      report({
        connection,
        channel,
        subject: clientKey(connection),
        text: `${clientName(connection)} sets a prefetch of ${many} with global=true on channel ${channel?.number}.`,
        evidence: [request.record, record],
        time,
      });
    },
  }),
});
