// 540 NOT_IMPLEMENTED: parts of AMQP 0-9-1 that the server leaves out, or that a queue type does not have.

import { defineFinding } from '../finding.ts';
import { type AdviceByReason, reportRefusals } from './refusal.ts';

/** What to use instead, by RabbitMQ's words. */
const ADVICE: AdviceByReason = [
  [
    /immediate=true/,
    'Publish without immediate: use a message TTL of 0 and a dead-letter exchange for the same effect.',
  ],
  [/prefetch_size/, 'Limit by prefetch_count, and leave prefetch_size at 0.'],
  [/requeue=false/, 'Call basic.recover with requeue set, or nack the deliveries.'],
  [/active=false/, 'Cancel the consumer, or limit it by its prefetch: RabbitMQ cannot be stopped by channel.flow.'],
  [/global qos/, 'Call basic.qos with global=false: quorum queues and streams have a prefetch for each consumer only.'],
  [/automatic acknowledgement/, 'Consume from a stream without no_ack, and acknowledge.'],
  [/basic\.get not supported/, 'Consume from a stream with basic.consume: basic.get is not for streams.'],
  [/basic\.nack and basic\.reject/, 'Acknowledge what comes from a stream: it stays in the stream anyway.'],
];

export const notImplemented = defineFinding({
  id: 'not-implemented',
  severity: 'error',
  title: 'The server does not do that',
  explanation:
    'Part of AMQP 0-9-1 that this server leaves out (RabbitMQ: immediate, prefetch_size, channel.flow by the client), or that the type of the queue does not have. The server closes the whole connection.',
  advice: 'Do without what the reply text names, or use another type of queue.',
  watch: ({ report }) => reportRefusals('not-implemented', report, ADVICE),
});
