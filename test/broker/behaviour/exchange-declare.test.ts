// exchange.declare: what it takes, what it refuses, and what makes two declarations unlike.

import { expect, test } from 'vitest';
import type { ArgumentsOf } from '../../../src/protocol/method-table.ts';
import { type ClientChannel, refusal, table } from '../../rig/amqp-client.ts';
import { behaviour } from './brokers.ts';

type Declaration = Partial<ArgumentsOf<'exchange.declare'>>;

async function declare(channel: ClientChannel, exchange: string, more: Declaration = {}): Promise<void> {
  await channel.call('exchange.declare', { exchange, type: 'direct', ...more });
}

async function exists(channel: ClientChannel, exchange: string): Promise<boolean> {
  channel.send('exchange.declare', { exchange, passive: true });
  return await channel.reply('exchange.declare').then(
    () => true,
    () => false,
  );
}

const VHOST = 'behaviour-exchange';

behaviour(
  'exchange.declare',
  (broker) => {
    test.each(['direct', 'fanout', 'topic', 'headers'])('of type %s', async (type) => {
      const channel = await broker.channel();
      const answer = await channel.call('exchange.declare', { exchange: `of-type-${type}`, type });
      expect(answer).toEqual({ method: 'exchange.declare-ok', arguments: {} });
    });

    test.each([
      ['durable', { durable: true }],
      ['auto-delete', { auto_delete: true }],
      ['internal', { internal: true }],
      ['all of it', { durable: true, auto_delete: true, internal: true }],
      ['with arguments that nobody knows', { arguments: table({ 'x-whatever': [1, 'two'], other: 3 }) }],
      ['with an alternate exchange that does not exist', { arguments: table({ 'alternate-exchange': 'none' }) }],
    ])('%s, and once more the same', async (title, more) => {
      const channel = await broker.channel();
      await declare(channel, `twice ${title}`, more);
      await declare(channel, `twice ${title}`, more);
    });

    test.each(['amq.direct', 'amq.fanout', 'amq.topic', 'amq.headers', 'amq.match'])('%s exists', async (name) => {
      const type = name === 'amq.match' ? 'headers' : name.slice(4);
      await declare(await broker.channel(), name, { type, durable: true });
    });

    test.each([
      [
        'an unknown type',
        { exchange: 'x', type: 'spiral' },
        "connection.close 503 exchange.declare COMMAND_INVALID - unknown exchange type 'spiral'",
      ],
      [
        'a type in another case',
        { exchange: 'x', type: 'Direct' },
        "connection.close 503 exchange.declare COMMAND_INVALID - unknown exchange type 'Direct'",
      ],
      [
        'an unknown type of what exists',
        { exchange: 'amq.direct', type: 'spiral', durable: true },
        "connection.close 503 exchange.declare COMMAND_INVALID - unknown exchange type 'spiral'",
      ],
      [
        'the default exchange',
        { exchange: '', type: 'direct' },
        'channel.close 403 exchange.declare ACCESS_REFUSED - operation not permitted on the default exchange',
      ],
      [
        'the default exchange, as it is',
        { exchange: '', type: 'direct', durable: true },
        'channel.close 403 exchange.declare ACCESS_REFUSED - operation not permitted on the default exchange',
      ],
      [
        'the default exchange, passive',
        { exchange: '', type: 'direct', passive: true },
        'channel.close 403 exchange.declare ACCESS_REFUSED - operation not permitted on the default exchange',
      ],
      [
        'a reserved name',
        { exchange: 'amq.mine', type: 'direct' },
        "channel.close 403 exchange.declare ACCESS_REFUSED - exchange name 'amq.mine' contains reserved prefix 'amq.*'",
      ],
      [
        'a reserved name, passive',
        { exchange: 'amq.mine', type: 'direct', passive: true },
        "channel.close 404 exchange.declare NOT_FOUND - no exchange 'amq.mine' in vhost 'behaviour-exchange'",
      ],
      [
        'what does not exist, passive',
        { exchange: 'none', type: 'direct', passive: true },
        "channel.close 404 exchange.declare NOT_FOUND - no exchange 'none' in vhost 'behaviour-exchange'",
      ],
      [
        'what does not exist, passive, without type',
        { exchange: 'none', passive: true },
        "channel.close 404 exchange.declare NOT_FOUND - no exchange 'none' in vhost 'behaviour-exchange'",
      ],
      [
        'a predeclared one with another type',
        { exchange: 'amq.direct', type: 'fanout', durable: true },
        "channel.close 406 exchange.declare PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'amq.direct' in vhost 'behaviour-exchange': received 'fanout' but current is 'direct'",
      ],
      [
        'a predeclared one, not durable',
        { exchange: 'amq.topic', type: 'topic' },
        "channel.close 406 exchange.declare PRECONDITION_FAILED - inequivalent arg 'durable' for exchange 'amq.topic' in vhost 'behaviour-exchange': received 'false' but current is 'true'",
      ],
      [
        'an alternate exchange that is a number',
        { exchange: 'ae-number', type: 'direct', arguments: table({ 'alternate-exchange': 7 }) },
        "channel.close 406 exchange.declare PRECONDITION_FAILED - invalid type 'signedint' for arg 'alternate-exchange' in exchange 'ae-number' in vhost 'behaviour-exchange'",
      ],
      [
        'an alternate exchange that is a table',
        { exchange: 'ae-table', type: 'direct', arguments: table({ 'alternate-exchange': {} }) },
        "channel.close 406 exchange.declare PRECONDITION_FAILED - invalid type 'table' for arg 'alternate-exchange' in exchange 'ae-table' in vhost 'behaviour-exchange'",
      ],
    ])('%s is refused', async (_title, declaration, line) => {
      const channel = await broker.channel();
      expect(await refusal(channel.call('exchange.declare', declaration))).toBe(line);
    });

    test('no type is refused', async () => {
      // RabbitMQ calls a type invalid, not unknown, whose name means something in Erlang.
      expect(await refusal(declare(await broker.channel(), 'x', { type: '' }))).toMatch(
        /^connection\.close 503 exchange\.declare COMMAND_INVALID - (unknown|invalid) exchange type ''$/,
      );
    });

    test.each([
      [
        'another type',
        {},
        { type: 'fanout' },
        "channel.close 406 exchange.declare PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'again another type' in vhost 'behaviour-exchange': received 'fanout' but current is 'direct'",
      ],
      [
        'durable',
        {},
        { durable: true },
        "channel.close 406 exchange.declare PRECONDITION_FAILED - inequivalent arg 'durable' for exchange 'again durable' in vhost 'behaviour-exchange': received 'true' but current is 'false'",
      ],
      [
        'not durable',
        { durable: true },
        {},
        "channel.close 406 exchange.declare PRECONDITION_FAILED - inequivalent arg 'durable' for exchange 'again not durable' in vhost 'behaviour-exchange': received 'false' but current is 'true'",
      ],
      [
        'auto-delete',
        {},
        { auto_delete: true },
        "channel.close 406 exchange.declare PRECONDITION_FAILED - inequivalent arg 'auto_delete' for exchange 'again auto-delete' in vhost 'behaviour-exchange': received 'true' but current is 'false'",
      ],
      [
        'internal',
        {},
        { internal: true },
        "channel.close 406 exchange.declare PRECONDITION_FAILED - inequivalent arg 'internal' for exchange 'again internal' in vhost 'behaviour-exchange': received 'true' but current is 'false'",
      ],
      [
        'not internal',
        { internal: true },
        {},
        "channel.close 406 exchange.declare PRECONDITION_FAILED - inequivalent arg 'internal' for exchange 'again not internal' in vhost 'behaviour-exchange': received 'false' but current is 'true'",
      ],
      [
        'another type and durability',
        {},
        { type: 'topic', durable: true },
        "channel.close 406 exchange.declare PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'again another type and durability' in vhost 'behaviour-exchange': received 'topic' but current is 'direct'",
      ],
      [
        'an alternate exchange',
        {},
        { arguments: table({ 'alternate-exchange': 'a' }) },
        "channel.close 406 exchange.declare PRECONDITION_FAILED - inequivalent arg 'alternate-exchange' for exchange 'again an alternate exchange' in vhost 'behaviour-exchange': received the value 'a' of type 'longstr' but current is none",
      ],
      [
        'another alternate exchange',
        { arguments: table({ 'alternate-exchange': 'a' }) },
        { arguments: table({ 'alternate-exchange': 'b' }) },
        "channel.close 406 exchange.declare PRECONDITION_FAILED - inequivalent arg 'alternate-exchange' for exchange 'again another alternate exchange' in vhost 'behaviour-exchange': received 'b' but current is 'a'",
      ],
      [
        'no alternate exchange',
        { arguments: table({ 'alternate-exchange': 'a' }) },
        {},
        "channel.close 406 exchange.declare PRECONDITION_FAILED - inequivalent arg 'alternate-exchange' for exchange 'again no alternate exchange' in vhost 'behaviour-exchange': received none but current is the value 'a' of type 'longstr'",
      ],
    ])('again, as %s, is refused', async (title, first, second, line) => {
      const channel = await broker.channel();
      await declare(channel, `again ${title}`, first);
      expect(await refusal(declare(channel, `again ${title}`, second))).toBe(line);
    });

    test('again with other arguments that nobody knows', async () => {
      const channel = await broker.channel();
      await declare(channel, 'again-unknown', { arguments: table({ 'x-a': 1 }) });
      await declare(channel, 'again-unknown', { arguments: table({ 'x-b': 2 }) });
    });

    test('passive asks for the name alone', async () => {
      const channel = await broker.channel();
      await declare(channel, 'asked-for', { durable: true, auto_delete: true });
      await declare(channel, 'asked-for', { passive: true, type: 'spiral', arguments: table({ 'x-any': 1 }) });
    });

    test('takes line ends off the name', async () => {
      const channel = await broker.channel();
      await declare(channel, 'line\r\nend\n');
      expect(await exists(channel, 'lineend')).toBe(true);
    });

    test('with nowait is not answered', async () => {
      const channel = await broker.channel();
      channel.send('exchange.declare', { exchange: 'no-wait', type: 'direct', nowait: true });
      expect(await exists(channel, 'no-wait')).toBe(true);
      expect(channel.pending()).toEqual([]);
    });

    test('with nowait is refused all the same', async () => {
      const channel = await broker.channel();
      channel.send('exchange.declare', { exchange: 'amq.mine', type: 'direct', nowait: true });
      expect((await channel.closed)?.message).toBe(
        "channel.close 403 exchange.declare ACCESS_REFUSED - exchange name 'amq.mine' contains reserved prefix 'amq.*'",
      );
    });

    test('long names are fine', async () => {
      await declare(await broker.channel(), 'x'.repeat(255));
    });

    test('a refusal that would be too long is cut', async () => {
      const channel = await broker.channel();
      expect(await refusal(declare(channel, 'y'.repeat(255), { passive: true }))).toBe(
        `channel.close 404 exchange.declare NOT_FOUND - no exchange '${'y'.repeat(252 - 25)}...`,
      );
    });
  },
  VHOST,
);
