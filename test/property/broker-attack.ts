// What a client that is broken or hostile may send: random methods with arguments of all sorts, content that fits nothing,
// valid conversations with a few bytes changed. Counterpart: broker-attack.test.ts, which sends it.

import fc from 'fast-check';
import { encodeContentHeader } from '../../src/protocol/content-header.ts';
import type { FieldTable } from '../../src/protocol/field-table.ts';
import { encodeFrame, FRAME_BODY, FRAME_HEADER, FRAME_HEARTBEAT, FRAME_METHOD } from '../../src/protocol/frame.ts';
import { encodeMethod } from '../../src/protocol/method.ts';
import {
  type ArgumentsOf,
  BASIC_PROPERTIES,
  type Field,
  METHODS,
  type MethodName,
} from '../../src/protocol/method-table.ts';
import { encodeCall } from '../rig/amqp-socket.ts';
import { table } from '../rig/field-values.ts';
import { encodePublication } from '../rig/memory-client.ts';
import { fieldTable, fieldValue, octets, someValuesOf, valuesOf } from './arbitraries.ts';

const CHANNEL = fc.constantFrom(0, 1, 1, 1, 1, 2, 2, 3, 65_535);

/** Names that mean something, so that methods meet what others made. */
const NAME = fc.constantFrom(
  ...['', 'q', 'q', 'r', 'x', 'y', 'amq.direct', 'amq.topic', 'amq.headers', 'amq.rabbitmq.reply-to', 'amq.gen-1'],
  ...['a', 'a.b', '#', '*.b', 't', '1', '\r\n'],
);
const TYPE = fc.constantFrom(
  'direct',
  'fanout',
  'topic',
  'headers',
  'x-consistent-hash',
  'x-delayed-message',
  'x-random',
);

const ARGUMENT = fc.constantFrom(
  ...[
    'x-message-ttl',
    'x-expires',
    'x-max-length',
    'x-max-length-bytes',
    'x-max-priority',
    'x-overflow',
    'x-queue-type',
  ],
  ...['x-dead-letter-exchange', 'x-dead-letter-routing-key', 'x-single-active-consumer', 'x-queue-mode', 'x-max-age'],
  ...[
    'x-delivery-limit',
    'x-stream-offset',
    'x-priority',
    'x-match',
    'alternate-exchange',
    'x-delayed-type',
    'hash-header',
  ],
  ...['CC', 'BCC', 'x-death', 'x-delay', 'x-stream-max-segment-size-bytes'],
);
const SENSIBLE = fc.constantFrom(
  ...Object.values(
    table({ a: 0, b: 1, c: -1, d: 3, e: 1000, f: 'quorum', g: 'stream', h: 'classic', i: 'all', j: 'any', k: true }),
  ).map(([, value]) => value),
  ...table({
    a: 'reject-publish',
    b: 'reject-publish-dlx',
    c: 'x',
    d: 'q',
    e: 'first',
    f: ['q', 'r'],
    g: 2n ** 62n,
  }).map(([, value]) => value),
);
const TABLE: fc.Arbitrary<FieldTable> = fc.oneof(
  fc.constant<FieldTable>([]),
  fc.array(fc.tuple(ARGUMENT, fc.oneof({ weight: 3, arbitrary: SENSIBLE }, { weight: 1, arbitrary: fieldValue })), {
    maxLength: 3,
  }),
  fieldTable,
);

function likely({ name, domain }: Field): fc.Arbitrary<unknown> {
  if (domain === 'shortstr') return name === 'type' ? fc.oneof(TYPE, NAME) : NAME;
  if (domain === 'table') return TABLE;
  if (domain === 'longlong') return fc.bigInt({ min: 0n, max: 12n });
  if (domain === 'short' || domain === 'long') return fc.constantFrom(0, 0, 0, 1, 2, 65_535);
  if (domain === 'bit') return fc.boolean();
  return valuesOf([{ name, domain } as Field]).map((values) => values[name]);
}

const HANDSHAKE = new Set(['connection.close', 'connection.open', 'connection.tune-ok', 'connection.start-ok']);

/** A method frame whose arguments may make sense, or are of the right types at least. */
const METHOD = fc
  .tuple(fc.constantFrom(...METHODS), CHANNEL, fc.boolean())
  .filter(([{ name }]) => !HANDSHAKE.has(name))
  .chain(([method, channel, wild]) => {
    const fields = [...method.fields];
    const values = wild
      ? valuesOf(fields)
      : fc.record(Object.fromEntries(fields.map((field) => [field.name, likely(field)])), { noNullPrototype: true });
    const number = method.name.startsWith('connection.') ? fc.constantFrom(0, channel) : fc.constant(channel);
    return fc
      .tuple(values, number)
      .map(([given, on]) =>
        Buffer.from(
          encodeFrame(FRAME_METHOD, on, encodeMethod(method.name, given as Partial<ArgumentsOf<MethodName>>)),
        ),
      );
  });

const PROPERTIES = fc.oneof(
  fc.constant({}),
  fc.record({ headers: TABLE, priority: fc.nat(255), delivery_mode: fc.nat(3) }, { requiredKeys: [] }),
  fc.record({ expiration: NAME, reply_to: NAME, user_id: fc.constantFrom('guest', 'x') }, { requiredKeys: [] }),
  someValuesOf(BASIC_PROPERTIES),
);

