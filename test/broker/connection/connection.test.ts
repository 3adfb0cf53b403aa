// What the behaviour tests cannot ask a RabbitMQ for: other addresses, certificates, and time.

import { beforeEach, describe, expect, test } from 'vitest';
import { type Broker, createBroker } from '../../../src/broker/broker.ts';
import type { PeerInfo } from '../../../src/broker/connection/transport.ts';
import { HEARTBEAT_FRAME } from '../../../src/protocol/frame.ts';
import { PROTOCOL_HEADER } from '../../../src/protocol/protocol-header.ts';
import { encodeCall, plain } from '../../rig/amqp-client.ts';
import { encodePublication, MemoryClient, settle } from '../../rig/memory-client.ts';
import { VirtualClock } from '../../rig/virtual-clock.ts';

let clock: VirtualClock;
let broker: Broker;

beforeEach(async () => {
  clock = new VirtualClock();
  broker = await createBroker({ clock });
});

/** What the broker says to the handshake of a client at this address. */
async function greeting(peer: Partial<PeerInfo>, user = 'guest'): Promise<string[]> {
  const client = new MemoryClient(broker, peer);
  const [header, , ...rest] = client.handshake();
  const response = `\0${user}\0${user}`;
  client.send(header!, encodeCall(0, 'connection.start-ok', { mechanism: 'PLAIN', response }), ...rest);
  return await client.names();
}

const WELCOME = ['connection.start', 'connection.tune', 'connection.open-ok'];

describe('guest', () => {
  test.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])('may come in from %s', async (address) => {
    expect(await greeting({ address })).toEqual(WELCOME);
  });

  test.each(['192.168.0.7', '::ffff:10.0.0.1', 'fe80::1', '128.0.0.1'])('may not come in from %s', async (address) => {
    expect(await greeting({ address })).toEqual(['connection.start']);
  });

  test('stays out where others may come in', async () => {
    broker.access.putUser({ name: 'ann', password: 'ann', tags: [] });
    broker.access.setPermissions({ user: 'ann', vhost: '/', configure: '', write: '', read: '' });
    expect(await greeting({ address: '192.168.0.7' }, 'ann')).toEqual(WELCOME);
  });
});

describe('EXTERNAL', () => {
  async function external(certificateName: string | undefined): Promise<string[]> {
    const client = new MemoryClient(broker, { tls: true, certificateName });
    const [header, , ...rest] = client.handshake();
    client.send(header!, encodeCall(0, 'connection.start-ok', { mechanism: 'EXTERNAL' }), ...rest);
    return await client.names();
  }

  test('is offered to who has shown the certificate of a user, and to no one else', async () => {
    for (const [certificateName, offered] of [
      ['guest', true],
      ['nobody', false],
      [undefined, false],
    ] as const) {
      const client = new MemoryClient(broker, { tls: true, certificateName });
      client.send(PROTOCOL_HEADER);
      await settle();
      const [start] = client.take();
      if (start?.type !== 'method') throw new Error('expected connection.start');
      expect(`${start.arguments.mechanisms}`.includes('EXTERNAL')).toBe(offered);
      expect(plain(start.arguments.server_properties as never).product).toBe('amqp-spy');
    }
  });

  test('lets in the user of the certificate’s name', async () => {
    expect(await external('guest')).toEqual(WELCOME);
  });

  test.each([undefined, 'nobody'])('lets in no one by the name %s', async (name) => {
    expect(await external(name)).toEqual(['connection.start']);
  });
});

describe('the handshake', () => {
  test.each(['a silent client', 'a header', 'start-ok', 'tune-ok'])('ends after ten seconds of %s', (said) => {
    const client = new MemoryClient(broker);
    client.send(...client.handshake().slice(0, ['a silent client', 'a header', 'start-ok', 'tune-ok'].indexOf(said)));
    clock.advance(9_999);
    expect(client.transport.destroyed).toBe(false);
    clock.advance(1);
    expect(client.transport.destroyed).toBe(true);
    expect(broker.connections.size).toBe(0);
  });

  test('may come in pieces of any size', async () => {
    const bytes = Buffer.concat(new MemoryClient(broker).handshake());
    for (let at = 0; at <= bytes.length; at++) {
      const client = new MemoryClient(broker);
      client.send(bytes.subarray(0, at));
      client.send(bytes.subarray(at));
      expect(await client.names()).toEqual(WELCOME);
      client.vanish();
    }
  });

  test('takes no frame of more than 8 KiB', async () => {
    const client = new MemoryClient(broker);
    client.send(PROTOCOL_HEADER, Buffer.from([1, 0, 0, 0, 0, 0x20, 1]));
    expect(await client.names()).toEqual(['connection.start']);
    clock.advance(3_000);
    expect(await client.names()).toEqual([]);
    expect(client.transport).toMatchObject({ destroyed: true });
  });
});

