// What the model-based tests do to a broker: commands as data, and random sequences of them.
// Counterparts: broker-model.ts, which says what must follow; transcript.ts, which plays them.
// A channel consumes from one queue only, so that the order of its deliveries does not hang on which of two queues is
// quicker.

import fc from 'fast-check';
import { type PlainValue, table } from '../../rig/field-values.ts';

export const CHANNELS = [1, 2, 3, 4] as const;
export const QUEUES = ['q1', 'q2', 'q3'] as const;
export const EXCHANGES = ['x1', 'x2'] as const;
/** Which queue a channel consumes from. */
export const CONSUMED: Readonly<Record<number, string>> = { 1: 'q1', 2: 'q2', 3: 'q1', 4: 'q3' };

export interface QueueKind {
  readonly autoDelete?: boolean;
  readonly exclusive?: boolean;
  readonly maxLength?: number;
  readonly overflow?: 'drop-head' | 'reject-publish' | 'reject-publish-dlx';
  readonly maxPriority?: number;
  readonly singleActive?: boolean;
  /** The queue that its dead letters go to. */
  readonly deadLetterQueue?: string;
}

export const KINDS: readonly QueueKind[] = [
  {},
  { autoDelete: true },
  { exclusive: true },
  { maxPriority: 2 },
  { singleActive: true },
  { singleActive: true, autoDelete: true },
  { deadLetterQueue: 'q3' },
  { maxLength: 2 },
  { maxLength: 2, deadLetterQueue: 'q3' },
  { maxLength: 1, overflow: 'reject-publish' },
  { maxLength: 0, overflow: 'reject-publish' },
  { maxLength: 1, overflow: 'reject-publish-dlx', deadLetterQueue: 'q3' },
];

export function queueArguments(kind: QueueKind, nameOf: (name: string) => string) {
  const values: Record<string, PlainValue> = {};
  if (kind.maxLength !== undefined) values['x-max-length'] = kind.maxLength;
  if (kind.overflow) values['x-overflow'] = kind.overflow;
  if (kind.maxPriority !== undefined) values['x-max-priority'] = kind.maxPriority;
  if (kind.singleActive) values['x-single-active-consumer'] = true;
  if (kind.deadLetterQueue) {
    values['x-dead-letter-exchange'] = '';
    values['x-dead-letter-routing-key'] = nameOf(kind.deadLetterQueue);
  }
  return table(values);
}

export type Command = { readonly channel: number } & (
  | { readonly do: 'open' | 'close' | 'recover' | 'confirm' | 'tx' | 'commit' | 'rollback' }
  | { readonly do: 'declare'; readonly queue: string; readonly kind: QueueKind }
  | { readonly do: 'passive' | 'purge' | 'declare-otherwise'; readonly queue: string }
  | { readonly do: 'delete'; readonly queue: string; readonly ifUnused: boolean; readonly ifEmpty: boolean }
  | { readonly do: 'exchange'; readonly exchange: string; readonly type: 'direct' | 'fanout' }
  | { readonly do: 'delete-exchange'; readonly exchange: string; readonly ifUnused: boolean }
  | { readonly do: 'bind' | 'unbind'; readonly queue: string; readonly exchange: string; readonly key: string }
  | {
      readonly do: 'publish';
      /** Empty: the default exchange, with `queue` as routing key. */
      readonly exchange: string;
      readonly queue: string;
      readonly key: string;
      readonly count: number;
      readonly priority: number;
      readonly mandatory: boolean;
    }
  | { readonly do: 'qos'; readonly count: number }
  | {
      readonly do: 'consume';
      readonly tag: string;
      readonly noAck: boolean;
      readonly exclusive: boolean;
      readonly priority: number;
    }
  | { readonly do: 'cancel'; readonly tag: string }
  | { readonly do: 'get'; readonly queue: string; readonly noAck: boolean }
  /** `which`: a share of what is not settled; -1: a tag that never was, 0: all. */
  | { readonly do: 'ack' | 'nack'; readonly which: number; readonly multiple: boolean; readonly requeue: boolean }
  | { readonly do: 'reject'; readonly which: number; readonly requeue: boolean }
);

const channel = fc.constantFrom(...CHANNELS);
const queue = fc.constantFrom(...QUEUES);
const exchange = fc.constantFrom(...EXCHANGES);
const key = fc.constantFrom('a', 'b');
const tag = fc.constantFrom('c1', 'c2', 'c3');
const seldom = fc.integer({ min: 0, max: 9 }).map((value) => value === 0);
const which = fc.oneof({ weight: 20, arbitrary: fc.nat(9) }, { weight: 1, arbitrary: fc.constantFrom(-1, -2) });
const is = <T extends string>(...names: T[]) => fc.constantFrom(...names);

