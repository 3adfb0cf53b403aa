// Streams as tests make, fill and read them. Counterparts: stream.test.ts, stream-reading.test.ts, stream-content.test.ts.

import type { FieldTable } from '../../../src/protocol/field-table.ts';
import type { BasicProperties } from '../../../src/protocol/method-table.ts';
import { type ClientChannel, plain, table } from '../../rig/amqp-client.ts';
import type { PlainValue } from '../../rig/field-values.ts';
import type { BehaviourBroker } from './brokers.ts';
import { lastingQueue } from './observation.ts';

export type Arguments = { readonly [name: string]: PlainValue };

export function streamArguments(more: Arguments = {}): FieldTable {
  return table({ 'x-queue-type': 'stream', ...more });
}

/** A stream that holds these messages; deleted after the test. */
export async function streamWith(broker: BehaviourBroker, bodies: readonly string[], more: Arguments = {}) {
  const queue = await lastingQueue(broker, { arguments: streamArguments(more) });
  const ch = await confirming(broker);
  for (const body of bodies) await append(ch, queue, body);
  return queue;
}

/** A channel in confirm mode. */
export async function confirming(broker: BehaviourBroker): Promise<ClientChannel> {
  const ch = await broker.channel();
  await ch.call('confirm.select');
  return ch;
}

/** Publishes and waits for the confirm: RabbitMQ hands out messages that came together together, whatever the prefetch. */
export async function append(
  ch: ClientChannel,
  queue: string,
  body: string | Uint8Array,
  properties: BasicProperties = {},
): Promise<void> {
  ch.publish({ routingKey: queue, body, properties });
  await ch.next('basic.ack');
}

/** A channel that consumes from the offset on, under the tag `reader`. */
export async function reader(broker: BehaviourBroker, queue: string, offset: PlainValue, prefetch = 100) {
  const ch = await broker.channel();
  await ch.call('basic.qos', { prefetch_count: prefetch });
  await ch.consume(queue, { consumer_tag: 'reader', arguments: table({ 'x-stream-offset': offset }) });
  return ch;
}

export function offsetOf({ headers }: BasicProperties): number {
  return plain(headers)['x-stream-offset'] as number;
}
