// What clients can make the broker hold is bounded: a slow consumer, an unread answer, a message that never comes whole,
// a transaction that is never committed. Above the watermark publishers wait, and go on when there is room again.

import { describe, expect, it } from 'vitest';
import { type Broker, type BrokerOptions, createBroker } from '../../src/broker/broker.ts';
import { encodeContentHeaderFrame } from '../../src/protocol/content-header.ts';
import { encodeFrame, FRAME_BODY } from '../../src/protocol/frame.ts';
import { encodeCall } from '../rig/amqp-socket.ts';
import { heldBytes } from '../rig/heap.ts';
import { encodePublication, MemoryClient, settle } from '../rig/memory-client.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

const KIB = 1 << 10;
const MIB = 1 << 20;
/** Its answers are long. */
const LONG_NAME = 'q'.repeat(255);

async function start(options: BrokerOptions = {}): Promise<Broker> {
  return await createBroker({ clock: new VirtualClock(), ...options });
}

/** A client with channel 1 open and `queue` declared. */
async function clientOf(broker: Broker, queue = 'q'): Promise<MemoryClient> {
  const client = await MemoryClient.open(broker);
  client.call(1, 'channel.open');
  client.call(1, 'queue.declare', { queue });
  await client.names();
  return client;
}

/** Sends so long as it is read from; returns how often. */
async function sendWhileHeard(client: MemoryClient, bytes: Uint8Array, most: number): Promise<number> {
  let count = 0;
  for (; count < most && !client.transport.paused; count++) {
    client.send(bytes);
    if (count % 16 === 0 || bytes.length > 10_000) await settle();
  }
  return count;
}

/** The same so often that it makes a chunk as sockets bring it. */
function chunkOf(bytes: Uint8Array): Uint8Array {
  return Buffer.concat(Array<Uint8Array>(Math.floor((64 * KIB) / bytes.length)).fill(bytes));
}

describe('a slow consumer', () => {
  it('lets the queue grow to the watermark and no further; its publisher waits, is told, and goes on', async () => {
    const broker = await start({ memoryLimit: 8 * MIB });
    const consumer = await clientOf(broker);
    consumer.call(1, 'basic.consume', { queue: 'q', no_ack: true });
    await settle();
    consumer.transport.reading = false;
    const publisher = await clientOf(broker);
    const publication = encodePublication(1, { routing_key: 'q' }, Buffer.alloc(4 * KIB));
    const most = 20_000;
    const sent = await sendWhileHeard(publisher, publication, most);
    await settle();
    expect(sent).toBeLessThan((9 * MIB) / (4 * KIB));
    expect(broker.memory.used).toBeLessThan(8 * MIB + 128 * KIB);
    expect(broker.memory.alarmed).toBe(true);
    expect(await publisher.names()).toEqual(['connection.blocked']);
    // It reads slowly on: the publisher may publish as much again.
    let rest = most - sent;
    for (let i = 0; i < 10_000 && rest > 0; i++) {
      consumer.transport.read(256 * KIB);
      await settle();
      rest -= await sendWhileHeard(publisher, publication, rest);
      expect(broker.memory.used).toBeLessThan(8 * MIB + 128 * KIB);
    }
    expect(rest).toBe(0);
    consumer.transport.reading = true;
    while (consumer.transport.pending > 0 || broker.vhosts.get('/')!.queues.get('q')!.readyCount > 0) {
      consumer.transport.read();
      await settle();
    }
    const received = consumer.take().filter(({ type }) => type === 'body').length;
    expect(received).toBe(most);
    expect(broker.memory.used).toBe(0);
    const told = await publisher.names();
    expect(new Set(told)).toEqual(new Set(['connection.unblocked', 'connection.blocked']));
    expect(told.at(-1)).toBe('connection.unblocked');
  });

  it('is not sent more than a part, whatever the queue holds, and others get what it does not take', async () => {
    const broker = await start();
    const publisher = await clientOf(broker);
    for (let i = 0; i < 5000; i++) publisher.publish(1, 'q', Buffer.alloc(KIB));
    const slow = await clientOf(broker);
    slow.transport.reading = false;
    slow.call(1, 'basic.consume', { queue: 'q' });
    await settle();
    expect(slow.transport.pending).toBeLessThan(1.2 * MIB);
    const quick = await clientOf(broker);
    quick.call(1, 'basic.consume', { queue: 'q', no_ack: true });
    await settle();
    expect(broker.vhosts.get('/')!.queues.get('q')!.readyCount).toBe(0);
    expect(quick.take().filter(({ type }) => type === 'body').length).toBeGreaterThan(3500);
  });

  it('does not keep back others on the same queue that come after it has read again', async () => {
    const broker = await start();
    const client = await clientOf(broker);
    client.call(1, 'basic.consume', { queue: 'q', consumer_tag: 'a', no_ack: true });
    client.call(1, 'basic.consume', { queue: 'q', consumer_tag: 'b', no_ack: true });
    await client.names();
    client.transport.reading = false;
    const publisher = await clientOf(broker);
    for (let i = 0; i < 5000; i++) publisher.publish(1, 'q', Buffer.alloc(KIB));
    await settle();
    client.transport.reading = true;
    client.transport.read();
    await settle();
    const tags = client.take().flatMap((received) => {
      return received.type === 'method' ? [(received.arguments as { consumer_tag: string }).consumer_tag] : [];
    });
    expect([tags.filter((tag) => tag === 'a').length, tags.filter((tag) => tag === 'b').length]).toEqual([2500, 2500]);
  });
});

