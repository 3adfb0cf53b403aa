// basic.return 312: a message that no queue got.

import type { Content } from '../content.ts';
import { defineFinding } from '../finding.ts';
import type { SessionTables } from '../tables.ts';
import { didYouMean, endingOf } from './resource.ts';
import { clientKey, clientName, listed, placeName, quoted } from './wording.ts';

/** AMQP 0-9-1 §1.1, as RabbitMQ uses it. */
const NO_ROUTE = 312;
/** Bindings that are named. */
const MOST_NAMED = 3;

export const unroutable = defineFinding({
  id: 'unroutable',
  severity: 'warning',
  title: 'A message was returned: no queue takes it',
  explanation:
    'No binding of the exchange fits the routing key, so the message reached no queue. Because it was published as mandatory ' +
    'the broker gave it back; without that flag it would have vanished without a word.',
  advice:
    'Check exchange, routing key and bindings, and that the queue is declared and bound before messages are published.',
  watch: ({ tables, report }) => ({
    returned(channel, content, message) {
      if (content.replyCode !== NO_ROUTE) return;
      const { connection } = channel;
      const { exchange, routingKey, record, time } = content;
      const isDefault = !exchange?.name;
      report({
        connection,
        channel,
        subject: `${clientKey(connection)} ${connection.vhost} ${isDefault ? routingKey : exchange.name}`,
        text: () =>
          `A message from ${clientName(connection)} to ${placeName(exchange?.name, routingKey)} was returned: ` +
          `${isDefault ? missingQueue(tables, content, connection.vhost) : bindingsOf(tables, content, connection.vhost)}`,
        evidence: [record, tables.messages.recordOf(message)],
        time,
      });
    },
  }),
});

function missingQueue(tables: SessionTables, { routingKey: name, time }: Content, vhost: string): string {
  const resource = { kind: 'queue', name, vhost } as const;
  const ending = endingOf(tables, resource, time);
  if (ending) return `queue ${quoted(name)} ${ending.text}.`;
  return `there is no queue ${quoted(name)} in vhost ${quoted(vhost)}.${didYouMean(tables, resource)}`;
}

function bindingsOf({ topology }: SessionTables, { exchange, routingKey }: Content, vhost: string): string {
  const found = [...topology.bindingsOf(vhost, exchange!.name)];
  if (found.length === 0) return `no binding takes ${quoted(routingKey)}.`;
  const named = found.slice(0, MOST_NAMED).map((one) => `${quoted(one.routingKey)} to ${quoted(one.destination)}`);
  const all = found.length > named.length ? [...named, `${found.length - named.length} more`] : named;
  return `no binding takes ${quoted(routingKey)}. It is bound with ${listed(all)}, as far as was seen.`;
}