describe('heartbeats', () => {
  test('are sent after half an interval without anything else', async () => {
    const client = await MemoryClient.open(broker, { heartbeat: 10 });
    clock.advance(5_000);
    expect(await client.names()).toEqual(['heartbeat']);
    for (let half = 0; half < 3; half++) {
      client.call(0, 'connection.update-secret');
      await settle();
      clock.advance(5_000);
      await settle();
    }
    expect((await client.names()).filter((name) => name === 'heartbeat')).toEqual([]);
    client.send(HEARTBEAT_FRAME);
    clock.advance(5_000);
    expect(await client.names()).toEqual(['heartbeat']);
  });

  test('missed for two intervals end the connection', async () => {
    const client = await MemoryClient.open(broker, { heartbeat: 10 });
    clock.advance(10_000);
    client.send(HEARTBEAT_FRAME);
    clock.advance(20_000);
    expect(client.transport.destroyed).toBe(false);
    clock.advance(10_000);
    expect(client.transport.destroyed).toBe(true);
    expect(broker.connections.size).toBe(0);
  });

  test('are not missed of a client that is not read from', async () => {
    const client = await MemoryClient.open(broker, { heartbeat: 10 });
    client.call(1, 'channel.open');
    broker.memory.add(broker.memory.limit + 1);
    client.publish(1, 'nowhere', 'x');
    await settle();
    expect(client.transport.paused).toBe(true);
    clock.advance(100_000);
    expect(client.transport.destroyed).toBe(false);
    broker.memory.add(-broker.memory.limit - 1);
    await settle();
    expect(client.transport.paused).toBe(false);
    clock.advance(40_000);
    expect(client.transport.destroyed).toBe(true);
  });

  test('of 0 are none', async () => {
    const client = await MemoryClient.open(broker);
    clock.advance(10_000_000);
    expect(await client.names()).toEqual([]);
    expect(client.transport.destroyed).toBe(false);
  });
});

describe('connection.close', () => {
  test.each([
    ['thirty seconds', 0, 30_000],
    ['one heartbeat interval, if that is shorter', 10, 10_000],
  ])('waits for its answer for %s', async (_title, heartbeat, ms) => {
    const client = await MemoryClient.open(broker, { heartbeat });
    client.call(1, 'queue.declare');
    expect(await client.names()).toEqual(["connection.close 504 CHANNEL_ERROR - expected 'channel.open'"]);
    clock.advance(ms - 1);
    expect(client.transport.destroyed).toBe(false);
    clock.advance(1);
    expect(client.transport.destroyed).toBe(true);
  });

  test('waits for no answer where frames can no longer be told apart', async () => {
    const client = await MemoryClient.open(broker);
    const wrong = encodeCall(1, 'channel.open');
    wrong[wrong.length - 1] = 0;
    client.send(wrong);
    client.call(0, 'connection.close-ok');
    expect((await client.names()).length).toBe(1);
    expect(client.transport.destroyed).toBe(false);
    clock.advance(3_000);
    expect(client.transport.destroyed).toBe(true);
  });

  test('from the client leaves it to the client to hang up, for a while', async () => {
    const client = await MemoryClient.open(broker);
    client.call(0, 'connection.close');
    expect(await client.names()).toEqual(['connection.close-ok']);
    expect(client.transport.destroyed).toBe(false);
    clock.advance(30_000);
    expect(client.transport.destroyed).toBe(true);
  });

  test('is heard by a client that is not read from', async () => {
    const client = await MemoryClient.open(broker);
    client.call(1, 'channel.open');
    broker.memory.add(broker.memory.limit + 1);
    client.publish(1, 'nowhere', 'x');
    await client.names();
    const [connection] = broker.connections;
    connection!.close(320, 'CONNECTION_FORCED - time to go');
    expect(await client.names()).toEqual(['connection.close 320 CONNECTION_FORCED - time to go']);
    expect(client.transport.paused).toBe(false);
    client.call(0, 'connection.close-ok');
    expect(client.transport.ended).toBe(true);
  });
});

test('frames may come in pieces of any size', async () => {
  const client = await MemoryClient.open(broker);
  client.call(1, 'channel.open');
  client.call(1, 'queue.declare', { queue: 'q' });
  await settle();
  client.take();
  const bytes = Buffer.concat([
    encodePublication(1, { routing_key: 'q' }, 'body', { content_type: 'text/plain' }),
    HEARTBEAT_FRAME,
    encodeCall(1, 'basic.get', { queue: 'q', no_ack: true }),
  ]);
  for (let at = 1; at < bytes.length; at++) {
    client.send(bytes.subarray(0, at));
    client.send(bytes.subarray(at));
    expect(await client.names()).toEqual(['basic.get-ok', 'header', 'body']);
  }
  for (const byte of bytes) client.send(Buffer.of(byte));
  expect(await client.names()).toEqual(['basic.get-ok', 'header', 'body']);
});
