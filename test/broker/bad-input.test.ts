// What clients send that nobody should, and how little it costs: claims of size, floods, depth, and lists of thousands.
// Counterpart: test/property/broker-attack.test.ts, which sends anything at all.

import { describe, expect, it } from 'vitest';
import { type BrokerOptions, createBroker } from '../../src/broker/broker.ts';
import { ByteWriter } from '../../src/protocol/byte-writer.ts';
import type { FieldTable, FieldValue } from '../../src/protocol/field-table.ts';
import { encodeFrame, FRAME_BODY, FRAME_HEADER, FRAME_METHOD } from '../../src/protocol/frame.ts';
import { PROTOCOL_HEADER } from '../../src/protocol/protocol-header.ts';
import { encodeCall } from '../rig/amqp-socket.ts';
import { table } from '../rig/field-values.ts';
import { heldBytes } from '../rig/heap.ts';
import { encodePublication, MemoryClient, settle } from '../rig/memory-client.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

const KIB = 1 << 10;

async function start(options: BrokerOptions = {}) {
  const clock = new VirtualClock();
  const broker = await createBroker({ clock, ...options });
  broker.defect = (error) => {
    throw error;
  };
  return { broker, clock };
}

async function clientOf(options: BrokerOptions = {}): Promise<MemoryClient> {
  const { broker } = await start(options);
  const client = await MemoryClient.open(broker);
  client.call(1, 'channel.open');
  client.call(1, 'queue.declare', { queue: 'q' });
  await client.names();
  return client;
}

/** A queue.declare whose arguments hold a value nested so deep. */
function nestedDeclare(depth: number): Uint8Array {
  const nested = Buffer.concat(Array.from({ length: depth }, () => Buffer.from('A\0\0\0\0')));
  for (let level = 0, at = 1; level < depth; level++, at += 5) nested.writeUInt32BE(nested.length - at - 4, at);
  const writer = new ByteWriter();
  for (const byte of [0, 50, 0, 10, 0, 0]) writer.u8(byte);
  writer.shortstr('deep');
  writer.u8(0);
  writer.u32(nested.length + 2);
  writer.shortstr('x');
  writer.raw(nested);
  return encodeFrame(FRAME_METHOD, 1, writer.finish());
}

describe('before a client has said who it is', () => {
  it('a frame of more than 8 KiB is refused by its claim alone', async () => {
    const { broker } = await start();
    const client = new MemoryClient(broker);
    client.send(PROTOCOL_HEADER, Buffer.from([1, 0, 0, 0, 0, 0x40, 0]));
    await settle();
    expect(client.connection.deaf).toBe(true);
    client.send(Buffer.alloc(100_000, 1));
    expect(client.connection.channels.size).toBe(0);
  });

  it('a flood of frames is not looked at after the first wrong one', async () => {
    const { broker, clock } = await start();
    const idle = clock.pending;
    const lines: string[] = [];
    Object.assign(broker, { log: (line: string) => lines.push(line) });
    const client = new MemoryClient(broker);
    client.send(PROTOCOL_HEADER);
    const flood = Buffer.concat(Array<Uint8Array>(5000).fill(encodeCall(1, 'channel.open')));
    for (let i = 0; i < 50; i++) client.send(flood);
    await settle();
    expect(lines.length).toBeLessThan(4);
    clock.advance(60_000);
    expect([client.transport.destroyed, clock.pending]).toEqual([true, idle]);
  });

  it.each(['header', 'bytes of a header', 'frames in pieces'])(
    '%s and no more is waited for ten seconds',
    async (what) => {
      const { broker, clock } = await start();
      const client = new MemoryClient(broker);
      const bytes = Buffer.concat(client.handshake());
      const size = what === 'header' ? 8 : what === 'frames in pieces' ? 30 : 3;
      for (let at = 0; at < size; at++) {
        client.send(bytes.subarray(at, at + 1));
        clock.advance(100);
      }
      clock.advance(10_000 - size * 100 - 1);
      expect(client.transport.destroyed).toBe(false);
      clock.advance(1);
      expect(client.transport.destroyed).toBe(true);
      expect(broker.connections.size).toBe(0);
    },
  );

  it('thousands of connections that say half a word weigh little', async () => {
    const { broker } = await start();
    const before = heldBytes();
    const clients = Array.from({ length: 2000 }, () => new MemoryClient(broker));
    for (const client of clients)
      client.send(PROTOCOL_HEADER, Buffer.from([1, 0, 0, 0, 0, 0x1f, 0xff]), Buffer.alloc(1000));
    await settle();
    for (const client of clients) client.take();
    expect((heldBytes() - before) / clients.length).toBeLessThan(16 * KIB);
  });
});

