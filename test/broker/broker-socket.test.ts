import { once } from 'node:events';
import { expect, it } from 'vitest';
import { createBroker } from '../../src/broker/broker.ts';
import { BrokerSocket } from '../../src/broker/broker-socket.ts';
import { encodeCall } from '../rig/amqp-socket.ts';
import { MemoryClient } from '../rig/memory-client.ts';

const PEER = { address: '127.0.0.1', port: 50_000, localAddress: '127.0.0.1', localPort: 5672, tls: false };

it('goes on for a reader that takes all that waits at once', async () => {
  const broker = await createBroker();
  const publisher = await MemoryClient.open(broker);
  publisher.call(1, 'channel.open');
  publisher.call(1, 'queue.declare', { queue: 'q' });
  for (let i = 0; i < 4000; i++) publisher.publish(1, 'q', Buffer.alloc(1000));
  const socket = new BrokerSocket(broker, PEER);
  const calls = [encodeCall(1, 'channel.open', {}), encodeCall(1, 'basic.consume', { queue: 'q', no_ack: true })];
  for (const part of [...publisher.handshake(), ...calls]) socket.write(part);
  const queue = broker.vhosts.get('/')!.queues.get('q')!;
  let most = 0;
  while (queue.readyCount > 0) {
    const chunk = socket.read() as Buffer | null;
    if (chunk) most = Math.max(most, chunk.length);
    else await once(socket, 'readable');
  }
  // Otherwise it was no such reader.
  expect(most).toBeGreaterThan(1_000_000);
  socket.destroy();
});
