// queue.declare: what it takes, what it refuses, and what makes two declarations unlike. Counterpart:
// queue-arguments.test.ts, for the values of arguments.

import { expect, test } from 'vitest';
import type { ArgumentsOf } from '../../../src/protocol/method-table.ts';
import { type ClientChannel, type PlainValue, refusal, table } from '../../rig/amqp-client.ts';
import { behaviour, unique } from './brokers.ts';

type Declaration = Partial<ArgumentsOf<'queue.declare'>>;

const VHOST = 'behaviour-queue';

async function declare(channel: ClientChannel, queue: string, more: Declaration = {}) {
  return (await channel.call('queue.declare', { queue, ...more })).arguments;
}

async function exists(channel: ClientChannel, queue: string): Promise<boolean> {
  channel.send('queue.declare', { queue, passive: true });
  return await channel.reply('queue.declare').then(
    () => true,
    () => false,
  );
}

behaviour(
  'queue.declare',
  (broker) => {
    test.each([
      ['transient', {}],
      ['durable', { durable: true }],
      ['exclusive', { exclusive: true }],
      ['auto-delete', { auto_delete: true }],
      ['all of it', { durable: true, exclusive: true, auto_delete: true }],
      ['exclusive and durable, which only counts as exclusive', { durable: true, exclusive: true }],
      ['with arguments that nobody knows', { arguments: table({ 'x-whatever': [1, 'two'], other: {} }) }],
    ])('%s, and once more the same', async (title, more) => {
      const channel = await broker.channel();
      const answer = { queue: `twice ${title}`, message_count: 0, consumer_count: 0 };
      expect(await declare(channel, `twice ${title}`, more)).toEqual(answer);
      expect(await declare(channel, `twice ${title}`, more)).toEqual(answer);
    });

    test('makes up a name', async () => {
      const channel = await broker.channel();
      const names = [await channel.queue(), await channel.queue({ durable: true }), await channel.queue()];
      for (const name of names) expect(name).toMatch(/^amq\.gen-[A-Za-z0-9_-]{22}$/);
      expect(new Set(names).size).toBe(3);
    });

    test('counts messages that are ready, and consumers', async () => {
      const channel = await broker.channel();
      const queue = await channel.queue({ queue: 'counted' });
      for (let i = 0; i < 3; i++) channel.publish({ routingKey: queue });
      await channel.sync();
      expect(await declare(channel, queue, { passive: true })).toMatchObject({ message_count: 3, consumer_count: 0 });
      await channel.get(queue, false);
      expect(await declare(channel, queue, { exclusive: true })).toMatchObject({ message_count: 2, consumer_count: 0 });
      await channel.call('basic.qos', { prefetch_count: 1 });
      await channel.consume(queue);
      await channel.next('basic.deliver');
      expect(await declare(channel, queue, { exclusive: true })).toMatchObject({ message_count: 1, consumer_count: 1 });
    });

    test.each([
      [
        'a reserved name',
        { queue: 'amq.mine' },
        "channel.close 403 queue.declare ACCESS_REFUSED - queue name 'amq.mine' contains reserved prefix 'amq.*'",
      ],
      [
        'a reserved name, passive',
        { queue: 'amq.mine', passive: true },
        "channel.close 404 queue.declare NOT_FOUND - no queue 'amq.mine' in vhost 'behaviour-queue'",
      ],
      [
        'what does not exist, passive',
        { queue: 'none', passive: true },
        "channel.close 404 queue.declare NOT_FOUND - no queue 'none' in vhost 'behaviour-queue'",
      ],
      [
        'no name, passive, where none was declared',
        { queue: '', passive: true },
        "channel.close 404 queue.declare NOT_FOUND - no queue '' in vhost 'behaviour-queue'",
      ],
      [
        'a made-up name that never was',
        { queue: 'amq.gen-AAAAAAAAAAAAAAAAAAAAAA' },
        "channel.close 403 queue.declare ACCESS_REFUSED - queue name 'amq.gen-AAAAAAAAAAAAAAAAAAAAAA' contains reserved prefix 'amq.*'",
      ],
    ])('%s is refused', async (_title, declaration, line) => {
      expect(await refusal((await broker.channel()).call('queue.declare', declaration))).toBe(line);
    });

    test.each([
      [
        'durable',
        {},
        { durable: true },
        "channel.close 406 queue.declare PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'again durable' in vhost 'behaviour-queue': received 'true' but current is 'false'",
      ],
      [
        'not durable',
        { durable: true },
        {},
        "channel.close 406 queue.declare PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'again not durable' in vhost 'behaviour-queue': received 'false' but current is 'true'",
      ],
      [
        'auto-delete',
        {},
        { auto_delete: true },
        "channel.close 406 queue.declare PRECONDITION_FAILED - inequivalent arg 'auto_delete' for queue 'again auto-delete' in vhost 'behaviour-queue': received 'true' but current is 'false'",
      ],
      [
        'not auto-delete',
        { auto_delete: true },
        {},
        "channel.close 406 queue.declare PRECONDITION_FAILED - inequivalent arg 'auto_delete' for queue 'again not auto-delete' in vhost 'behaviour-queue': received 'false' but current is 'true'",
      ],
      [
        'exclusive',
        {},
        { exclusive: true },
        "channel.close 405 queue.declare RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'again exclusive' in vhost 'behaviour-queue'. It could be originally declared on another connection or the exclusive property value does not match that of the original declaration.",
      ],
      [
        'not exclusive',
        { exclusive: true },
        {},
        "channel.close 405 queue.declare RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'again not exclusive' in vhost 'behaviour-queue'. It could be originally declared on another connection or the exclusive property value does not match that of the original declaration.",
      ],
      [
        'exclusive, and more',
        {},
        { exclusive: true, durable: true, auto_delete: true },
        "channel.close 405 queue.declare RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'again exclusive, and more' in vhost 'behaviour-queue'. It could be originally declared on another connection or the exclusive property value does not match that of the original declaration.",
      ],
      [
        'durable and auto-delete',
        {},
        { durable: true, auto_delete: true },
        "channel.close 406 queue.declare PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'again durable and auto-delete' in vhost 'behaviour-queue': received 'true' but current is 'false'",
      ],
      [
        'with a time to live',
        {},
        { arguments: table({ 'x-message-ttl': 1000 }) },
        "channel.close 406 queue.declare PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'again with a time to live' in vhost 'behaviour-queue': received the value '1000' of type 'signedint' but current is none",
      ],
      [
        'without a time to live',
        { arguments: table({ 'x-message-ttl': 1000 }) },
        {},
        "channel.close 406 queue.declare PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'again without a time to live' in vhost 'behaviour-queue': received none but current is the value '1000' of type 'signedint'",
      ],
      [
        'with another time to live',
        { arguments: table({ 'x-message-ttl': 1000 }) },
        { arguments: table({ 'x-message-ttl': 2000 }) },
        "channel.close 406 queue.declare PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for queue 'again with another time to live' in vhost 'behaviour-queue': received '2000' but current is '1000'",
      ],
      [
        'with another dead-letter exchange',
        { arguments: table({ 'x-dead-letter-exchange': 'a' }) },
        { arguments: table({ 'x-dead-letter-exchange': 'b' }) },
        "channel.close 406 queue.declare PRECONDITION_FAILED - inequivalent arg 'x-dead-letter-exchange' for queue 'again with another dead-letter exchange' in vhost 'behaviour-queue': received 'b' but current is 'a'",
      ],
      [
        'with priorities',
        {},
        { arguments: table({ 'x-max-priority': 3 }) },
        "channel.close 406 queue.declare PRECONDITION_FAILED - inequivalent arg 'x-max-priority' for queue 'again with priorities' in vhost 'behaviour-queue': received the value '3' of type 'signedint' but current is none",
      ],
      [
        'with one active consumer',
        {},
        { arguments: table({ 'x-single-active-consumer': true }) },
        "channel.close 406 queue.declare PRECONDITION_FAILED - inequivalent arg 'x-single-active-consumer' for queue 'again with one active consumer' in vhost 'behaviour-queue': received the value 'true' of type 'bool' but current is none",
      ],
      [
        'of another type',
        { durable: true },
        { durable: true, arguments: table({ 'x-queue-type': 'quorum' }) },
        "channel.close 406 queue.declare PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'again of another type' in vhost 'behaviour-queue': received the value 'quorum' of type 'longstr' but current is none",
      ],
      [
        'with two that differ',
        { arguments: table({ 'x-expires': 100_000, 'x-message-ttl': 1000 }) },
        { arguments: table({ 'x-message-ttl': 2000, 'x-expires': 200_000 }) },
        "channel.close 406 queue.declare PRECONDITION_FAILED - inequivalent arg 'x-expires' for queue 'again with two that differ' in vhost 'behaviour-queue': received '200000' but current is '100000'",
      ],
    ])('again, as %s, is refused', async (title, first, second, line) => {
      const channel = await broker.channel();
      await declare(channel, `again ${title}`, first);
      expect(await refusal(declare(channel, `again ${title}`, second))).toBe(line);
    });

    // An argument whose value is looked at only when it is compared.
    test.each<[PlainValue, string]>([
      [7, "the value '7' of type 'signedint'"],
      [-7n, "the value '-7' of type 'long'"],
      [2n ** 62n, "the value '4611686018427387904' of type 'long'"],
      [true, "the value 'true' of type 'bool'"],
      [0.5, "the value '0.5' of type 'double'"],
      [{ type: 'd', value: 1e100 }, "the value '1.0e100' of type 'double'"],
      [{ type: 'd', value: 1000 }, "the value '1.0e3' of type 'double'"],
      [{ type: 'd', value: 1234000 }, "the value '1.234e6' of type 'double'"],
      [{ type: 'd', value: 0.0001 }, "the value '0.0001' of type 'double'"],
      [{ type: 'd', value: 0.00001 }, "the value '1.0e-5' of type 'double'"],
      [{ type: 'd', value: -0 }, "the value '-0.0' of type 'double'"],
      [{ type: 'd', value: 1 / 3 }, "the value '0.3333333333333333' of type 'double'"],
      [100, "the value '100' of type 'signedint'"],
      [{ type: 'd', value: 100 }, "the value '100.0' of type 'double'"],
      [{ type: 'd', value: -0.001 }, "the value '-0.001' of type 'double'"],
      [{ type: 'd', value: 123456789.125 }, "the value '123456789.125' of type 'double'"],
      [{ type: 'd', value: 1e21 }, "the value '1.0e21' of type 'double'"],
      [{ type: 'd', value: 1.5e-7 }, "the value '1.5e-7' of type 'double'"],
      [{ type: 'f', value: 0.25 }, "the value '0.25' of type 'float'"],
      [null, "the value 'undefined' of type 'void'"],
      ['text', "the value 'text' of type 'longstr'"],
      ['grüße "quoted"', `the value 'grüße "quoted"' of type 'longstr'`],
      ['', "the value '' of type 'longstr'"],
      [Uint8Array.of(1, 2), "the value '\u0001\u0002' of type 'binary'"],
      [Uint8Array.of(97, 98), "the value 'ab' of type 'binary'"],
      [new Date(1_000_000), "the value '1000' of type 'timestamp'"],
      [{ type: 'D', scale: 2, value: 314 }, "the value '{2,314}' of type 'decimal'"],
      [[1, 'two', true], `the value '[{signedint,1},{longstr,<<"two">>},{bool,true}]' of type 'array'`],
      [[], "the value '[]' of type 'array'"],
      [
        { a: 1, b: { c: 'd' } },
        `the value '[{<<"a">>,signedint,1},{<<"b">>,table,[{<<"c">>,longstr,<<"d">>}]}]' of type 'table'`,
      ],
      [{}, "the value '[]' of type 'table'"],
      [{ type: 'B', value: 200 }, "the value '200' of type 'unsignedbyte'"],
      [{ type: 'u', value: 60_000 }, "the value '60000' of type 'unsignedshort'"],
    ])('again without what it was, row %#, tells it', async (value, told) => {
      const channel = await broker.channel();
      const queue = unique('compared');
      await declare(channel, queue, { exclusive: true, arguments: table({ 'x-queue-master-locator': value }) });
      const line = await refusal(declare(channel, queue, { exclusive: true }));
      expect(line.slice(line.indexOf('current is ') + 11)).toBe(told);
    });

    test('names are told as they are', async () => {
      const line = await refusal(declare(await broker.channel(), 'grüße, 日本 🐇', { passive: true }));
      expect(line).toBe(`channel.close 404 queue.declare NOT_FOUND - no queue 'grüße, 日本 🐇' in vhost '${VHOST}'`);
    });

    test.each([
      ['as a number of another size', { 'x-message-ttl': 1000 }, { 'x-message-ttl': 1000n }],
      ['with arguments that nobody knows', { 'x-a': 1 }, { 'x-b': 2 }],
      ['of the type that it has', {}, { 'x-queue-type': 'classic' }],
      ['of the type that it has, unsaid', { 'x-queue-type': 'classic' }, {}],
    ])('again, %s, is the same', async (title, first, second) => {
      const channel = await broker.channel();
      await declare(channel, `same ${title}`, { arguments: table(first) });
      await declare(channel, `same ${title}`, { arguments: table(second) });
    });

    test('passive asks for the name alone', async () => {
      const channel = await broker.channel();
      await declare(channel, 'asked-for', { durable: true });
      await declare(channel, 'asked-for', { passive: true, exclusive: true, arguments: table({ 'x-expires': 'no' }) });
    });

    test('takes line ends off the name', async () => {
      const channel = await broker.channel();
      expect((await declare(channel, 'line\r\nend\n', { exclusive: true })).queue).toBe('lineend');
    });

    test('with nowait is not answered', async () => {
      const channel = await broker.channel();
      channel.send('queue.declare', { queue: 'no-wait', exclusive: true, nowait: true });
      expect(await exists(channel, 'no-wait')).toBe(true);
      expect(channel.pending()).toEqual([]);
    });

    test('an empty name means the channel’s last declared queue', async () => {
      const channel = await broker.channel();
      const queue = await channel.queue();
      await channel.call('queue.bind', { exchange: 'amq.direct', routing_key: 'k' });
      channel.publish({ exchange: 'amq.direct', routingKey: 'k' });
      await channel.sync();
      expect(await channel.get('')).toBeDefined();
      channel.publish({ routingKey: queue });
      expect((await channel.call('queue.purge')).arguments.message_count).toBe(1);
      await channel.call('queue.unbind', { exchange: 'amq.direct', routing_key: 'k' });
      await channel.consume('');
      await channel.call('queue.delete');
      expect(await exists(channel, queue)).toBe(false);
    });

    test('an empty name and routing key bind the last declared queue by its name', async () => {
      const channel = await broker.channel();
      const queue = await channel.queue();
      await channel.call('queue.bind', { exchange: 'amq.direct' });
      channel.publish({ exchange: 'amq.direct', routingKey: queue });
      await channel.sync();
      expect(await channel.get(queue)).toBeDefined();
    });

    test.each([
      [
        'queue.bind',
        { exchange: 'amq.direct' },
        'channel.close 404 queue.bind NOT_FOUND - no previously declared queue',
      ],
      [
        'queue.unbind',
        { exchange: 'amq.direct' },
        'channel.close 404 queue.unbind NOT_FOUND - no previously declared queue',
      ],
      ['queue.purge', {}, 'channel.close 404 queue.purge NOT_FOUND - no previously declared queue'],
      ['queue.delete', {}, 'channel.close 404 queue.delete NOT_FOUND - no previously declared queue'],
      ['basic.get', {}, 'channel.close 404 basic.get NOT_FOUND - no previously declared queue'],
      ['basic.consume', {}, 'channel.close 404 basic.consume NOT_FOUND - no previously declared queue'],
    ] as const)('an empty name where none was declared: %s is refused', async (method, values, line) => {
      expect(await refusal((await broker.channel()).call(method, values))).toBe(line);
    });

    test('a second channel has no last declared queue', async () => {
      const client = await broker.connect();
      await (await client.channel()).queue();
      expect(await refusal((await client.channel()).call('queue.purge'))).toMatch('no previously declared queue');
    });
  },
  VHOST,
);
