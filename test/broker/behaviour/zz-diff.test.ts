import { appendFileSync } from 'node:fs';
import fc from 'fast-check';
import { test } from 'vitest';
import { encodeContentHeader } from '../../../src/protocol/content-header.ts';
import { encodeFrame, FRAME_BODY, FRAME_HEADER } from '../../../src/protocol/frame.ts';
import type { FieldValues } from '../../../src/protocol/fields.ts';
import { BASIC_PROPERTIES, type Field, METHODS } from '../../../src/protocol/method-table.ts';
import { octets, someValuesOf, valuesOf } from '../../property/arbitraries.ts';
import { AmqpClient, encodeCall } from '../../rig/amqp-client.ts';
import { BROKERS } from './brokers.ts';
import { say } from './transcript.ts';
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

void stream;
const VH = 'zz-diff';
test('differences', { timeout: 600_000 }, async () => {
  const running = await Promise.all(BROKERS.map((kind) => kind.start()));
  const seed = Number(process.env.SEED ?? 1);
  const count = Number(process.env.COUNT ?? 200);
  const lists = fc.sample(fc.array(fc.oneof({ weight: 3, arbitrary: method }, { weight: 1, arbitrary: content }), { minLength: 1, maxLength: 8 }), { seed, numRuns: count });
  for (const broker of running) {
    await broker.admin.addVhost(VH);
    await broker.admin.setPermissions('guest', VH, '.*', '.*', '.*');
  }
  const ask = async (broker: (typeof running)[number], frames: Uint8Array[]) => {
    const { socket } = await AmqpClient.handshake({ host: broker.host, port: broker.port, vhost: VH });
    socket.sendMethod(1, 'channel.open');
    socket.sendMethod(1, 'exchange.declare', { exchange: 'x', type: 'topic', auto_delete: false });
    socket.sendMethod(1, 'queue.declare', { queue: 'q', exclusive: true });
    socket.sendMethod(1, 'queue.bind', { queue: 'q', exchange: 'x', routing_key: 'a.#' });
    socket.send(Buffer.concat(frames));
    const lines: string[] = [];
    let idle: NodeJS.Timeout | undefined;
    const stop = new Promise<string>((resolve) => { idle = setTimeout(() => resolve('idle'), 4000); });
    await new Promise((r) => setTimeout(r, 60));
    socket.sendMethod(9, 'channel.open');
    for (;;) {
      const line = await Promise.race([say(socket), stop]);
      lines.push(line);
      if (line === 'idle' || line === 'end' || line.startsWith('connection.close') || (line === 'channel.open-ok' && lines.length > 1 && lines.slice(1).includes('channel.open-ok'))) break;
    }
    clearTimeout(idle);
    const cleanup = await AmqpClient.handshake({ host: broker.host, port: broker.port, vhost: VH });
    cleanup.socket.sendMethod(1, 'channel.open');
    socket.destroy();
    cleanup.socket.sendMethod(1, 'exchange.delete', { exchange: 'x' });
    await say(cleanup.socket); await say(cleanup.socket);
    cleanup.socket.destroy();
    return lines.filter((l) => l !== 'header' && l !== 'body').map((l) => l.replace(/amq\.(gen|ctag)-[\w-]+/g, 'amq.$1-'));
  };
  let differing = 0;
  for (const [index, frames] of lists.entries()) {
    const [theirs, ours] = [await ask(running[0]!, frames), await ask(running[1]!, frames)];
    if (JSON.stringify(theirs) === JSON.stringify(ours)) continue;
    differing++;
    appendFileSync('/tmp/diff.txt', `#${index}\n  frames: ${frames.map((f) => Buffer.from(f).subarray(0, 60).toString('latin1').replace(/[^\x20-\x7e]/g, '.')).join(' | ')}\n  R ${theirs.slice(3).join('\n    ')}\n  S ${ours.slice(3).join('\n    ')}\n`);
  }
  console.log(`${differing} of ${count} differ`);
  for (const broker of running) await broker.admin.deleteVhost(VH);
});
