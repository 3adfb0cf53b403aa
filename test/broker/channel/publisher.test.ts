import { expect, it } from 'vitest';
import { createBroker } from '../../../src/broker/broker.ts';
import { encodeCall } from '../../rig/amqp-socket.ts';
import { encodePublication, MemoryClient } from '../../rig/memory-client.ts';

it('finds that the exchange is gone when the content comes', async () => {
  const broker = await createBroker();
  const client = await MemoryClient.open(broker);
  const other = await MemoryClient.open(broker);
  client.call(1, 'channel.open');
  other.call(1, 'channel.open');
  other.call(1, 'exchange.declare', { exchange: 'x', type: 'direct' });
  other.call(1, 'queue.declare', { queue: 'q' });
  other.call(1, 'queue.bind', { queue: 'q', exchange: 'x', routing_key: 'k' });
  await client.names();
  const target = { exchange: 'x', routing_key: 'k' };
  const publication = encodePublication(1, target, 'hello');
  const { length } = encodeCall(1, 'basic.publish', target);
  client.send(publication.subarray(0, length));
  other.call(1, 'exchange.delete', { exchange: 'x' });
  other.call(1, 'queue.delete', { queue: 'q' });
  client.send(publication.subarray(length));
  expect(await client.names()).toEqual(["channel.close 404 NOT_FOUND - no exchange 'x' in vhost '/'"]);
  expect(broker.memory.used).toBe(0);
});
