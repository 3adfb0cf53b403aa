// Streams in a broker with a data folder: what a restart leaves of them.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Broker, createBroker } from '../../../src/broker/broker.ts';
import { AmqpClient, type ClientChannel, plain, table } from '../../rig/amqp-client.ts';
import type { PlainValue } from '../../rig/field-values.ts';

describe('a stream in a data folder', () => {
  let dataDir: string;
  let broker: Broker | undefined;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'amqp-spy-stream-'));
  });

  afterEach(async () => {
    await broker?.close();
    broker = undefined;
    await rm(dataDir, { recursive: true });
  });

  async function restart(): Promise<ClientChannel> {
    await broker?.close();
    broker = await createBroker({ dataDir });
    const { port } = await broker.listen({ host: '127.0.0.1', port: 0 });
    const ch = await (await AmqpClient.connect({ port })).channel();
    await ch.call('confirm.select');
    await ch.call('basic.qos', { prefetch_count: 1000 });
    return ch;
  }

  async function declare(ch: ClientChannel, more: { readonly [name: string]: PlainValue } = {}): Promise<void> {
    await ch.call('queue.declare', {
      queue: 's',
      durable: true,
      arguments: table({ 'x-queue-type': 'stream', ...more }),
    });
  }

  async function append(ch: ClientChannel, ...bodies: readonly string[]): Promise<void> {
    for (const body of bodies) {
      ch.publish({ routingKey: 's', body });
      await ch.next('basic.ack');
    }
  }

  async function read(ch: ClientChannel, offset: PlainValue, count: number): Promise<[unknown, string][]> {
    const consumer_tag = await ch.consume('s', { arguments: table({ 'x-stream-offset': offset }) });
    const found: [unknown, string][] = [];
    while (found.length < count) {
      const { properties, body } = await ch.next('basic.deliver');
      found.push([plain(properties.headers)['x-stream-offset'], `${body}`]);
    }
    await ch.call('basic.cancel', { consumer_tag });
    return found;
  }

  it('comes back with all its messages, persistent or not, at their offsets', async () => {
    const before = await restart();
    await declare(before);
    await append(before, 'a', 'b', 'x'.repeat(5000));
    const all = await read(before, 'first', 3);
    const after = await restart();
    expect(await read(after, 'first', 3)).toEqual(all);
    expect(await read(after, '1h', 3)).toEqual(all);
    await declare(after);
    await append(after, 'd');
    expect(await read(await restart(), 2, 2)).toEqual([all[2], [3, 'd']]);
  });

  it('does not come back with what it had dropped, nor after it was deleted', async () => {
    const before = await restart();
    await declare(before, { 'x-max-length-bytes': 1000, 'x-stream-max-segment-size-bytes': 400 });
    const bodies = Array.from({ length: 20 }, (_, number) => `${number}`.padStart(100));
    await append(before, ...bodies);
    const [[first]] = (await read(before, 'first', 1)) as [[number, string]];
    expect(first).toBeGreaterThan(10);
    const after = await restart();
    expect((await read(after, 0, 20 - first)).map(([, body]) => body)).toEqual(bodies.slice(first));
    await after.call('queue.delete', { queue: 's' });
    const again = await restart();
    await declare(again);
    await append(again, 'new');
    expect(await read(again, 'first', 1)).toEqual([[0, 'new']]);
  });
});
