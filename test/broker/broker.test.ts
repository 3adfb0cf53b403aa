import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createBroker } from '../../src/broker/broker.ts';
import { PROTOCOL_HEADER } from '../../src/protocol/protocol-header.ts';
import { MemoryClient, settle } from '../rig/memory-client.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

async function inFolder(work: (dataDir: string) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'amqp-spy-broker-'));
  try {
    await work(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

it('may be closed twice: both wait for the same end', async () => {
  const broker = await createBroker();
  const client = await MemoryClient.open(broker);
  const closed = Promise.all([broker.close(), broker.close()]);
  client.call(0, 'connection.close-ok');
  await closed;
  await broker.close();
  expect(broker.connections.size).toBe(0);
});

it('takes nobody in once it closes', async () => {
  const clock = new VirtualClock();
  const broker = await createBroker({ clock });
  const client = await MemoryClient.open(broker);
  const closed = broker.close();
  const late = new MemoryClient(broker);
  client.call(0, 'connection.close-ok');
  await closed;
  const later = new MemoryClient(broker);
  expect([late, later].map(({ transport }) => transport.ended)).toEqual([true, true]);
  expect([broker.connections.size, clock.pending]).toEqual([0, 0]);
});

it('leaves no timer when its definitions are wrong', async () => {
  const clock = new VirtualClock();
  await expect(createBroker({ clock, definitions: { text: '{"users": 3}' } })).rejects.toThrow();
  expect(clock.pending).toBe(0);
});

it('does not wait at its end for clients that never hang up', async () => {
  const clock = new VirtualClock();
  const broker = await createBroker({ clock });
  const { port } = await broker.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.write(PROTOCOL_HEADER);
  await once(socket, 'data');
  const closed = broker.close();
  clock.advance(2000);
  await once(socket, 'end');
  clock.advance(1000);
  await closed;
  expect(clock.pending).toBe(0);
  socket.destroy();
});

it('counts all channels of a user who was changed meanwhile', async () => {
  const broker = await createBroker();
  broker.access.setUserLimits('guest', { 'max-channels': 1 });
  const first = await MemoryClient.open(broker);
  first.call(1, 'channel.open');
  broker.access.setTags('guest', ['administrator', 'monitoring']);
  const second = await MemoryClient.open(broker);
  second.call(1, 'channel.open');
  expect(await second.names()).toEqual([
    "connection.close 530 NOT_ALLOWED - number of channels opened for user 'guest' has reached the maximum allowed user limit of (1)",
  ]);
});

it('lets nobody in once the store has failed', async () => {
  await inFolder(async (dataDir) => {
    const broker = await createBroker({ dataDir });
    broker.store!.onFailure!(new Error('the disk is gone'));
    const client = new MemoryClient(broker);
    client.send(...client.handshake());
    expect((await client.names()).at(-1)).toBe('connection.close 541 INTERNAL_ERROR - the store failed');
    client.vanish();
    await broker.close();
  });
});

it('makes no second guest where users are left and no virtual host', async () => {
  await inFolder(async (dataDir) => {
    const first = await createBroker({ dataDir });
    first.access.putUser({ name: 'me', password: 'secret', tags: [] });
    first.access.deleteUser('guest');
    first.deleteVhost('/');
    await settle();
    await first.close();
    const second = await createBroker({ dataDir });
    expect([[...second.access.users.keys()], [...second.vhosts.keys()]]).toEqual([['me'], []]);
    await second.close();
  });
});