describe('sizes', () => {
  it.each([
    [
      2n ** 27n + 1n,
      ['channel.close 406 PRECONDITION_FAILED - message size 134217729 is larger than configured max size 134217728'],
    ],
    [
      2n ** 64n - 1n,
      [
        'channel.close 406 PRECONDITION_FAILED - message size 18446744073709551615 is larger than configured max size 134217728',
      ],
    ],
    [2n ** 27n, []],
  ])('a body that claims %i bytes', async (size, answer) => {
    const client = await clientOf();
    const header = Buffer.alloc(14);
    header[1] = 60;
    header.writeBigUInt64BE(size, 4);
    client.send(encodeCall(1, 'basic.publish', { routing_key: 'q' }), encodeFrame(FRAME_HEADER, 1, header));
    expect(await client.names()).toEqual(answer);
  });

  it('a frame beyond frame-max is refused by its claim alone', async () => {
    const client = await clientOf();
    client.send(Buffer.from([FRAME_BODY, 0, 1, 0, 2, 0, 1]));
    expect((await client.names())[0]).toMatch(/^connection.close 501 FRAME_ERROR - .*frame_too_large,131073,131064/);
  });
});

describe('depth', () => {
  it.each([65, 1000, 20_000])('a table %i deep closes the connection, not the broker', async (depth) => {
    const client = await clientOf();
    client.send(nestedDeclare(depth));
    expect((await client.names())[0]).toMatch(/^connection.close 50[12] /);
  });

  it('a table as deep as tables may be passes through declarations, bindings, messages and errors', async () => {
    const client = await clientOf();
    let value: FieldValue = { type: 'V', value: null };
    for (let depth = 0; depth < 60; depth++) value = { type: 'F', value: [['x', value]] };
    const deep: FieldTable = [['x-deep', value]];
    client.call(1, 'exchange.declare', { exchange: 'h', type: 'headers', arguments: deep });
    client.call(1, 'queue.bind', { queue: 'q', exchange: 'h', arguments: deep });
    client.send(encodePublication(1, { exchange: 'h' }, 'm', { headers: deep }));
    client.call(1, 'basic.get', { queue: 'q' });
    client.call(1, 'exchange.declare', { exchange: 'e', type: 'fanout', arguments: [['alternate-exchange', value]] });
    const names = await client.names();
    expect(names.slice(0, 3)).toEqual(['exchange.declare-ok', 'queue.bind-ok', 'basic.get-ok']);
    expect(names.at(-1)).toMatch(/^channel.close 406 PRECONDITION_FAILED - invalid type 'table'/);
  });
});

