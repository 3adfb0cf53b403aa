// 406 PRECONDITION_FAILED for any other reason.

import { defineFinding } from '../finding.ts';
import { type AdviceByReason, reportRefusals } from './refusal.ts';

/** What to do about the reasons that RabbitMQ gives. */
const ADVICE: AdviceByReason = [
  [/user_id property/, 'Leave user_id out, or set it to the name of the user that is logged in.'],
  [/invalid expiration/, 'expiration is a string of digits: milliseconds, 0 or more.'],
  [/not empty/, 'Purge or consume the queue first, or delete it without if_empty.'],
  [/in use/, 'Cancel its consumers or remove its bindings first, or delete it without if_unused.'],
  [/from (confirm|tx) to (tx|confirm)/, 'Use one channel for transactions and another for confirms.'],
  [/not transactional/, 'Call tx.select on the channel before tx.commit or tx.rollback.'],
  [
    /fast reply consumer does not exist/,
    'Consume from amq.rabbitmq.reply-to on the channel before publishing with it as reply_to.',
  ],
  [/reply consumer cannot acknowledge/, 'Consume from amq.rabbitmq.reply-to with no_ack.'],
  [/reply consumer already set/, 'Consume from amq.rabbitmq.reply-to once a channel.'],
  [/prefetch count is not set/, 'Call basic.qos with a prefetch before consuming from a stream.'],
  [/queue limit in vhost/, 'Delete queues that nobody uses, or have the limit of the virtual host raised.'],
  [/delivery_mode/, 'delivery_mode is 1 (transient) or 2 (persistent).'],
  [/invalid property/, 'Quorum queues and streams are durable and neither exclusive nor auto-delete.'],
  [/partial tx completion/, 'Part of the transaction was lost with a queue: publish again what matters.'],
  [/exchange type/, 'Check the type (direct, fanout, topic, headers), or enable the plugin that brings it.'],
  [/invalid (arg|type)/, 'Give the argument a value of the type and range that the queue type has for it.'],
];

export const preconditionFailed = defineFinding({
  id: 'precondition-failed',
  severity: 'error',
  title: 'What was asked for is not allowed as things stand',
  explanation:
    'The server understood the request but will not do it in the present state of the queue, message or channel, and closes the channel. What the channel had delivered and not had acknowledged goes back to the queues.',
  advice: 'Mend what the reply text names, and open a new channel.',
  watch: ({ report }) => reportRefusals('precondition-failed', report, ADVICE),
});
