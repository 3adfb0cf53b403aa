// The x-arguments of queue.declare: which values each takes, and which go with which type of queue.

import { expect, test } from 'vitest';
import { refusal } from '../../rig/amqp-client.ts';
import { type PlainValue, table } from '../../rig/field-values.ts';
import { behaviour } from './brokers.ts';

const VHOST = 'behaviour-args';
const PRECONDITION_FAILED = 'channel.close 406 queue.declare PRECONDITION_FAILED - ';

type Arguments = { readonly [name: string]: PlainValue };

behaviour(
  'arguments of queue.declare',
  (broker) => {
    let queues = 0;

    test.each(
      named<readonly [Arguments]>([
        [{ 'x-expires': 1 }],
        [{ 'x-expires': { type: 's', value: 10_000 } }],
        [{ 'x-expires': 4_294_967_295 }],
        [{ 'x-message-ttl': 0 }],
        [{ 'x-message-ttl': { type: 'b', value: 100 } }],
        [{ 'x-message-ttl': { type: 'B', value: 200 } }],
        [{ 'x-message-ttl': { type: 'u', value: 60_000 } }],
        [{ 'x-message-ttl': { type: 'i', value: 3_000_000_000 } }],
        [{ 'x-max-length': 0, 'x-overflow': 'drop-head' }],
        [{ 'x-max-length': 1, 'x-overflow': 'reject-publish' }],
        [{ 'x-max-length-bytes': 2n ** 40n, 'x-overflow': 'reject-publish-dlx' }],
        [{ 'x-dead-letter-exchange': '' }],
        [{ 'x-dead-letter-exchange': 'none', 'x-dead-letter-routing-key': '' }],
        [{ 'x-max-priority': 0 }],
        [{ 'x-max-priority': 255 }],
        [{ 'x-queue-mode': 'lazy' }],
        [{ 'x-queue-mode': 'default' }],
        [{ 'x-queue-version': 2 }],
        [{ 'x-single-active-consumer': true }],
        [{ 'x-single-active-consumer': false }],
        [{ 'x-queue-type': 'classic' }],
        [{ 'x-queue-master-locator': 'min-masters' }],
      ]),
    )('%s are taken', async (_title, values) => {
      const channel = await broker.channel();
      const queue = `taken-${++queues}`;
      await channel.call('queue.declare', { queue, exclusive: true, arguments: table(values) });
    });

    test.each(
      named<readonly [Arguments, string]>([
        [{ 'x-expires': 0 }, "invalid arg 'x-expires' for queue 'refused' in vhost 'behaviour-args': {value_zero,0}"],
        [
          { 'x-expires': -1 },
          "invalid arg 'x-expires' for queue 'refused' in vhost 'behaviour-args': {value_negative,-1}",
        ],
        [
          { 'x-expires': '100' },
          `invalid arg 'x-expires' for queue 'refused' in vhost 'behaviour-args': "expected integer, got longstr"`,
        ],
        [
          { 'x-expires': true },
          `invalid arg 'x-expires' for queue 'refused' in vhost 'behaviour-args': "expected integer, got bool"`,
        ],
        [
          { 'x-expires': 1.5 },
          `invalid arg 'x-expires' for queue 'refused' in vhost 'behaviour-args': "expected integer, got double"`,
        ],
        [
          { 'x-expires': null },
          `invalid arg 'x-expires' for queue 'refused' in vhost 'behaviour-args': "expected integer, got void"`,
        ],
        [
          { 'x-expires': 315_360_000_001 },
          "invalid arg 'x-expires' for queue 'refused' in vhost 'behaviour-args': {value_too_large,315360000001}",
        ],
        [
          { 'x-expires': new Date(1000) },
          `invalid arg 'x-expires' for queue 'refused' in vhost 'behaviour-args': "expected integer, got timestamp"`,
        ],
        [
          { 'x-message-ttl': -1 },
          "invalid arg 'x-message-ttl' for queue 'refused' in vhost 'behaviour-args': {value_negative,-1}",
        ],
        [
          { 'x-message-ttl': 'soon' },
          `invalid arg 'x-message-ttl' for queue 'refused' in vhost 'behaviour-args': "expected integer, got longstr"`,
        ],
        [
          { 'x-message-ttl': {} },
          `invalid arg 'x-message-ttl' for queue 'refused' in vhost 'behaviour-args': "expected integer, got table"`,
        ],
        [
          { 'x-message-ttl': [1] },
          `invalid arg 'x-message-ttl' for queue 'refused' in vhost 'behaviour-args': "expected integer, got array"`,
        ],
        [
          { 'x-message-ttl': { type: 'f', value: 1 } },
          `invalid arg 'x-message-ttl' for queue 'refused' in vhost 'behaviour-args': "expected integer, got float"`,
        ],
        [
          { 'x-message-ttl': { type: 'D', scale: 0, value: 1 } },
          `invalid arg 'x-message-ttl' for queue 'refused' in vhost 'behaviour-args': "expected integer, got decimal"`,
        ],
        [
          { 'x-message-ttl': 2n ** 62n },
          "invalid arg 'x-message-ttl' for queue 'refused' in vhost 'behaviour-args': {value_too_large,4611686018427387904}",
        ],
        [
          { 'x-message-ttl': Uint8Array.of(1) },
          `invalid arg 'x-message-ttl' for queue 'refused' in vhost 'behaviour-args': "expected integer, got binary"`,
        ],
        [
          { 'x-max-length': -5 },
          "invalid arg 'x-max-length' for queue 'refused' in vhost 'behaviour-args': {value_negative,-5}",
        ],
        [
          { 'x-max-length': '5' },
          `invalid arg 'x-max-length' for queue 'refused' in vhost 'behaviour-args': "expected integer, got longstr"`,
        ],
        [
          { 'x-max-length-bytes': -5n },
          "invalid arg 'x-max-length-bytes' for queue 'refused' in vhost 'behaviour-args': {value_negative,-5}",
        ],
        [
          { 'x-max-length-bytes': false },
          `invalid arg 'x-max-length-bytes' for queue 'refused' in vhost 'behaviour-args': "expected integer, got bool"`,
        ],
        [
          { 'x-max-priority': 256 },
          "invalid arg 'x-max-priority' for queue 'refused' in vhost 'behaviour-args': {max_value_exceeded,256}",
        ],
        [
          { 'x-max-priority': -1 },
          "invalid arg 'x-max-priority' for queue 'refused' in vhost 'behaviour-args': {value_negative,-1}",
        ],
        [
          { 'x-max-priority': 'high' },
          `invalid arg 'x-max-priority' for queue 'refused' in vhost 'behaviour-args': "expected integer, got longstr"`,
        ],
        [
          { 'x-overflow': 'drop-tail' },
          "invalid arg 'x-overflow' for queue 'refused' in vhost 'behaviour-args': invalid_overflow",
        ],
        [
          { 'x-overflow': 1 },
          "invalid arg 'x-overflow' for queue 'refused' in vhost 'behaviour-args': {unacceptable_type,signedint}",
        ],
        [
          { 'x-dead-letter-exchange': 1 },
          "invalid type 'signedint' for arg 'x-dead-letter-exchange' in queue 'refused' in vhost 'behaviour-args'",
        ],
        [
          { 'x-dead-letter-exchange': true },
          "invalid type 'bool' for arg 'x-dead-letter-exchange' in queue 'refused' in vhost 'behaviour-args'",
        ],
        [
          { 'x-dead-letter-exchange': null },
          "invalid type 'void' for arg 'x-dead-letter-exchange' in queue 'refused' in vhost 'behaviour-args'",
        ],
        [
          { 'x-dead-letter-exchange': 'x', 'x-dead-letter-routing-key': 1 },
          "invalid arg 'x-dead-letter-routing-key' for queue 'refused' in vhost 'behaviour-args': {unacceptable_type,signedint}",
        ],
        [
          { 'x-dead-letter-routing-key': 'k' },
          "invalid arg 'x-dead-letter-routing-key' for queue 'refused' in vhost 'behaviour-args': routing_key_but_no_dlx_defined",
        ],
        [
          { 'x-queue-mode': 'hasty' },
          `invalid arg 'x-queue-mode' for queue 'refused' in vhost 'behaviour-args': "unsupported queue mode 'hasty'"`,
        ],
        [
          { 'x-queue-mode': 3 },
          "invalid arg 'x-queue-mode' for queue 'refused' in vhost 'behaviour-args': {unacceptable_type,signedint}",
        ],
        [
          { 'x-queue-version': 3 },
          `invalid arg 'x-queue-version' for queue 'refused' in vhost 'behaviour-args': "unsupported queue version '3'"`,
        ],
        [
          { 'x-queue-version': -1 },
          "invalid arg 'x-queue-version' for queue 'refused' in vhost 'behaviour-args': {value_negative,-1}",
        ],
        [
          { 'x-queue-version': 'two' },
          `invalid arg 'x-queue-version' for queue 'refused' in vhost 'behaviour-args': "expected integer, got longstr"`,
        ],
        [
          { 'x-single-active-consumer': 'yes' },
          "invalid arg 'x-single-active-consumer' for queue 'refused' in vhost 'behaviour-args': {unacceptable_type,longstr}",
        ],
        [
          { 'x-single-active-consumer': 1 },
          "invalid arg 'x-single-active-consumer' for queue 'refused' in vhost 'behaviour-args': {unacceptable_type,signedint}",
        ],
        [
          { 'x-queue-type': 'round' },
          `invalid arg 'x-queue-type' for queue 'refused' in vhost 'behaviour-args': "unsupported queue type 'round'"`,
        ],
        [
          { 'x-queue-type': '' },
          `invalid arg 'x-queue-type' for queue 'refused' in vhost 'behaviour-args': "unsupported queue type ''"`,
        ],
        [
          { 'x-queue-type': 7 },
          "invalid arg 'x-queue-type' for queue 'refused' in vhost 'behaviour-args': {unacceptable_type,signedint}",
        ],
        [
          { 'x-max-age': '1h' },
          "invalid arg 'x-max-age' for queue 'refused' in vhost 'behaviour-args' of queue type rabbit_classic_queue",
        ],
        [
          { 'x-delivery-limit': 5 },
          "invalid arg 'x-delivery-limit' for queue 'refused' in vhost 'behaviour-args' of queue type rabbit_classic_queue",
        ],
        [
          { 'x-stream-max-segment-size-bytes': 1000 },
          "invalid arg 'x-stream-max-segment-size-bytes' for queue 'refused' in vhost 'behaviour-args' of queue type rabbit_classic_queue",
        ],
        [
          { 'x-initial-cluster-size': 1 },
          "invalid arg 'x-initial-cluster-size' for queue 'refused' in vhost 'behaviour-args' of queue type rabbit_classic_queue",
        ],
        [
          { 'x-quorum-initial-group-size': 1 },
          "invalid arg 'x-quorum-initial-group-size' for queue 'refused' in vhost 'behaviour-args' of queue type rabbit_classic_queue",
        ],
        [
          { 'x-max-in-memory-length': 1 },
          "invalid arg 'x-max-in-memory-length' for queue 'refused' in vhost 'behaviour-args' of queue type rabbit_classic_queue",
        ],
        [
          { 'x-dead-letter-strategy': 'at-least-once' },
          "invalid arg 'x-dead-letter-strategy' for queue 'refused' in vhost 'behaviour-args' of queue type rabbit_classic_queue",
        ],
        [
          { 'x-queue-leader-locator': 'balanced' },
          "invalid arg 'x-queue-leader-locator' for queue 'refused' in vhost 'behaviour-args' of queue type rabbit_classic_queue",
        ],
        [
          { 'x-message-ttl': -1, 'x-expires': -1 },
          "invalid arg 'x-expires' for queue 'refused' in vhost 'behaviour-args': {value_negative,-1}",
        ],
      ]),
    )('%s are refused', async (_title, values, reason) => {
      const channel = await broker.channel();
      const declaration = { queue: 'refused', exclusive: true, arguments: table(values) };
      expect(await refusal(channel.call('queue.declare', declaration))).toBe(PRECONDITION_FAILED + reason);
    });

    const quorum = { 'x-queue-type': 'quorum' };
    const stream = { 'x-queue-type': 'stream' };

    test.each([
      [
        'a quorum queue that is exclusive',
        { durable: true, exclusive: true, arguments: table(quorum) },
        "invalid property 'exclusive-owner' for queue 'refused' in vhost 'behaviour-args'",
      ],
      [
        'a quorum queue that is not durable',
        { arguments: table(quorum) },
        "invalid property 'non-durable' for queue 'refused' in vhost 'behaviour-args'",
      ],
      [
        'a quorum queue that is auto-delete',
        { durable: true, auto_delete: true, arguments: table(quorum) },
        "invalid property 'auto-delete' for queue 'refused' in vhost 'behaviour-args'",
      ],
      [
        'a quorum queue without name',
        { queue: '', durable: true, arguments: table(quorum) },
        'Cannot declare a server-named queue for type rabbit_quorum_queue',
      ],
      [
        'a quorum queue with priorities',
        { durable: true, arguments: table({ ...quorum, 'x-max-priority': 3 }) },
        "invalid arg 'x-max-priority' for queue 'refused' in vhost 'behaviour-args' of queue type rabbit_quorum_queue",
      ],
      [
        'a lazy quorum queue',
        { durable: true, arguments: table({ ...quorum, 'x-queue-mode': 'lazy' }) },
        "invalid arg 'x-queue-mode' for queue 'refused' in vhost 'behaviour-args' of queue type rabbit_quorum_queue",
      ],
      [
        'a quorum queue with an age',
        { durable: true, arguments: table({ ...quorum, 'x-max-age': '1h' }) },
        "invalid arg 'x-max-age' for queue 'refused' in vhost 'behaviour-args' of queue type rabbit_quorum_queue",
      ],
      [
        'a quorum queue with a wrong strategy',
        { durable: true, arguments: table({ ...quorum, 'x-dead-letter-strategy': 'maybe' }) },
        "invalid arg 'x-dead-letter-strategy' for queue 'refused' in vhost 'behaviour-args': invalid_dlx_strategy",
      ],
      [
        'a quorum queue with a group of none',
        { durable: true, arguments: table({ ...quorum, 'x-quorum-initial-group-size': 0 }) },
        "invalid arg 'x-quorum-initial-group-size' for queue 'refused' in vhost 'behaviour-args': {value_zero,0}",
      ],
      [
        'a stream that is exclusive',
        { durable: true, exclusive: true, arguments: table(stream) },
        "invalid property 'exclusive-owner' for queue 'refused' in vhost 'behaviour-args'",
      ],
      [
        'a stream that is not durable',
        { arguments: table(stream) },
        "invalid property 'non-durable' for queue 'refused' in vhost 'behaviour-args'",
      ],
      [
        'a stream that is auto-delete',
        { durable: true, auto_delete: true, arguments: table(stream) },
        "invalid property 'auto-delete' for queue 'refused' in vhost 'behaviour-args'",
      ],
      [
        'a stream without name',
        { queue: '', durable: true, arguments: table(stream) },
        'Cannot declare a server-named queue for type rabbit_stream_queue',
      ],
      [
        'a stream with a time to live',
        { durable: true, arguments: table({ ...stream, 'x-message-ttl': 1 }) },
        "invalid arg 'x-message-ttl' for queue 'refused' in vhost 'behaviour-args' of queue type rabbit_stream_queue",
      ],
      [
        'a stream with a length',
        { durable: true, arguments: table({ ...stream, 'x-max-length': 1 }) },
        "invalid arg 'x-max-length' for queue 'refused' in vhost 'behaviour-args' of queue type rabbit_stream_queue",
      ],
      [
        'a stream with an expiry',
        { durable: true, arguments: table({ ...stream, 'x-expires': 1 }) },
        "invalid arg 'x-expires' for queue 'refused' in vhost 'behaviour-args' of queue type rabbit_stream_queue",
      ],
      [
        'a stream that overflows',
        { durable: true, arguments: table({ ...stream, 'x-overflow': 'drop-head' }) },
        "invalid arg 'x-overflow' for queue 'refused' in vhost 'behaviour-args' of queue type rabbit_stream_queue",
      ],
      [
        'a stream with dead letters',
        { durable: true, arguments: table({ ...stream, 'x-dead-letter-exchange': 'x' }) },
        "invalid arg 'x-dead-letter-exchange' for queue 'refused' in vhost 'behaviour-args' of queue type rabbit_stream_queue",
      ],
      [
        'a stream with an age that is none',
        { durable: true, arguments: table({ ...stream, 'x-max-age': '1x' }) },
        "invalid arg 'x-max-age' for queue 'refused' in vhost 'behaviour-args': invalid_max_age",
      ],
      [
        'a stream with an age of none',
        { durable: true, arguments: table({ ...stream, 'x-max-age': '0s' }) },
        "invalid arg 'x-max-age' for queue 'refused' in vhost 'behaviour-args': invalid_max_age",
      ],
      [
        'a stream with an age that is a number',
        { durable: true, arguments: table({ ...stream, 'x-max-age': 5 }) },
        "invalid arg 'x-max-age' for queue 'refused' in vhost 'behaviour-args': {unacceptable_type,signedint}",
      ],
      [
        'a stream with huge segments',
        { durable: true, arguments: table({ ...stream, 'x-stream-max-segment-size-bytes': 3_000_000_001 }) },
        'Exceeded max value for x-stream-max-segment-size-bytes',
      ],
    ])('%s is refused', async (_title, declaration, reason) => {
      const channel = await broker.channel();
      expect(await refusal(channel.call('queue.declare', { queue: 'refused', ...declaration }))).toBe(
        PRECONDITION_FAILED + reason,
      );
    });

    test('quorum queues and streams are declared, and once more the same', async () => {
      const channel = await broker.channel();
      for (const [queue, values] of [
        ['a quorum queue', { ...quorum, 'x-delivery-limit': 3, 'x-message-ttl': 1000, 'x-expires': 100_000 }],
        ['a stream', { ...stream, 'x-max-age': '7D', 'x-max-length-bytes': 1_000_000 }],
      ] as const) {
        const declaration = { queue, durable: true, arguments: table(values) };
        await channel.call('queue.declare', declaration);
        const again = await channel.call('queue.declare', declaration);
        expect(again.arguments).toEqual({ queue, message_count: 0, consumer_count: 0 });
        await channel.call('queue.delete', { queue });
      }
    });

    test.each([
      [
        'a classic queue',
        quorum,
        {},
        "inequivalent arg 'x-queue-type' for queue 'again a classic queue' in vhost 'behaviour-args': received none but current is the value 'quorum' of type 'longstr'",
      ],
      [
        'a stream',
        quorum,
        stream,
        "inequivalent arg 'x-queue-type' for queue 'again a stream' in vhost 'behaviour-args': received 'stream' but current is 'quorum'",
      ],
      [
        'another delivery limit',
        { ...quorum, 'x-delivery-limit': 3 },
        { ...quorum, 'x-delivery-limit': 4 },
        "inequivalent arg 'x-delivery-limit' for queue 'again another delivery limit' in vhost 'behaviour-args': received '4' but current is '3'",
      ],
    ])('a quorum queue, again as %s, is refused', async (title, first, second, reason) => {
      const channel = await broker.channel();
      const queue = `again ${title}`;
      await channel.call('queue.declare', { queue, durable: true, arguments: table(first) });
      const again = { queue, durable: true, arguments: table(second) };
      expect(await refusal(channel.call('queue.declare', again))).toBe(PRECONDITION_FAILED + reason);
    });
  },
  VHOST,
);

/** Rows of arguments, and of what is expected of them, under a title that shows them. */
function named<R extends readonly [Arguments, ...unknown[]]>(rows: readonly R[]): readonly (readonly [string, ...R])[] {
  return rows.map((row) => {
    const title = JSON.stringify(row[0], (_name, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
    return [title, ...row] as const;
  });
}
