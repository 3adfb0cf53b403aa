import { expect, it } from 'vitest';
import { createBroker } from '../../../src/broker/broker.ts';
import { MemoryClient, settle } from '../../rig/memory-client.ts';

it.each([1000, 9000, 100_000])(
  'a client that does not read gets no more than about 1 MiB of bodies of %d bytes',
  async (size) => {
    const broker = await createBroker();
    const publisher = await MemoryClient.open(broker);
    publisher.call(1, 'channel.open');
    publisher.call(1, 'queue.declare', { queue: 'q' });
    for (let i = 0; i * size < 4_000_000; i++) publisher.publish(1, 'q', Buffer.alloc(size));
    const client = await MemoryClient.open(broker);
    client.transport.reading = false;
    client.call(1, 'channel.open');
    client.call(1, 'basic.consume', { queue: 'q', no_ack: true });
    await settle();
    expect(client.transport.pending).toBeGreaterThan(1_000_000);
    expect(client.transport.pending).toBeLessThan(1_300_000);
  },
);
