// Clients need not wait for an answer before they ask on: answers keep their order, also when one waits for the disk.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createBroker } from '../../src/broker/broker.ts';
import { AmqpClient } from '../rig/amqp-client.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-pipelining-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('answers pipelined methods in order, with nothing in between and nothing after channel.close-ok', async () => {
  const broker = await createBroker({ dataDir: folder });
  const { port } = await broker.listen({ host: '127.0.0.1', port: 0 });
  const client = await AmqpClient.connect({ port });
  const channel = await client.channel();
  channel.send('queue.declare', { queue: 'q', durable: true });
  channel.publish({ exchange: '', routingKey: 'q', body: 'one' });
  channel.publish({ exchange: '', routingKey: 'q', body: 'two' });
  channel.send('basic.get', { queue: 'q' });
  channel.send('basic.consume', { queue: 'q', consumer_tag: 'c', no_ack: true });
  channel.send('queue.delete', { queue: 'q' });
  channel.send('channel.close', { reply_code: 200, reply_text: '' });
  const methods = [];
  for (let method = ''; method !== 'channel.close-ok'; methods.push(method)) method = (await channel.next()).method;
  expect(methods).toEqual([
    'queue.declare-ok',
    'basic.get-ok',
    'basic.consume-ok',
    'queue.delete-ok',
    'channel.close-ok',
  ]);
  await (await client.channel()).call('basic.qos', { prefetch_count: 1 });
  await client.close();
  await broker.close();
});
