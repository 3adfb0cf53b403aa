// A broker without a port: clients that speak through a stream in memory find what they find on a socket.

import { once } from 'node:events';
import { expect, it } from 'vitest';
import { createBroker } from '../../src/broker/broker.ts';
import { BrokerSocket } from '../../src/broker/broker-socket.ts';
import { frameSize } from '../../src/protocol/frame-splitter.ts';
import { decodeFrame, encodeCall, type Received } from '../rig/amqp-socket.ts';
import { encodePublication, MemoryClient, settle } from '../rig/memory-client.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

const PEER = { address: '127.0.0.1', port: 40_000, localAddress: '127.0.0.1', localPort: 5672, tls: false };
const MIB = 1 << 20;

/** A stream to the broker, its handshake done, and what came through it as frames. */
async function open(options: Parameters<typeof createBroker>[0] = {}) {
  const broker = await createBroker({ clock: new VirtualClock(), ...options });
  const socket = new BrokerSocket(broker, PEER);
  const helper = new MemoryClient(broker);
  const handshake = helper.handshake();
  helper.vanish();
  const received: Received[] = [];
  let rest: Buffer = Buffer.alloc(0);
  const read = (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 7 && rest.length >= frameSize(rest, 0)) {
      received.push(decodeFrame(rest.subarray(0, frameSize(rest, 0))));
      rest = rest.subarray(frameSize(rest, 0));
    }
  };
  socket.on('data', read);
  socket.write(
    Buffer.concat([...handshake, encodeCall(1, 'channel.open'), encodeCall(1, 'queue.declare', { queue: 'q' })]),
  );
  const until = async (count: number) => {
    while (received.length < count) await once(socket, 'data');
    return received.splice(0);
  };
  await until(5);
  return { broker, socket, until };
}

it('carries methods and contents of any size both ways', async () => {
  const { broker, socket, until } = await open();
  const body = Buffer.alloc(3 * MIB, 'x');
  socket.write(encodePublication(1, { routing_key: 'q' }, body));
  socket.write(encodeCall(1, 'basic.get', { queue: 'q', no_ack: true }));
  const [getOk, header, ...bodies] = await until(2 + Math.ceil(body.length / (131_072 - 8)));
  expect([getOk!.type, header!.type]).toEqual(['method', 'header']);
  expect(Buffer.concat(bodies.map((frame) => (frame as { payload: Buffer }).payload)).equals(body)).toBe(true);
  expect(broker.memory.used).toBe(0);
});

it('answers a connection.close, and ends when the client does', async () => {
  const { broker, socket, until } = await open();
  socket.write(encodeCall(0, 'connection.close', { reply_code: 200 }));
  expect((await until(1))[0]).toMatchObject({ method: 'connection.close-ok' });
  socket.end();
  await once(socket, 'close');
  expect(broker.connections.size).toBe(0);
});

it('is gone when the client destroys it, with what was its own', async () => {
  const { broker, socket } = await open();
  socket.write(encodeCall(1, 'queue.declare', { queue: 'mine', exclusive: true }));
  await once(socket, 'data');
  socket.destroy();
  await once(socket, 'close');
  expect([broker.connections.size, broker.vhosts.get('/')!.queues.has('mine')]).toEqual([0, false]);
});

it('ends when the broker closes it', async () => {
  const { broker, socket, until } = await open();
  const closed = broker.close();
  expect((await until(1))[0]).toMatchObject({ method: 'connection.close', arguments: { reply_code: 320 } });
  socket.write(encodeCall(0, 'connection.close-ok'));
  await Promise.all([closed, once(socket, 'end')]);
});

it('is not written to without bounds when nobody reads', async () => {
  const { broker, socket } = await open();
  const publisher = await MemoryClient.open(broker);
  publisher.call(1, 'channel.open');
  socket.pause();
  socket.write(encodeCall(1, 'basic.consume', { queue: 'q', no_ack: true }));
  await settle();
  for (let i = 0; i < 3000; i++) publisher.publish(1, 'q', Buffer.alloc(1024));
  await settle();
  expect(socket.readableLength).toBeLessThan(1.2 * MIB);
  const queue = broker.vhosts.get('/')!.queues.get('q')!;
  expect(queue.readyCount).toBeGreaterThan(1500);
  socket.resume();
  while (queue.readyCount > 0) await settle();
  while (socket.readableLength > 0) await settle();
  expect(broker.memory.used).toBe(0);
});

it('is not read from while memory is short, and then again', async () => {
  const { broker, socket, until } = await open({ memoryLimit: 10_000 });
  for (let i = 0; i < 50; i++) socket.write(encodePublication(1, { routing_key: 'q' }, Buffer.alloc(1000)));
  expect((await until(1))[0]).toMatchObject({ method: 'connection.blocked' });
  const queue = broker.vhosts.get('/')!.queues.get('q')!;
  expect(queue.readyCount).toBeLessThan(12);
  let got = 0;
  while (got < 50) {
    got += queue.purge();
    await settle();
  }
  expect([got, broker.memory.used]).toEqual([50, 0]);
});
