// A disk without room: publishers wait and are told, as with memory.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createBroker } from '../../src/broker/broker.ts';
import { AmqpClient } from '../rig/amqp-client.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-disk-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('is told with connection.blocked to who publishes', async () => {
  const lines: string[] = [];
  const broker = await createBroker({ dataDir: folder, diskLimit: 2 ** 60, log: (line) => lines.push(line) });
  const { port } = await broker.listen({ host: '127.0.0.1', port: 0 });
  const client = await AmqpClient.connect({ port });
  const channel = await client.channel();
  await channel.call('queue.declare', { queue: 'q', durable: true });
  expect(broker.alarmReason).toBe('low on disk');
  expect(lines).toContain('disk resource limit alarm set');
  channel.publish({ exchange: '', routingKey: 'q', body: 'x' });
  expect(await client.next('connection.blocked')).toMatchObject({
    method: 'connection.blocked',
    arguments: { reason: 'low on disk' },
  });
  await broker.close();
});