/** basic.publish with its content, or parts of that, with sizes that may not fit. */
const CONTENT = fc
  .record({
    channel: CHANNEL,
    exchange: NAME,
    key: NAME,
    bits: fc.record({ mandatory: fc.boolean(), immediate: fc.constantFrom(false, false, false, true) }),
    properties: PROPERTIES,
    claimed: fc.oneof(
      fc.constant(-1),
      fc.constant(-1),
      fc.constantFrom(0n, 1n, 3n, 2n ** 27n, 2n ** 27n + 1n, 2n ** 64n - 1n),
    ),
    body: octets(20),
    parts: fc.constantFrom(7, 7, 7, 7, 3, 1, 2, 4, 5, 6),
    cut: fc.constantFrom(0, 0, 0, 0, 0, 1, 9),
  })
  .map(({ channel, exchange, key, bits, properties, claimed, body, parts, cut }) => {
    const header = encodeContentHeader(claimed === -1 ? BigInt(body.length) : (claimed as bigint), properties);
    return Buffer.concat([
      ...(parts & 1 ? [encodeCall(channel, 'basic.publish', { exchange, routing_key: key, ...bits })] : []),
      ...(parts & 2 ? [encodeFrame(FRAME_HEADER, channel, header.subarray(0, header.length - cut))] : []),
      ...(parts & 4 ? [encodeFrame(FRAME_BODY, channel, body)] : []),
    ]);
  });

const ODD_FRAME = fc
  .tuple(fc.constantFrom(FRAME_METHOD, FRAME_HEADER, FRAME_BODY, FRAME_HEARTBEAT, 0, 4, 255), CHANNEL, octets(24))
  .map(([type, channel, payload]) => Buffer.from(encodeFrame(type, channel, payload)));

const OPEN = CHANNEL.map((channel) => Buffer.from(encodeCall(channel, 'channel.open')));
const CLOSE_OK = CHANNEL.map((channel) => Buffer.from(encodeCall(channel, 'channel.close-ok')));

/** Well-formed frames of any kind, one a chunk. */
export const FRAMES: fc.Arbitrary<Buffer[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: METHOD },
    { weight: 4, arbitrary: CONTENT },
    { weight: 2, arbitrary: OPEN },
    { weight: 3, arbitrary: CLOSE_OK },
    { weight: 1, arbitrary: ODD_FRAME },
  ),
  { maxLength: 40, size: 'max' },
);

/** What a well-behaved client says once it is in. */
export function conversation(): Buffer {
  const call = <M extends MethodName>(method: M, values: Partial<ArgumentsOf<M>> = {}) => encodeCall(1, method, values);
  return Buffer.concat([
    call('channel.open'),
    call('queue.declare', { queue: 'q', arguments: table({ 'x-max-length': 5, 'x-dead-letter-exchange': '' }) }),
    call('exchange.declare', { exchange: 'x', type: 'headers', arguments: table({ 'alternate-exchange': 'y' }) }),
    call('queue.bind', {
      queue: 'q',
      exchange: 'x',
      arguments: table({ 'x-match': 'any', a: 1, b: { c: [1, 2n, null] } }),
    }),
    call('basic.qos', { prefetch_count: 2 }),
    call('basic.consume', { queue: 'q', consumer_tag: 'c', arguments: table({ 'x-priority': 3 }) }),
    call('confirm.select'),
    encodePublication(1, { exchange: 'x', mandatory: true }, 'hello', { headers: table({ a: 1, t: new Date(0) }) }),
    encodePublication(1, { routing_key: 'q' }, Buffer.alloc(3000), {
      expiration: '1000',
      priority: 3,
      user_id: 'guest',
    }),
    encodePublication(1, { routing_key: 'q' }, 'more', { reply_to: 'r', message_id: 'm', timestamp: 5n }),
    call('basic.ack', { delivery_tag: 1n }),
    call('basic.nack', { delivery_tag: 2n, multiple: true, requeue: true }),
    call('basic.get', { queue: 'q' }),
    call('basic.recover', { requeue: true }),
    call('basic.cancel', { consumer_tag: 'c' }),
    call('queue.purge', { queue: 'q' }),
    call('channel.close', { reply_code: 200, reply_text: 'bye' }),
    encodeCall(0, 'connection.close', { reply_code: 200 }),
  ]);
}

export interface Mutation {
  readonly at: number;
  readonly kind: 'set' | 'flip' | 'insert' | 'remove' | 'repeat';
  readonly bytes: Uint8Array;
}

export const MUTATION: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(5000),
  kind: fc.constantFrom('set', 'flip', 'flip', 'insert', 'remove', 'repeat'),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
});

export function mutate(stream: Buffer, { at, kind, bytes }: Mutation): Buffer {
  const begin = at % stream.length;
  const [before, behind] = [stream.subarray(0, begin), stream.subarray(begin)];
  switch (kind) {
    case 'set':
      return Buffer.concat([before, bytes, behind.subarray(bytes.length)]);
    case 'flip': {
      const changed = Buffer.from(stream);
      changed[begin]! ^= bytes[0]! || 1;
      return changed;
    }
    case 'insert':
      return Buffer.concat([before, bytes, behind]);
    case 'remove':
      return Buffer.concat([before, behind.subarray(bytes.length)]);
    case 'repeat':
      return Buffer.concat([before, behind.subarray(0, 10 * bytes[0]!), behind]);
  }
}