describe('a client that asks and does not read', () => {
  it.each([
    [
      'gets',
      () =>
        Buffer.concat([
          encodeCall(1, 'basic.get', { queue: 'q' }),
          encodeCall(1, 'basic.recover-async', { requeue: true }),
        ]),
    ],
    ['asks for counts', () => encodeCall(1, 'queue.declare', { queue: LONG_NAME, passive: true })],
    [
      'publishes what comes back',
      () => encodePublication(1, { routing_key: 'nowhere', mandatory: true }, Buffer.alloc(KIB)),
    ],
  ])('%s until enough waits for it, and is heard again when it has read', async (_what, question) => {
    const broker = await start();
    const client = await clientOf(broker);
    client.call(1, 'queue.declare', { queue: LONG_NAME });
    client.publish(1, 'q', Buffer.alloc(2 * KIB));
    await settle();
    client.transport.reading = false;
    const asked = await sendWhileHeard(client, chunkOf(question()), 10_000);
    expect(client.transport.pending).toBeLessThan(20 * MIB);
    expect(broker.memory.used).toBeLessThan(20 * MIB);
    expect(asked).toBeLessThan(10_000);
    expect(client.transport.paused).toBe(true);
    client.transport.read();
    expect(client.transport.paused).toBe(false);
    client.vanish();
    broker.vhosts.get('/')!.deleteQueue(broker.vhosts.get('/')!.queues.get('q')!);
    expect(broker.memory.used).toBe(0);
  });

  it('does not die of silence meanwhile: it is not heard', async () => {
    const clock = new VirtualClock();
    const broker = await start({ clock });
    const client = await MemoryClient.open(broker, { heartbeat: 10 });
    client.call(1, 'channel.open');
    client.call(1, 'queue.declare', { queue: LONG_NAME });
    await settle();
    client.transport.reading = false;
    await sendWhileHeard(client, chunkOf(encodeCall(1, 'queue.declare', { queue: LONG_NAME, passive: true })), 10_000);
    clock.advance(60_000);
    expect(client.transport.destroyed).toBe(false);
    client.transport.read();
    clock.advance(60_000);
    expect(client.transport.destroyed).toBe(true);
  });
});

