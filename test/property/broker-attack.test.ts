// Whatever one client sends, it alone hears of it: it gets the protocol's own error on its channel or connection, another
// client goes on as if nothing were, and when it is gone nothing of it is left. Counterpart: broker-attack.ts.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Broker, createBroker } from '../../src/broker/broker.ts';
import { REPLY_CODES } from '../../src/protocol/spec.ts';
import { encodeCall, type Received } from '../rig/amqp-socket.ts';
import { table } from '../rig/field-values.ts';
import { encodePublication, MemoryClient, settle } from '../rig/memory-client.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';
import { octets } from './arbitraries.ts';
import { conversation, FRAMES, MUTATION, mutate } from './broker-attack.ts';

const QUEUE = 'the queue of the witness';
const SEED = Number(process.env.SEED ?? 3);
const scale = Number(process.env.SCALE ?? 1);

/** A client that publishes and consumes, and notices if anything else happens. */
class Witness {
  readonly #client: MemoryClient;
  #count = 0;

  private constructor(client: MemoryClient) {
    this.#client = client;
  }

  static async start(broker: Broker): Promise<Witness> {
    const client = await MemoryClient.open(broker);
    client.call(1, 'channel.open');
    client.call(1, 'confirm.select');
    client.call(1, 'queue.declare', { queue: QUEUE, exclusive: true });
    client.call(1, 'basic.consume', { queue: QUEUE, consumer_tag: 'w' });
    await settle();
    client.take();
    return new Witness(client);
  }

  /** A message there and back; all else that came is told. */
  async look(): Promise<void> {
    const body = `message ${++this.#count}`;
    this.#client.publish(1, QUEUE, body);
    this.#client.call(1, 'basic.ack', { delivery_tag: BigInt(this.#count) });
    await settle();
    const heard = this.#client.take().map((received) => {
      if (received.type === 'body') return `${received.payload}`;
      return received.type === 'method' ? received.method : received.type;
    });
    expect(heard).toEqual(['basic.deliver', 'header', body, 'basic.ack']);
  }
}

/** Everything that must hold after an attack, and after the attacker has gone. */
class Battlefield {
  readonly clock = new VirtualClock();
  readonly defects: unknown[] = [];
  broker!: Broker;
  #witness!: Witness;
  #timers = 0;

  static async open(): Promise<Battlefield> {
    const field = new Battlefield();
    // A client may make so much wait that others are held back: that is not what this is about.
    field.broker = await createBroker({ clock: field.clock, memoryLimit: Infinity, random: () => 0.5 });
    field.broker.defect = (error) => void field.defects.push(error);
    field.#witness = await Witness.start(field.broker);
    field.#timers = field.clock.pending;
    return field;
  }

  async check(attacker: MemoryClient): Promise<void> {
    await settle();
    const errors = attacker.take().flatMap(closeOf);
    for (const { reply_code, reply_text } of errors) {
      expect(Object.keys(REPLY_CODES).map(Number), `${reply_text}`).toContain(reply_code);
      expect(reply_code, `${reply_text}`).not.toBe(541);
    }
    expect(this.defects).toEqual([]);
    await this.#witness.look();
  }

  async leave(attacker: MemoryClient): Promise<void> {
    attacker.vanish();
    this.clock.advance(60_000);
    await settle();
    await this.#witness.look();
    expect(this.broker.connections.size).toBe(1);
    expect(this.defects).toEqual([]);
    const vhost = this.broker.vhosts.get('/')!;
    for (const queue of [...vhost.queues.values()]) {
      expect([queue.consumers.size, queue.unsettledCount]).toEqual(queue.name === QUEUE ? [1, 0] : [0, 0]);
      if (queue.name !== QUEUE) vhost.deleteQueue(queue);
    }
    vhost.delayed.close();
    await settle();
    expect([this.broker.memory.used, this.clock.pending]).toEqual([0, this.#timers]);
    expect(this.broker.replies).toEqual(new (this.broker.replies.constructor as new () => unknown)());
  }
}

function closeOf(received: Received) {
  if (received.type !== 'method') return [];
  const { method } = received;
  return method === 'connection.close' || method === 'channel.close' ? [received.arguments] : [];
}

it.each([0, 1, 2, 3, 4])('random bytes after %i steps of the handshake', async (stage) => {
  const property = fc.asyncProperty(fc.array(octets(300), { minLength: 1, maxLength: 4 }), async (chunks) => {
    const field = await Battlefield.open();
    const attacker = new MemoryClient(field.broker);
    attacker.send(...attacker.handshake().slice(0, stage), Buffer.alloc(0));
    for (const chunk of chunks) attacker.send(chunk);
    await field.check(attacker);
    await field.leave(attacker);
  });
  await fc.assert(property, { numRuns: 100 * scale, seed: SEED });
});

it('well-formed frames of any sort, in any order, with any arguments', async () => {
  const property = fc.asyncProperty(FRAMES, async (frames) => {
    const field = await Battlefield.open();
    let attacker = await MemoryClient.open(field.broker);
    for (const frame of frames) {
      await settle();
      const { state, channels } = attacker.connection;
      if (state !== 'running') {
        await field.check(attacker);
        attacker.vanish();
        attacker = await MemoryClient.open(field.broker);
      }
      // A closed channel hears nothing: come back.
      for (const number of [1, 2]) {
        if (channels.get(number)?.closing) attacker.call(number, 'channel.close-ok');
        if (!attacker.connection.channels.has(number)) attacker.call(number, 'channel.open');
      }
      attacker.send(frame);
    }
    field.clock.advance(1000);
    await field.check(attacker);
    await field.leave(attacker);
  });
  await fc.assert(property, { numRuns: 600 * scale, seed: SEED });
});

it('a valid conversation with a few bytes changed, in chunks of any size', async () => {
  const mutations = fc.array(MUTATION, { minLength: 1, maxLength: 3 });
  const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 6 });
  const property = fc.asyncProperty(mutations, sizes, async (changes, cuts) => {
    const field = await Battlefield.open();
    const attacker = await MemoryClient.open(field.broker);
    const stream = changes.reduce(mutate, conversation());
    for (let at = 0, i = 0; at < stream.length; i++) {
      const size = cuts[i % cuts.length]!;
      attacker.send(stream.subarray(at, at + size));
      at += size;
    }
    await field.check(attacker);
    await field.leave(attacker);
  });
  await fc.assert(property, { numRuns: 300 * scale, seed: SEED });
});

it('the conversation itself does what it should', async () => {
  const field = await Battlefield.open();
  const attacker = await MemoryClient.open(field.broker);
  attacker.send(conversation());
  const names = await attacker.names();
  expect(names).toContain('connection.close-ok');
  expect(names.filter((name) => name.includes('.close '))).toEqual([]);
  await field.check(attacker);
  await field.leave(attacker);
});

it('publishing into what belongs to another', async () => {
  const field = await Battlefield.open();
  const attacker = await MemoryClient.open(field.broker);
  attacker.call(1, 'channel.open');
  attacker.call(1, 'queue.purge', { queue: QUEUE });
  attacker.send(encodePublication(1, { routing_key: 'q' }, 'ignored'));
  attacker.send(encodeCall(1, 'basic.consume', { queue: QUEUE, arguments: table({}) }));
  expect(await attacker.names()).toHaveLength(2);
  await field.check(attacker);
});
