// A message and its journey as the API shows it: published, confirmed or returned, delivered, settled, delivered again.
// Counterpart of session/messages.ts. Times are ISO 8601, latencies µs, ids those of the log's records.

import { formatTimestamp } from '../log/timestamp.ts';
import { CONFIRMED, type DeliveryRow, type MessageRow, NACKED, RETURNED } from '../session/message-row.ts';
import type { DeliveryJson, MessageJson, OutcomeJson } from './json.ts';

/** What is not known is left out: all of the publish, where that was not seen. */
export function messageJson(message: MessageRow): MessageJson {
  const { outcome } = message;
  const isPublishKnown = message.record > 0;
  const answered = { id: message.outcomeRecord, time: message.outcomeTime };
  const returned = { id: message.returnRecord, time: message.returnTime };
  return {
    seq: message.seq,
    ...(isPublishKnown && {
      id: message.record,
      time: formatTimestamp(message.time),
      connection: message.connection,
      channel: message.channel,
    }),
    exchange: message.exchange,
    routing_key: message.routingKey,
    body_size: message.bodySize,
    message_id: message.messageId,
    correlation_id: message.correlationId,
    returned: outcome & RETURNED ? outcomeJson(returned, message.time) : undefined,
    confirmed: outcome & CONFIRMED ? outcomeJson(answered, message.time) : undefined,
    nacked: outcome & NACKED ? outcomeJson(answered, message.time) : undefined,
    deliveries: message.deliveries.map((delivery) => deliveryJson(delivery, isPublishKnown ? message.time : undefined)),
    ambiguous: message.ambiguous || undefined,
  };
}

/** `since`: when the publish passed, in µs. */
function outcomeJson({ id, time }: { readonly id: number; readonly time: number }, since: number): OutcomeJson {
  return { id, time: formatTimestamp(time), latency: time - since };
}

function deliveryJson(delivery: DeliveryRow, publishedAt: number | undefined): DeliveryJson {
  const { time, settlement, settledTime } = delivery;
  const isSettled = settlement !== 'none' && settlement !== 'no-ack';
  return {
    id: delivery.record,
    time: formatTimestamp(time),
    connection: delivery.connection,
    channel: delivery.channel,
    queue: delivery.queue,
    consumer_tag: delivery.consumerTag,
    delivery_tag: delivery.deliveryTag,
    redelivered: delivery.redelivered,
    latency: publishedAt === undefined ? undefined : time - publishedAt,
    settlement,
    ...(isSettled && {
      settled_id: delivery.settledRecord,
      settled_at: formatTimestamp(settledTime),
      settle_latency: settledTime - time,
    }),
  };
}
