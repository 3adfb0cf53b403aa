// A message that is delivered, put back and delivered again, over and over.

import { counted } from '../../log/quantity.ts';
import { fieldOf } from '../../protocol/field-table.ts';
import { defineFinding } from '../finding.ts';
import type { DeliveryRow, MessageRow } from '../message-row.ts';
import type { Queue } from '../topology.ts';
import { MINUTE, SECOND } from './micros.ts';
import { clientName, quoted, span } from './wording.ts';

/** A second and a third try are sound; after so many, … */
const REQUEUES = 5;
/** … within so long, in µs, nothing new is tried. More slowly, somebody waits before he tries again. */
const WITHIN = MINUTE;
/** Between looks at one queue, in µs: a loop turns thousands of times a second. */
const PAUSE = SECOND;
/** Queues whose last look is known. */
const MOST = 1000;

export const redeliveryLoop = defineFinding({
  id: 'redelivery-loop',
  severity: 'warning',
  title: 'A message goes round in circles',
  explanation:
    'A consumer that cannot handle a message puts it back with requeue, and RabbitMQ hands it out again at once. If nothing ' +
    'changes in between, it fails in the same way, for ever, and keeps the consumer busy: a poison message.',
  advice:
    'Reject it with requeue=false into a dead-letter exchange, or use a quorum queue with x-delivery-limit; retry with a delay.',
  watch: ({ tables, report }) => {
    const looked = new Map<Queue, number>();
    const { messages } = tables;
    return {
      redelivered(channel, content, delivery, message) {
        const queue = messages.deliveries.queueOf(delivery);
        if (!queue || isLimited(queue) || content.time - (looked.get(queue) ?? 0) < PAUSE) return;
        if (messages.deliveriesOf(message, REQUEUES + 1) <= REQUEUES) return;
        if (looked.size >= MOST) looked.clear();
        looked.set(queue, content.time);
        const row = messages.get(message);
        // Of several equal messages it is not certain which of them came back.
        if (!row || row.ambiguous) return;
        const requeued = row.deliveries.filter((one) => one.queue === queue.name && one.settlement === 'requeue');
        const last = requeued.at(-1);
        if (!last || content.time - (requeued.at(-REQUEUES)?.time ?? 0) > WITHIN) return;
        const handler = tables.connections.get(last.connection);
        const by = handler ? clientName(handler) : `connection #${last.connection}`;
        report({
          connection: channel.connection,
          channel,
          subject: `${queue.vhost} ${queue.name}`,
          text: () => describe(row, requeued, queue, by, content.time),
          evidence: [content.record, last.settledRecord, ...requeued.slice(-5).map(({ record }) => record)],
          time: content.time,
        });
      },
    };
  },
});

/** A quorum queue that was declared with a delivery limit ends each loop itself. */
function isLimited({ declared }: Queue): boolean {
  const limit = declared && fieldOf(declared.arguments, 'x-delivery-limit')?.value;
  return limit !== undefined && Number(limit) >= 0;
}

function describe(
  { messageId, routingKey }: MessageRow,
  requeued: readonly DeliveryRow[],
  { name }: Queue,
  by: string,
  time: number,
): string {
  const message = messageId === undefined ? `with routing key ${quoted(routingKey)}` : `${quoted(messageId)}`;
  const times = counted(requeued.length, 'time');
  return (
    `Message ${message} in queue ${quoted(name)} was delivered and put back ${times} within ` +
    `${span(time - requeued[0]!.time)}, and is delivered again; ${by} requeued it last.`
  );
}
