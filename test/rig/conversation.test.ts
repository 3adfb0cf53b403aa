// What conversations leave in the log: whole frames that decode, at the times and under the ids that were told.

import { describe, expect, it } from 'vitest';
import { Cursor } from '../../src/log/cursor.ts';
import type { LogEvent } from '../../src/log/frame-event.ts';
import { type Command, CommandAssembler } from '../../src/session/command-assembler.ts';
import { eventsOf } from '../log/records.ts';
import { CONVERSATION_START, Conversation } from './conversation.ts';

/** What happened, in short; ids that lack show as holes. */
function told(talk: Conversation, from = 1): string[] {
  return eventsOf(talk.log, from).map((event) => {
    const arrow = 'direction' in event ? (event.direction === 'client-to-server' ? '>' : '<') : '-';
    const channel = 'channel' in event ? ` ${event.channel}` : '';
    return `${event.id} ${arrow}${channel} ${event.type === 'method' ? event.method : event.type}`;
  });
}

function event(talk: Conversation, id: number): LogEvent & { readonly [name: string]: unknown } {
  return eventsOf(talk.log, id)[0] as LogEvent & { readonly [name: string]: unknown };
}

function commandsOf(talk: Conversation): Command[] {
  const commands: Command[] = [];
  const assembler = new CommandAssembler((command) => commands.push(command));
  for (const cursor = new Cursor(talk.log, 1); cursor.next(); ) assembler.record(cursor);
  expect(assembler.pending).toBe(0);
  return commands;
}

describe('a conversation', () => {
  it('begins as a proxied connection does, and ends so', () => {
    const talk = new Conversation();
    const client = talk.connect({ product: 'bunny', name: 'invoices', user: 'alice', vhost: 'shop', heartbeat: 10 });
    const channel = client.channel();
    channel.close();
    client.close();
    expect(told(talk)).toEqual([
      '1 - connection.opened',
      '2 > protocol-header',
      '3 < 0 connection.start',
      '4 > 0 connection.start-ok',
      '5 < 0 connection.tune',
      '6 > 0 connection.tune-ok',
      '7 > 0 connection.open',
      '8 < 0 connection.open-ok',
      '9 > 1 channel.open',
      '10 < 1 channel.open-ok',
      '11 > 1 channel.close',
      '12 < 1 channel.close-ok',
      '13 > 0 connection.close',
      '14 < 0 connection.close-ok',
      '15 - connection.closed',
    ]);
    expect(talk.connections.get(1)).toMatchObject({
      ...{ name: 'invoices', clientProduct: 'bunny', user: 'alice', virtualHost: 'shop', heartbeat: 10 },
      ...{ state: 'closed', closeReason: 'client closed: 200 Goodbye', closedAt: talk.time },
    });
    const { bytes_from_client, bytes_from_server } = event(talk, 15);
    expect({ bytes_from_client, bytes_from_server }).toEqual({
      bytes_from_client: talk.connections.get(1)!.fromClient.bytes,
      bytes_from_server: talk.connections.get(1)!.fromServer.bytes,
    });
  });

  it('answers calls with what they asked for', () => {
    const talk = new Conversation();
    const channel = talk.connect().channel();
    const named = channel.call(
      'queue.declare',
      { queue: 'q', arguments: { 'x-max-length': 10 } },
      { message_count: 3 },
    );
    const unnamed = channel.call('queue.declare', { exclusive: true });
    channel.call('queue.declare', { queue: 'r', nowait: true });
    const get = channel.call('basic.get', { queue: 'q' });
    expect(event(talk, named)).toMatchObject({ arguments: { queue: 'q', arguments: { 'x-max-length': 10 } } });
    expect(event(talk, named + 1)).toMatchObject({ arguments: { queue: 'q', message_count: 3, consumer_count: 0 } });
    expect(event(talk, unnamed + 1)).toMatchObject({ arguments: { queue: 'amq.gen-1' } });
    expect(told(talk, get)).toEqual([`${get} > 1 basic.get`, `${get + 1} < 1 basic.get-empty`]);
    expect(get).toBe(unnamed + 3);
  });

  it('carries messages both ways, their bodies split by frame-max', () => {
    const talk = new Conversation();
    const channel = talk.connect({ frameMax: 4096 }).channel();
    const properties = { message_id: 'm1', headers: { tries: 2 } };
    const ids = [
      channel.publish({ exchange: 'orders', routingKey: 'eu', mandatory: true, properties, body: 'x'.repeat(5000) }),
      channel.confirm(1),
      channel.return_({ exchange: 'orders', routingKey: 'eu', body: '' }),
      channel.deliver({ consumerTag: 'c', deliveryTag: 1, redelivered: true, routingKey: 'q' }),
      channel.getOk({ deliveryTag: 2n, messageCount: 7, routingKey: 'q' }),
      channel.ack(2, true),
    ];
    const commands = commandsOf(talk).filter(({ name }) => name?.startsWith('basic.'));
    expect(commands.map(({ firstId }) => firstId)).toEqual(ids);
    expect(commands.map(({ name, frames, problem }) => [name, frames, problem])).toEqual([
      ['basic.publish', 4, undefined],
      ['basic.ack', 1, undefined],
      ['basic.return', 2, undefined],
      ['basic.deliver', 3, undefined],
      ['basic.get-ok', 3, undefined],
      ['basic.ack', 1, undefined],
    ]);
    expect(commands[0]).toMatchObject({ direction: 0, channel: 1, bodySize: 5000 });
    expect(commands[0]!.header!.properties).toEqual({
      message_id: 'm1',
      headers: [['tries', { type: 'I', value: 2 }]],
    });
    expect(commands[3]!.method!.arguments).toMatchObject({ delivery_tag: 1n, redelivered: true, consumer_tag: 'c' });
    expect(commands[5]).toMatchObject({ direction: 0, method: { arguments: { delivery_tag: 2n, multiple: true } } });
  });

  it('moves the clock by a step a write, and by what is waited', () => {
    const talk = new Conversation({ step: 10 });
    const client = talk.connect();
    const start = talk.time;
    expect(start).toBe(CONVERSATION_START + 80);
    const first = client.heartbeat('client');
    talk.wait(30_000);
    const second = client.heartbeat('server');
    const times = eventsOf(talk.log, first).map((event) => Date.parse(event.time));
    expect(times[1]! - times[0]!).toBe(30_000);
    expect(talk.time - start).toBe(20 + 30_000_000);
    expect(second).toBe(first + 1);
  });

  it('can begin before the capture does, break off, or end in an error', () => {
    const talk = new Conversation();
    const midway = talk.connect({ midway: true });
    const ack = midway.channel(3).ack(7);
    expect(told(talk)).toEqual(['1 - connection.opened', '2 > 3 basic.ack']);
    expect(ack).toBe(2);
    const refused = talk.connect({ until: 'connection.start-ok' });
    refused.server('connection.close', { reply_code: 403, reply_text: 'ACCESS_REFUSED' });
    const lost = refused.cut('server', 'reset');
    expect(event(talk, lost)).toMatchObject({ type: 'connection.closed', by: 'server', how: 'reset' });
    const client = talk.connect();
    const closed = client.channel().closeByServer(404, "NOT_FOUND - no queue 'q' in vhost '/'", 'queue.declare');
    expect(event(talk, closed)).toMatchObject({ arguments: { reply_code: 404, class_id: 50, method_id: 10 } });
    client.closeByServer(320, 'CONNECTION_FORCED');
    expect(talk.connections.get(client.id)).toMatchObject({ closeReason: 'server closed: 320 CONNECTION_FORCED' });
    expect(talk.connections.open).toBe(1);
  });
});
