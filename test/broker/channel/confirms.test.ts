import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createBroker } from '../../../src/broker/broker.ts';
import { MemoryClient } from '../../rig/memory-client.ts';

it('counts what waits for the disk as unconfirmed', async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'amqp-spy-confirms-'));
  const broker = await createBroker({ dataDir });
  const flushed = () => new Promise<void>((resolve) => broker.store!.flush(resolve));
  try {
    const client = await MemoryClient.open(broker);
    client.call(1, 'channel.open');
    client.call(1, 'queue.declare', { queue: 'q', durable: true });
    client.call(1, 'confirm.select');
    await flushed();
    await client.names();
    const { confirms } = client.connection.channels.get(1)!;
    for (let i = 0; i < 3; i++) client.publish(1, 'q', 'x', { delivery_mode: 2 });
    expect(confirms!.outstanding).toBe(3);
    // The turn ends: the batch goes to the store.
    await Promise.resolve();
    expect(confirms!.outstanding).toBe(3);
    await flushed();
    expect(confirms!.outstanding).toBe(0);
    expect(await client.names()).toEqual(['basic.ack']);
    client.vanish();
  } finally {
    await broker.close();
    rmSync(dataDir, { recursive: true });
  }
});