// Where the work were to grow with the square of their length or worse, these would not end in time.
describe('lists of thousands', () => {
  const wide = (prefix: string): FieldTable =>
    Array.from({ length: 8000 }, (_, i) => [`${prefix}${i}`, { type: 'I', value: i }] as const);

  it('in arguments, bindings and headers hold nobody else up', async () => {
    const client = await clientOf();
    client.call(1, 'exchange.declare', { exchange: 'h', type: 'headers' });
    client.call(1, 'queue.declare', { queue: 'wide', arguments: wide('x-') });
    await client.names();
    client.call(1, 'queue.declare', { queue: 'wide', arguments: wide('x-') });
    client.call(1, 'queue.bind', { queue: 'q', exchange: 'h', arguments: wide('a') });
    client.call(1, 'queue.bind', {
      queue: 'q',
      exchange: 'h',
      arguments: [...wide('b'), ['x-match', { type: 'S', value: 'any' }]],
    });
    for (let i = 0; i < 200; i++) client.send(encodePublication(1, { exchange: 'h' }, 'm', { headers: wide('a') }));
    await settle();
    client.call(1, 'queue.purge', { queue: 'q' });
    expect(await client.names()).toContain('queue.purge-ok');
  });

  it('of keys to copy to', async () => {
    const client = await clientOf();
    const keys = Array.from({ length: 8000 }, (_, i) => `q${i % 2 === 0 ? '' : i}`);
    client.send(encodePublication(1, { routing_key: 'q' }, 'm', { headers: table({ CC: keys, BCC: keys }) }));
    client.call(1, 'queue.purge', { queue: 'q' });
    expect(await client.names()).toEqual(['queue.purge-ok']);
  });

  it('of deaths', async () => {
    const client = await clientOf();
    const deaths = Array.from({ length: 2000 }, (_, i) => ({ queue: `q${i}`, reason: 'rejected', count: 1n }));
    client.call(1, 'queue.declare', {
      queue: 'r',
      arguments: table({ 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'q' }),
    });
    client.send(encodePublication(1, { routing_key: 'r' }, 'm', { headers: table({ 'x-death': deaths }) }));
    client.call(1, 'basic.get', { queue: 'r' });
    client.call(1, 'basic.reject', { delivery_tag: 1n });
    await settle();
    client.call(1, 'queue.purge', { queue: 'q' });
    expect((await client.names()).at(-1)).toBe('queue.purge-ok');
    expect(client.connection.broker.memory.used).toBe(0);
  });

  it('of wildcards against a key of as many words', async () => {
    const client = await clientOf();
    client.call(1, 'exchange.declare', { exchange: 't', type: 'topic' });
    for (const pattern of ['#.a', '#.*', 'a.#', '#.#.a', '*.#.b']) {
      const routing_key = `${Array<string>(Math.floor(250 / (pattern.length + 1)))
        .fill(pattern)
        .join('.')}.never`;
      client.call(1, 'queue.bind', { queue: 'q', exchange: 't', routing_key });
    }
    const key = Array<string>(127).fill('a').join('.');
    for (let i = 0; i < 20; i++)
      client.send(encodePublication(1, { exchange: 't', routing_key: `${key}${i % 2}` }, 'm'));
    await settle();
  });

  it('of exchanges bound in a ring, each to each', async () => {
    const client = await clientOf();
    for (let i = 0; i < 60; i++) client.call(1, 'exchange.declare', { exchange: `x${i}`, type: 'fanout' });
    for (let i = 0; i < 60; i++) {
      for (let j = 0; j < 60; j++) client.call(1, 'exchange.bind', { source: `x${i}`, destination: `x${j}` });
    }
    client.call(1, 'queue.bind', { queue: 'q', exchange: 'x59' });
    client.send(encodePublication(1, { exchange: 'x0' }, 'm'));
    client.call(1, 'basic.get', { queue: 'q' });
    expect((await client.names()).at(-3)).toBe('basic.get-ok');
  });

  it('of consumers on one queue, by one client', async () => {
    const client = await clientOf();
    const count = 20_000;
    for (let i = 0; i < count; i++) client.call(1, 'basic.consume', { queue: 'q', no_ack: true });
    await settle();
    client.take();
    for (let i = 0; i < 100; i++) client.publish(1, 'q', 'm');
    await settle();
    expect(client.take().filter(({ type }) => type === 'body')).toHaveLength(100);
    client.call(1, 'channel.close', { reply_code: 200 });
    expect(client.connection.broker.vhosts.get('/')!.queues.get('q')!.consumers.size).toBe(0);
  });

  it('of deliveries that are never settled', async () => {
    const client = await clientOf();
    const count = 300_000;
    client.call(1, 'basic.consume', { queue: 'q' });
    const publication = Buffer.concat(Array<Uint8Array>(1000).fill(encodePublication(1, { routing_key: 'q' }, '')));
    for (let i = 0; i < count; i += 1000) {
      client.send(publication);
      await settle();
      client.transport.take();
    }
    const queue = client.connection.broker.vhosts.get('/')!.queues.get('q')!;
    expect(queue.unsettledCount).toBe(count);
    for (let tag = 1; tag <= count / 2; tag++) client.call(1, 'basic.ack', { delivery_tag: BigInt(tag) });
    for (let tag = count / 2 + 10; tag <= count / 2 + 10_000; tag += 10) {
      client.call(1, 'basic.ack', { delivery_tag: BigInt(tag), multiple: true });
    }
    client.vanish();
    expect([queue.unsettledCount, queue.readyCount]).toEqual([0, count / 2 - 10_000]);
  });

  it('of channels: as many as there are numbers', async () => {
    const client = await clientOf({ offered: { channelMax: 0 } });
    for (let number = 2; number <= 65_535; number++) client.call(number, 'channel.open');
    client.call(65_535, 'queue.declare', { queue: 'last' });
    const names = await client.names();
    expect(names.filter((name) => name === 'channel.open-ok')).toHaveLength(65_534);
    expect(names.at(-1)).toBe('queue.declare-ok');
    client.vanish();
    expect(client.connection.channels.size).toBe(0);
  });

  it('of channels beyond what was agreed', async () => {
    const client = await clientOf({ offered: { channelMax: 100 } });
    for (let number = 2; number <= 101; number++) client.call(number, 'channel.open');
    const names = await client.names();
    expect(names.at(-1)).toBe(
      'connection.close 530 NOT_ALLOWED - number of channels opened (100) has reached the negotiated channel_max (100)',
    );
  });
});
