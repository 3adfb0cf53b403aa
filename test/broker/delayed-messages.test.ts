import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { type Broker, createBroker } from '../../src/broker/broker.ts';
import { openStore } from '../../src/broker/store/lmdb-store.ts';
import { table } from '../rig/field-values.ts';
import { encodePublication, MemoryClient, settle } from '../rig/memory-client.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

function readyCounts(broker: Broker, names: readonly string[]): number[] {
  const { queues } = broker.vhosts.get('/')!;
  return names.map((name) => queues.get(name)!.readyCount);
}

async function inFolder(work: (dataDir: string) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'amqp-spy-delayed-'));
  try {
    await work(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

const FANOUT = { type: 'x-delayed-message', durable: true, arguments: table({ 'x-delayed-type': 'fanout' }) };

it('a released message still goes where its header BCC said', async () => {
  const clock = new VirtualClock();
  const broker = await createBroker({ clock });
  const client = await MemoryClient.open(broker);
  client.call(1, 'channel.open');
  const direct = table({ 'x-delayed-type': 'direct' });
  client.call(1, 'exchange.declare', { exchange: 'd', type: 'x-delayed-message', arguments: direct });
  for (const queue of ['a', 'b', 'c']) {
    client.call(1, 'queue.declare', { queue });
    client.call(1, 'queue.bind', { queue, exchange: 'd', routing_key: queue });
  }
  const headers = table({ 'x-delay': 100, CC: ['b'], BCC: ['c'] });
  client.send(encodePublication(1, { exchange: 'd', routing_key: 'a' }, 'x', { headers }));
  clock.advance(100);
  expect(readyCounts(broker, ['a', 'b', 'c'])).toEqual([1, 1, 1]);
});

it('a message held behind another exchange is not published there again after a restart', async () => {
  await inFolder(async (dataDir) => {
    const clock = new VirtualClock();
    const first = await createBroker({ dataDir, clock });
    const client = await MemoryClient.open(first);
    client.call(1, 'channel.open');
    client.call(1, 'exchange.declare', { exchange: 'd', ...FANOUT });
    client.call(1, 'exchange.declare', { exchange: 'f', type: 'fanout', durable: true });
    client.call(1, 'queue.declare', { queue: 'now', durable: true });
    client.call(1, 'queue.declare', { queue: 'later', durable: true });
    client.call(1, 'queue.bind', { queue: 'now', exchange: 'f' });
    client.call(1, 'exchange.bind', { source: 'f', destination: 'd' });
    client.call(1, 'queue.bind', { queue: 'later', exchange: 'd' });
    const headers = table({ 'x-delay': 100 });
    client.send(encodePublication(1, { exchange: 'f' }, 'x', { delivery_mode: 2, headers }));
    client.vanish();
    await first.close();
    const second = await createBroker({ dataDir, clock });
    clock.advance(100);
    expect(readyCounts(second, ['now', 'later'])).toEqual([1, 1]);
    await second.close();
  });
});

it('nothing of them stays in the store when their virtual host is deleted', async () => {
  await inFolder(async (dataDir) => {
    const broker = await createBroker({ dataDir });
    const client = await MemoryClient.open(broker);
    client.call(1, 'channel.open');
    client.call(1, 'exchange.declare', { exchange: 'd', ...FANOUT });
    const headers = table({ 'x-delay': 100 });
    client.send(encodePublication(1, { exchange: 'd' }, 'x', { delivery_mode: 2, headers }));
    await settle();
    client.vanish();
    broker.deleteVhost('/');
    await broker.close();
    const store = await openStore(dataDir);
    expect([...store.entities()].map(({ kind, key }) => `${kind} ${key}`).sort()).toEqual([
      'meta next-queue',
      'user guest',
    ]);
    await store.close([]);
  });
});