const ANY = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: is('open', 'close', 'confirm', 'tx'), channel }) },
  { weight: 2, arbitrary: fc.record({ do: is('recover', 'commit', 'rollback', 'commit'), channel }) },
  { weight: 6, arbitrary: fc.record({ do: is('declare'), channel, queue, kind: fc.constantFrom(...KINDS) }) },
  { weight: 2, arbitrary: fc.record({ do: is('passive', 'purge', 'declare-otherwise'), channel, queue }) },
  { weight: 1, arbitrary: fc.record({ do: is('delete'), channel, queue, ifUnused: seldom, ifEmpty: seldom }) },
  { weight: 2, arbitrary: fc.record({ do: is('exchange'), channel, exchange, type: is('direct', 'fanout') }) },
  { weight: 1, arbitrary: fc.record({ do: is('delete-exchange'), channel, exchange, ifUnused: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: is('bind', 'bind', 'unbind'), channel, queue, exchange, key }) },
  {
    weight: 16,
    arbitrary: fc.record({
      do: is('publish'),
      channel,
      exchange: fc.constantFrom('', '', '', 'x1', 'x2'),
      queue,
      key,
      count: fc.integer({ min: 1, max: 4 }),
      priority: fc.integer({ min: 0, max: 3 }),
      mandatory: seldom,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: is('qos'), channel, count: fc.integer({ min: 0, max: 3 }) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: is('consume'),
      channel,
      tag,
      noAck: seldom,
      exclusive: seldom,
      priority: fc.constantFrom(0, 0, 0, 1),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: is('cancel'), channel, tag }) },
  { weight: 5, arbitrary: fc.record({ do: is('get'), channel, queue, noAck: fc.boolean() }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: is('ack', 'ack', 'nack'),
      channel,
      which,
      multiple: fc.boolean(),
      requeue: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: is('reject'), channel, which, requeue: fc.boolean() }) },
) as fc.Arbitrary<Command>;

/** All channels open and all queues declared, then anything. */
export function sequences(maxLength: number): fc.Arbitrary<Command[]> {
  const kinds = fc.tuple(...QUEUES.map(() => fc.constantFrom(...KINDS)));
  return fc
    .tuple(kinds, fc.array(ANY, { maxLength, size: 'max' }))
    .map(([chosen, commands]) => [
      ...CHANNELS.map((number): Command => ({ do: 'open', channel: number })),
      ...QUEUES.map((name, i): Command => ({ do: 'declare', channel: 1, queue: name, kind: chosen[i]! })),
      ...commands,
    ]);
}

/** Two channels with several consumers each, all of one queue, under limits: who gets what, in which turn? */
export function rivalries(maxLength: number): fc.Arbitrary<Command[]> {
  const rival = fc.constantFrom(1, 3);
  const settled = fc.record({
    do: is('ack', 'ack', 'nack', 'nack'),
    channel: rival,
    which: fc.nat(5),
    multiple: fc.boolean(),
    requeue: fc.boolean(),
  });
  const publish = fc.record({
    do: is('publish'),
    channel: rival,
    exchange: fc.constant(''),
    queue: fc.constant('q1'),
    key: key,
    count: fc.integer({ min: 1, max: 4 }),
    priority: fc.nat(2),
    mandatory: fc.constant(false),
  });
  const consume = fc.record({
    do: is('consume'),
    channel: rival,
    tag,
    noAck: fc.constant(false),
    exclusive: fc.constant(false),
    priority: fc.constantFrom(0, 0, 0, 1),
  });
  const any = fc.oneof(
    { weight: 6, arbitrary: settled },
    { weight: 5, arbitrary: publish },
    { weight: 4, arbitrary: consume },
    { weight: 1, arbitrary: fc.record({ do: is('cancel'), channel: rival, tag }) },
    { weight: 2, arbitrary: fc.record({ do: is('qos'), channel: rival, count: fc.integer({ min: 1, max: 3 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: is('get'), channel: rival, queue: fc.constant('q1'), noAck: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.record({ do: is('close', 'open', 'open', 'recover', 'tx', 'commit'), channel: rival }) },
  ) as fc.Arbitrary<Command>;
  const kinds = fc.constantFrom<QueueKind>(
    {},
    {},
    { singleActive: true },
    { maxPriority: 2 },
    { deadLetterQueue: 'q3' },
  );
  return fc
    .tuple(kinds, fc.array(any, { maxLength, size: 'max' }))
    .map(([kind, commands]) => [
      ...[1, 3].map((number): Command => ({ do: 'open', channel: number })),
      { do: 'declare', channel: 1, queue: 'q1', kind },
      { do: 'declare', channel: 1, queue: 'q3', kind: {} },
      ...[1, 3].map((number): Command => ({ do: 'qos', channel: number, count: 2 })),
      ...commands,
    ]);
}