describe('contents that do not come whole', () => {
  const begin = (channel: number, size: number) =>
    Buffer.concat([
      encodeCall(channel, 'basic.publish', { routing_key: 'q' }),
      encodeContentHeaderFrame(channel, BigInt(size), {}),
    ]);

  it('cost nothing for what they only claim', async () => {
    const broker = await start({ offered: { channelMax: 0 } });
    const client = await clientOf(broker);
    const before = heldBytes();
    for (let channel = 2; channel <= 2001; channel++) {
      client.call(channel, 'channel.open');
      client.send(begin(channel, 128 * MIB));
    }
    await settle();
    expect((heldBytes() - before) / 2000).toBeLessThan(24 * KIB);
    expect(broker.memory.used).toBe(0);
  });

  it('count towards the watermark beyond what one message may have, and are given up with their channels', async () => {
    const broker = await start({ memoryLimit: 4 * MIB, maxMessageSize: 2 * MIB });
    const client = await MemoryClient.open(broker);
    const body = Buffer.alloc(100_000);
    for (let channel = 1; channel <= 50 && !client.transport.paused; channel++) {
      client.call(channel, 'channel.open');
      client.send(begin(channel, 2 * MIB));
      for (let i = 0; i < 10 && !client.transport.paused; i++) client.send(encodeFrame(FRAME_BODY, channel, body));
    }
    await settle();
    expect(client.transport.paused).toBe(true);
    expect(broker.memory.used).toBeLessThan(6 * MIB);
    client.vanish();
    expect([broker.memory.used, broker.memory.alarmed]).toEqual([0, false]);
  });

  it('are finished even if memory is short, so that one large message always gets through', async () => {
    const broker = await start({ memoryLimit: 64 * KIB, maxMessageSize: 2 * MIB });
    const client = await clientOf(broker);
    const body = Buffer.alloc(2 * MIB, 'x');
    client.send(encodePublication(1, { routing_key: 'q' }, body));
    expect(broker.vhosts.get('/')!.queues.get('q')!.readyCount).toBe(1);
    expect(broker.memory.alarmed).toBe(true);
    const reader = await clientOf(broker);
    reader.call(1, 'basic.get', { queue: 'q', no_ack: true });
    expect(await reader.names()).toContain('basic.get-ok');
    expect([broker.memory.used, broker.memory.alarmed]).toEqual([0, false]);
  });
});

describe('a transaction that is never committed', () => {
  it('holds its publisher back at the watermark, and weighs nothing once rolled back', async () => {
    const broker = await start({ memoryLimit: MIB });
    const client = await clientOf(broker);
    client.call(1, 'tx.select');
    await client.names();
    const sent = await sendWhileHeard(client, encodePublication(1, { routing_key: 'q' }, Buffer.alloc(KIB)), 10_000);
    expect(sent).toBeLessThan(1100);
    expect(await client.names()).toEqual(['connection.blocked']);
    client.call(1, 'tx.rollback');
    expect(await client.names()).toEqual(['tx.rollback-ok', 'connection.unblocked']);
    expect(broker.memory.used).toBe(0);
  });

  it('settles many deliveries one by one without looking at all of them each time', async () => {
    const broker = await start();
    const client = await clientOf(broker);
    const count = 30_000;
    for (let i = 0; i < count; i++) client.publish(1, 'q', '');
    client.call(1, 'basic.consume', { queue: 'q' });
    client.call(1, 'tx.select');
    await client.names();
    for (let tag = 1; tag <= count; tag++) client.call(1, 'basic.ack', { delivery_tag: BigInt(tag) });
    client.call(1, 'tx.commit');
    expect(await client.names()).toEqual(['tx.commit-ok']);
    expect(broker.memory.used).toBe(0);
  });
});

it('messages of a deleted queue weigh as long as somebody holds them', async () => {
  const broker = await start();
  const client = await clientOf(broker);
  for (const body of ['a', 'b', 'c']) client.publish(1, 'q', body);
  client.call(1, 'basic.get', { queue: 'q' });
  client.call(1, 'basic.get', { queue: 'q' });
  client.call(1, 'queue.delete', { queue: 'q' });
  const perMessage = broker.memory.used / 2;
  client.call(1, 'basic.ack', { delivery_tag: 1n });
  expect(broker.memory.used).toBe(perMessage);
  client.call(1, 'basic.nack', { delivery_tag: 2n });
  expect(broker.memory.used).toBe(0);
});
