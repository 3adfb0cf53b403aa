import { describe, expect, it } from 'vitest';
import { queuesReached } from '../../src/session/routes.ts';
import { Session } from '../../src/session/session.ts';
import { Conversation } from '../rig/conversation.ts';
import type { ConversationChannel } from '../rig/conversation-channel.ts';

/** The names of the queues that are known to get a message, after what the channel did. */
function reached(play: (channel: ConversationChannel) => void, exchange: string, routingKey: string): string[] {
  const talk = new Conversation();
  const { topology } = new Session(talk.log, talk.connections);
  play(talk.connect().channel());
  return queuesReached(topology, '/', exchange, routingKey).map(({ name }) => name);
}

function bound(type: string, ...keys: string[]) {
  return (channel: ConversationChannel) => {
    channel.call('exchange.declare', { exchange: 'x', type });
    for (const key of keys) {
      channel.call('queue.declare', { queue: key || 'empty' });
      channel.call('queue.bind', { queue: key || 'empty', exchange: 'x', routing_key: key });
    }
  };
}

describe('a message reaches', () => {
  it('the queue of its routing key, from the default exchange, while there is one', () => {
    expect(reached((channel) => channel.call('queue.declare', { queue: 'q' }), '', 'q')).toEqual(['q']);
    expect(reached(() => {}, '', 'q')).toEqual([]);
    const gone = (channel: ConversationChannel) => {
      channel.call('queue.declare', { queue: 'q' });
      channel.call('queue.delete', { queue: 'q' });
    };
    expect(reached(gone, '', 'q')).toEqual([]);
  });

  it('all queues of a fanout exchange, and those with its very key of a direct one', () => {
    expect(reached(bound('fanout', 'a', 'b'), 'x', 'c')).toEqual(['a', 'b']);
    expect(reached(bound('direct', 'a', 'b'), 'x', 'b')).toEqual(['b']);
  });

  it.each([
    ['a.b', ['a.b', 'a.*', '*.b', 'a.#', '#', '#.b', 'a.#.b'], ['a', '*', 'a.b.c', 'a.*.b', '']],
    ['a', ['a', '*', '#', 'a.#', '#.a', '#.#'], ['a.*', '*.a', '*.*']],
    ['', ['#', ''], ['a']],
    ['a.b.c.d', ['a.#.d', '#.c.*', '*.*.#'], ['a.*.d', '#.c', '*.*']],
  ])('with key %j, the queues of a topic exchange with %j, and not those with %j', (key, taken, others) => {
    const names = taken.map((name) => name || 'empty');
    expect(reached(bound('topic', ...taken, ...others), 'x', key)).toEqual(names);
  });

  it('queues behind other exchanges, once, and in spite of circles', () => {
    const play = (channel: ConversationChannel) => {
      bound('fanout', 'q')(channel);
      channel.call('exchange.declare', { exchange: 'y', type: 'direct' });
      channel.call('exchange.bind', { source: 'x', destination: 'y' });
      channel.call('exchange.bind', { source: 'y', destination: 'x', routing_key: 'k' });
      channel.call('queue.declare', { queue: 'r' });
      channel.call('queue.bind', { queue: 'r', exchange: 'y', routing_key: 'k' });
    };
    expect(reached(play, 'x', 'k')).toEqual(['q', 'r']);
    expect(reached(play, 'x', 'other')).toEqual(['q']);
  });

  it('nothing for certain, where a type decides by more than the key, or is not known', () => {
    expect(reached(bound('headers', 'a'), 'x', 'a')).toEqual([]);
    const unseen = (channel: ConversationChannel) => channel.call('queue.bind', { queue: 'q', exchange: 'unseen' });
    expect(reached(unseen, 'unseen', '')).toEqual([]);
  });

  it('through a predeclared exchange, whose type its name says', () => {
    const play = (channel: ConversationChannel) => {
      channel.call('queue.declare', { queue: 'q' });
      channel.call('queue.bind', { queue: 'q', exchange: 'amq.topic', routing_key: 'eu.#' });
    };
    expect(reached(play, 'amq.topic', 'eu.cz')).toEqual(['q']);
  });
});
