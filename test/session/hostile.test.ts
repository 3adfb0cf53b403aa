// Traffic that is made to be dear: what the session keeps stays bounded, and what it answers stays right.

import { describe, expect, test } from 'vitest';
import { FRAME_HEADER } from '../../src/protocol/frame.ts';
import { Session } from '../../src/session/session.ts';
import { Conversation } from '../rig/conversation.ts';
import type { PlainTable } from '../rig/conversation-speaker.ts';

const NAMES = 10_000;

function begin() {
  const talk = new Conversation();
  const session = new Session(talk.log, talk.connections, { findings: [] });
  const client = talk.connect();
  const state = (number = 1) => [...session.channels()].find((channel) => channel.number === number)!;
  return { session, client, channel: client.channel(1), state };
}

describe('delivery tags', () => {
  test('that are too large to count on are not waited for', () => {
    const { session, channel, state } = begin();
    for (const deliveryTag of [2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 2n, 2n ** 63n, 2n ** 64n - 1n]) {
      channel.deliver({ consumerTag: 'c', deliveryTag });
    }
    channel.ack(2n ** 53n, true);
    expect(session.failure).toBeUndefined();
    expect(state().delivered).toBe(5);
    expect(state().unacked.size).toBe(0);
  });

  test('that leap are found by those who settle them', () => {
    const { session, channel, state } = begin();
    const tags = Array.from({ length: 100 }, (_, index) => index * 65_000 + 1);
    const deliveries = tags.map((deliveryTag) => channel.deliver({ consumerTag: 'c', deliveryTag }));
    expect(state().unacked.size).toBe(100);
    expect(session.links.of(channel.ack(tags[7]!))).toMatchObject({ answers: deliveries[7], settles: 1 });
    expect(session.links.of(channel.ack(tags[7]! + 1))).toBeUndefined();
    expect(session.links.of(channel.ack(tags[99]!, true))).toMatchObject({ answers: deliveries[0], settles: 99 });
    expect(state().unacked.size).toBe(0);
  });

  test('that go back leave what waits counted', () => {
    const { session, channel, state } = begin();
    for (const deliveryTag of [5, 6, 7, 1, 2]) channel.deliver({ consumerTag: 'c', deliveryTag });
    expect(state().unacked).toMatchObject({ size: 5, counted: 3 });
    expect(session.links.of(channel.ack(2))).toMatchObject({ settles: 1 });
    channel.ack(0, true);
    expect(state().unacked.size).toBe(0);
  });
});

describe('names', () => {
  test('beyond the bound give way in the order in which they were deleted', () => {
    const { session, channel } = begin();
    const { topology } = session;
    for (let i = 0; i < NAMES; i++) channel.client('queue.declare', { queue: `q${i}`, nowait: true });
    channel.client('queue.declare', { queue: 'one too many', nowait: true });
    expect(topology).toMatchObject({ overflow: 1 });
    for (const queue of ['q9', 'q7', 'q8']) channel.client('queue.delete', { queue, nowait: true });
    channel.client('queue.declare', { queue: 'q9', nowait: true });
    for (const queue of ['new 1', 'new 2']) channel.client('queue.declare', { queue, nowait: true });
    expect(['q7', 'q8', 'q9', 'new 1', 'new 2'].filter((name) => topology.findQueue('/', name))).toEqual([
      'q9',
      'new 1',
      'new 2',
    ]);
    expect(topology.queues.size).toBe(NAMES);
  });

  test('of bindings go with either of their ends, and no others do', () => {
    const { session, channel } = begin();
    const { topology } = session;
    const bind = (exchange: string, queue: string, routing_key: string) =>
      channel.client('queue.bind', { exchange, queue, routing_key, nowait: true });
    bind('a', 'q', '1');
    bind('a', 'q', '2');
    bind('b', 'q', '1');
    bind('a', 'r', '1');
    channel.client('exchange.bind', { source: 'b', destination: 'a', nowait: true });
    channel.client('queue.delete', { queue: 'q', nowait: true });
    expect([...topology.bindingsOf('/', 'a')].map(({ destination }) => destination)).toEqual(['r']);
    expect([...topology.bindingsOf('/', 'b')].map(({ destination }) => destination)).toEqual(['a']);
    channel.client('exchange.delete', { exchange: 'a', nowait: true });
    expect(topology.bindings.size).toBe(0);
    expect(topology.past.size).toBe(5);
  });
});

describe('what a client asks for', () => {
  test('is kept without what no argument table has', () => {
    const { session, channel, state } = begin();
    const junk: { [name: string]: string | PlainTable } = { long: 'x'.repeat(1000), nested: { a: 1 } };
    for (let i = 0; i < 1000; i++) junk[`junk-${i}`] = 'x';
    const values = { arguments: { 'x-queue-type': 'quorum', ...junk } };
    channel.call('queue.declare', { queue: 'q', ...values });
    channel.client('queue.declare', { queue: 'unanswered', ...values });
    const kept = session.topology.findQueue('/', 'q')!.declared!.arguments;
    expect(kept).toHaveLength(50);
    expect(kept[0]).toEqual(['x-queue-type', { type: 'S', value: 'quorum' }]);
    expect(state().requests[0]!.decoded.arguments['arguments']).toHaveLength(50);
  });

  test('in transactions that never end is bounded, and let go with the channels', () => {
    const { session, channel, client, state } = begin();
    channel.call('tx.select');
    const other = client.channel(2);
    other.call('tx.select');
    for (let i = 0; i < 60_000; i++) channel.ack(1);
    for (let i = 0; i < 60_000; i++) other.ack(1);
    expect(state().pendingSettlements.length + state(2).pendingSettlements.length).toBe(100_000);
    expect(state(2).uncommitted).toBe(60_000);
    channel.call('channel.close');
    expect(state().pendingSettlements).toHaveLength(0);
    other.call('tx.rollback');
    other.ack(1);
    expect(state(2).pendingSettlements).toHaveLength(1);
    expect(session.failure).toBeUndefined();
  });
});

describe('a content header that is cut', () => {
  test('is no message, not even an empty one', () => {
    const { session, channel, state } = begin();
    channel.server('basic.deliver', { consumer_tag: 'c', delivery_tag: 1 });
    channel.frame('server', FRAME_HEADER, new Uint8Array([0, 60, 0, 0]));
    expect(state().delivered + state().got).toBe(0);
    expect(session.failure).toBeUndefined();
  });
});
