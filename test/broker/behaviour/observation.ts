// What tests look at again and again: how many messages wait, what a queue holds, how publications were confirmed.
// Counterpart: brokers.ts, which gives the channels.

import { onTestFinished } from 'vitest';
import type { ArgumentsOf } from '../../../src/protocol/method-table.ts';
import type { ClientChannel } from '../../rig/amqp-client.ts';
import { type BehaviourBroker, unique } from './brokers.ts';

/** How long something may take that RabbitMQ does in the background. */
const PATIENCE_MS = 10_000;

/**
 * Waits until so many messages are ready in the queue. All that was delivered to the channel until then has come once
 * it resolves. (RabbitMQ lets the question overtake publications, hence the patience.)
 */
export async function untilReady(ch: ClientChannel, queue: string, expected: number): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const { message_count } = (await ch.call('queue.declare', { queue, passive: true })).arguments;
    await ch.sync();
    if (message_count === expected) return;
    if (Date.now() > deadline)
      throw new Error(`expected ${expected} ready messages in ${queue}, found ${message_count}`);
  }
}

/** Takes all messages out of the queue and gives their bodies as text. */
export async function drain(ch: ClientChannel, queue: string): Promise<string[]> {
  const bodies: string[] = [];
  for (let message = await ch.get(queue); message; message = await ch.get(queue)) bodies.push(`${message.body}`);
  return bodies;
}

/** The bodies of the next deliveries. */
export async function deliveries(ch: ClientChannel, count: number): Promise<string[]> {
  const bodies: string[] = [];
  while (bodies.length < count) bodies.push(`${(await ch.next('basic.deliver')).body}`);
  return bodies;
}

/** Publishes texts to the queue through the default exchange. */
export function publishAll(ch: ClientChannel, queue: string, ...bodies: readonly string[]): void {
  for (const body of bodies) ch.publish({ routingKey: queue, body });
}

/** Waits until the publications `first` to `last` of a channel in confirm mode are confirmed, and tells how. */
export async function outcomes(ch: ClientChannel, first: number, last: number): Promise<('ack' | 'nack')[]> {
  const found = new Map<number, 'ack' | 'nack'>();
  while (found.size < last - first + 1) {
    const answer = await ch.next();
    if (answer.method !== 'basic.ack' && answer.method !== 'basic.nack') throw new Error(`${answer.method} came`);
    const tag = Number(answer.arguments.delivery_tag);
    for (let number = answer.arguments.multiple ? first : tag; number <= tag; number++) {
      if (!found.has(number)) found.set(number, answer.method === 'basic.ack' ? 'ack' : 'nack');
    }
  }
  return Array.from({ length: last - first + 1 }, (_, index) => found.get(first + index)!);
}

/** Declares a queue that outlives its connection, durable unless `values` say otherwise; deleted after the test. */
export async function lastingQueue(
  broker: BehaviourBroker,
  values: Partial<ArgumentsOf<'queue.declare'>> = {},
): Promise<string> {
  const queue = values.queue ?? unique('lasting');
  const client = await broker.connect();
  const ch = await client.channel();
  await ch.call('queue.declare', { durable: true, ...values, queue });
  onTestFinished(async () => {
    const cleaner = await broker.connect();
    await (await cleaner.channel()).call('queue.delete', { queue });
    await cleaner.close();
  });
  await client.close();
  return queue;
}
