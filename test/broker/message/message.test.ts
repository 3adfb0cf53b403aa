import { expect, it } from 'vitest';
import { createBroker } from '../../../src/broker/broker.ts';
import { table } from '../../rig/field-values.ts';
import { heldBytes } from '../../rig/heap.ts';
import { encodePublication, MemoryClient, settle } from '../../rig/memory-client.ts';

it('a message with headers takes about the memory that it counts for', async () => {
  const broker = await createBroker();
  const client = await MemoryClient.open(broker);
  client.call(1, 'channel.open');
  client.call(1, 'queue.declare', { queue: 'q' });
  const headers = table({
    tenant: 'one',
    retries: 3,
    source: 'service',
    kind: 'event',
    trace: 'abcdefghijkl',
    last: true,
  });
  const publication = encodePublication(1, { routing_key: 'q' }, 'x'.repeat(100), { headers });
  await settle();
  const before = heldBytes();
  for (let i = 0; i < 20_000; i++) client.send(publication);
  await settle();
  expect(heldBytes() - before).toBeLessThan(1.5 * broker.memory.used);
});
