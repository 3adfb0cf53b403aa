// The broker's end: every client is told, whoever does not answer is cut, and nothing goes on afterwards.

import { expect, it } from 'vitest';
import { createBroker } from '../../src/broker/broker.ts';
import { AmqpClient } from '../rig/amqp-client.ts';
import { table } from '../rig/field-values.ts';
import { encodePublication, MemoryClient, settle } from '../rig/memory-client.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

const FORCED = "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'";

async function start(options = {}) {
  const clock = new VirtualClock();
  const broker = await createBroker({ clock, ...options });
  broker.defect = (error) => {
    throw error;
  };
  return { clock, broker };
}

it('tells clients, waits for their answers, and leaves nothing that ticks', async () => {
  const { clock, broker } = await start();
  const clients = [await MemoryClient.open(broker, { heartbeat: 5 }), await MemoryClient.open(broker)];
  clients[0]!.call(1, 'channel.open');
  const timed = table({ 'x-message-ttl': 1000, 'x-expires': 5000 });
  clients[0]!.call(1, 'queue.declare', { queue: 'q', arguments: timed });
  clients[0]!.publish(1, 'q', 'hello', { expiration: '2000' });
  clients[0]!.call(1, 'exchange.declare', {
    exchange: 'd',
    type: 'x-delayed-message',
    arguments: table({ 'x-delayed-type': 'fanout' }),
  });
  clients[0]!.send(encodePublication(1, { exchange: 'd' }, 'later', { headers: table({ 'x-delay': 3000 }) }));
  await settle();
  for (const client of clients) client.take();
  const closed = broker.close();
  for (const client of clients) {
    expect(await client.names()).toEqual([`connection.close 320 ${FORCED}`]);
    client.call(0, 'connection.close-ok');
  }
  await closed;
  expect([broker.connections.size, clock.pending]).toEqual([0, 0]);
  expect(clients.map(({ transport }) => transport.ended)).toEqual([true, true]);
});

it('cuts those that do not answer, whatever they are doing', async () => {
  const { clock, broker } = await start({ memoryLimit: 1000 });
  const silent = await MemoryClient.open(broker);
  const blocked = await MemoryClient.open(broker);
  blocked.call(1, 'channel.open');
  blocked.call(1, 'queue.declare', { queue: 'q' });
  for (let i = 0; i < 3; i++) blocked.publish(1, 'q', Buffer.alloc(900));
  await settle();
  expect(blocked.transport.paused).toBe(true);
  const halfway = new MemoryClient(broker);
  halfway.send(...halfway.handshake().slice(0, 2));
  const mute = new MemoryClient(broker);
  const full = await MemoryClient.open(broker);
  full.transport.reading = false;
  full.call(1, 'channel.open');
  full.call(1, 'basic.consume', { queue: 'q' });
  await settle();
  let isClosed = false;
  const closed = broker.close().then(() => {
    isClosed = true;
  });
  await settle();
  expect([isClosed, blocked.transport.paused]).toEqual([false, false]);
  clock.advance(2000);
  await closed;
  for (const { transport } of [silent, blocked, halfway, mute, full])
    expect(transport.ended || transport.destroyed).toBe(true);
  expect([broker.connections.size, clock.pending]).toEqual([0, 0]);
});

it('is done at once when nobody is connected, and may be asked for twice', async () => {
  const { broker, clock } = await start();
  await Promise.all([broker.close(), broker.close()]);
  expect(clock.pending).toBe(0);
});

it('closes its ports, with clients and without', async () => {
  const broker = await createBroker();
  const { port } = await broker.listen({ host: '127.0.0.1', port: 0 });
  const client = await AmqpClient.connect({ port });
  const raw = await AmqpClient.raw({ port });
  await broker.close();
  expect((await client.closed)?.message).toBe(`connection.close 320 0.0 ${FORCED}`);
  await raw.closed;
  await expect(AmqpClient.raw({ port })).rejects.toThrow(/ECONNREFUSED/);
});

it('hears nobody who comes while it closes', async () => {
  const { broker, clock } = await start();
  const client = await MemoryClient.open(broker);
  const closed = broker.close();
  client.call(1, 'channel.open');
  client.call(0, 'connection.close-ok');
  await closed;
  client.call(1, 'channel.open');
  client.publish(1, 'q', 'late');
  expect(await client.names()).toEqual([`connection.close 320 ${FORCED}`]);
  clock.advance(1_000_000);
});
