import { expect, it } from 'vitest';
import { createBroker } from '../../../src/broker/broker.ts';
import { table } from '../../rig/field-values.ts';
import { MemoryClient } from '../../rig/memory-client.ts';

it('gives back what it held when a stream refuses a nack at the commit', async () => {
  const broker = await createBroker();
  const client = await MemoryClient.open(broker);
  client.call(1, 'channel.open');
  client.call(1, 'queue.declare', { queue: 's', durable: true, arguments: table({ 'x-queue-type': 'stream' }) });
  client.call(1, 'queue.declare', { queue: 'q' });
  client.publish(1, 's', 'one');
  client.publish(1, 'q', 'two');
  client.call(1, 'basic.qos', { prefetch_count: 10 });
  client.call(1, 'tx.select');
  client.call(1, 'basic.consume', { queue: 's', arguments: table({ 'x-stream-offset': 'first' }) });
  client.call(1, 'basic.consume', { queue: 'q' });
  await client.names();
  client.call(1, 'basic.nack', { delivery_tag: 1n });
  client.call(1, 'basic.ack', { delivery_tag: 2n });
  client.call(1, 'tx.commit');
  expect(await client.names()).toEqual([
    "connection.close 540 NOT_IMPLEMENTED - basic.nack and basic.reject not supported by stream queues queue 's' in vhost '/'",
  ]);
  const queue = broker.vhosts.get('/')!.queues.get('q')!;
  expect([queue.readyCount, queue.unsettledCount]).toEqual([1, 0]);
});
