// Whatever a client sends, it ends in an answer of the protocol or in a closed socket, and nobody else notices. The
// embedded broker's log is looked through at the end (embedded-broker.ts): it must hold no mistakes of its own.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeContentHeader } from '../../../src/protocol/content-header.ts';
import type { FieldValues } from '../../../src/protocol/fields.ts';
import { encodeFrame, FRAME_BODY, FRAME_HEADER } from '../../../src/protocol/frame.ts';
import { BASIC_PROPERTIES, type Field, METHODS } from '../../../src/protocol/method-table.ts';
import { PROTOCOL_HEADER } from '../../../src/protocol/protocol-header.ts';
import { octets, someValuesOf, valuesOf } from '../../property/arbitraries.ts';
import { type AmqpSocket, encodeCall } from '../../rig/amqp-client.ts';
import { behaviour } from './brokers.ts';
import { say } from './transcript.ts';

const VHOST = 'behaviour-hostile';

/** RabbitMQ takes three seconds to give up on some of it, hence many at once. */
const AT_ONCE = 25;
const RUNS = process.env.CI ? 8 : 3;

const channel = fc.oneof(
  { weight: 40, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.constantFrom(0, 2, 3, 65535) },
);

const CLIENTS = METHODS.filter(({ className, spec }) => className !== 'connection' && spec.from !== 'server');

/** Names that mean something to the broker, so that more than the first check is passed. */
const KNOWN: { readonly [name: string]: fc.Arbitrary<unknown> } = {
  exchange: fc.constantFrom('', 'x', 'amq.direct', 'amq.topic', 'amq.headers'),
  source: fc.constantFrom('x', 'amq.fanout', 'amq.headers'),
  destination: fc.constantFrom('x', 'amq.topic'),
  queue: fc.constantFrom('', 'q', 'amq.rabbitmq.reply-to'),
  type: fc.constantFrom('direct', 'topic', 'headers'),
  routing_key: fc.constantFrom('', 'q', 'a.b'),
  consumer_tag: fc.constantFrom('', 'tag'),
  delivery_tag: fc.constantFrom(0n, 1n, 2n),
};

function argumentsOf(fields: readonly Field[]): fc.Arbitrary<FieldValues> {
  const known = fields.filter(({ name }) => KNOWN[name]).map(({ name }) => [name, KNOWN[name]!] as const);
  const sensible = fc.record(Object.fromEntries(known)) as fc.Arbitrary<FieldValues>;
  const wild = valuesOf(fields);
  return fc.oneof(
    { weight: 1, arbitrary: wild },
    { weight: 3, arbitrary: fc.tuple(wild, sensible).map(([values, names]) => ({ ...values, ...names })) },
    { weight: 5, arbitrary: sensible },
  );
}

const method = fc
  .oneof({ weight: 40, arbitrary: fc.constantFrom(...CLIENTS) }, { weight: 1, arbitrary: fc.constantFrom(...METHODS) })
  .chain(({ name, fields }) => fc.tuple(channel, fc.constant(name), argumentsOf(fields)))
  .map(([number, name, values]) => encodeCall(number, name, values as never));

const header = fc
  .tuple(channel, fc.constantFrom(0n, 1n, 5n, 2n ** 63n), someValuesOf(BASIC_PROPERTIES))
  .map(([number, size, properties]) => encodeFrame(FRAME_HEADER, number, encodeContentHeader(size, properties)));

const body = fc.tuple(channel, octets(6)).map(([number, payload]) => encodeFrame(FRAME_BODY, number, payload));

const content = fc
  .tuple(
    argumentsOf(METHODS.find(({ name }) => name === 'basic.publish')!.fields),
    someValuesOf(BASIC_PROPERTIES),
    octets(9),
  )
  .map(([values, properties, payload]) =>
    Buffer.concat([
      encodeCall(1, 'basic.publish', values as never),
      encodeFrame(FRAME_HEADER, 1, encodeContentHeader(BigInt(payload.length), properties)),
      ...(payload.length > 0 ? [encodeFrame(FRAME_BODY, 1, payload)] : []),
    ]),
  );

const anyFrame = fc
  .tuple(fc.constantFrom(0, 1, 2, 3, 4, 8, 255), channel, octets(40))
  .map(([type, number, payload]) => encodeFrame(type, number, payload));

const frame = fc.oneof(
  { weight: 30, arbitrary: method },
  { weight: 15, arbitrary: content },
  { weight: 1, arbitrary: header },
  { weight: 1, arbitrary: body },
  { weight: 1, arbitrary: anyFrame },
);

/** Frames, one of them perhaps with a few octets changed. */
const stream = fc
  .tuple(
    fc.array(frame, { minLength: 1, maxLength: 25 }),
    fc.oneof(fc.constant([]), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 })),
  )
  .map(([frames, changes]) => {
    const bytes = Buffer.concat(frames);
    for (const [at, octet] of changes) bytes[at % bytes.length] = octet;
    return bytes;
  });

behaviour(
  'whatever a client sends',
  (broker) => {
    /** Sends streams, some at the same time; gives how often the broker told what was wrong. */
    async function check(send: (bytes: Uint8Array) => Promise<AmqpSocket>, streams: fc.Arbitrary<Uint8Array>) {
      const witness = await broker.channel();
      const queue = await witness.queue();
      let told = 0;
      const answer = async (bytes: Uint8Array) => {
        const socket = await send(bytes);
        // Without the client's half nothing keeps a connection: each comes to an end.
        socket.end();
        for (let line = await say(socket); line !== 'end'; line = await say(socket)) {
          if (!line.startsWith('connection.close ')) continue;
          told++;
          expect(line).toMatch(/^connection\.close (?:403|5\d\d) [a-z0-9.-]+ [A-Z_]+/);
          break;
        }
        socket.destroy();
      };
      const together = fc.array(streams, { minLength: AT_ONCE, maxLength: AT_ONCE });
      await fc.assert(
        fc.asyncProperty(together, async (all) => {
          await Promise.all(all.map(answer));
          witness.publish({ routingKey: queue, body: 'still here' });
          await witness.sync();
          expect((await witness.get(queue))?.body.toString()).toBe('still here');
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
      return told;
    }

    test('instead of a protocol header', async () => {
      await check(async (bytes) => {
        const socket = await broker.raw();
        socket.send(bytes);
        return socket;
      }, octets(60));
    });

    test('instead of a handshake', async () => {
      await check(
        async (bytes) => {
          const socket = await broker.raw();
          socket.send(PROTOCOL_HEADER);
          socket.send(bytes);
          return socket;
        },
        fc.oneof(octets(60), stream),
      );
    });

    test('on an open connection', async () => {
      const told = await check(async (bytes) => {
        const socket = await broker.openSocket();
        socket.sendMethod(1, 'channel.open');
        socket.sendMethod(1, 'exchange.declare', { exchange: 'x', type: 'topic' });
        socket.sendMethod(1, 'queue.declare', { queue: 'q', auto_delete: true });
        socket.send(bytes);
        return socket;
      }, stream);
      expect(told).toBeGreaterThan(0);
    });
  },
  VHOST,
);
