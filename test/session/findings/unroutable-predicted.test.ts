// When nothing is said of where a publish leads, though the whole topology was seen.

import { expect, it } from 'vitest';
import type { ConversationChannel } from '../../rig/conversation-channel.ts';
import { sessionOf } from '../../rig/finding-fixture.ts';

/** Whether the finding is made of what a channel did last. */
function isPredicted(play: (channel: ConversationChannel, wait: (ms: number) => void) => void, seesAll = true) {
  const { session } = sessionOf({
    seesAll,
    play(talk) {
      const client = talk.connect({ name: 'app' });
      play(client.channel(), (ms) => talk.wait(ms));
      client.close();
    },
  });
  expect(session.failure).toBeUndefined();
  return session.findings.list().some(({ definition }) => definition.id === 'unroutable-predicted');
}

function exchange(channel: ConversationChannel, name: string, type: string, values = {}): void {
  channel.call('exchange.declare', { exchange: name, type, arguments: values });
}

it('where nothing leads it is predicted', () => {
  expect(isPredicted((channel) => channel.publish({ routingKey: 'q' }))).toBe(true);
  expect(isPredicted((channel) => channel.publish({ exchange: 'amq.topic', routingKey: 'q' }))).toBe(true);
  expect(isPredicted((channel) => channel.publish({ routingKey: 'q', properties: { headers: {} } }))).toBe(true);
});

const SILENT: readonly [string, Parameters<typeof isPredicted>[0]][] = [
  ['is mandatory', (channel) => channel.publish({ routingKey: 'q', mandatory: true })],
  [
    'goes to a queue that is declared later',
    (channel, wait) => {
      channel.publish({ routingKey: 'q' });
      channel.call('queue.declare', { queue: 'q' });
      wait(5000);
    },
  ],
  [
    'went to a queue that is deleted later',
    (channel, wait) => {
      channel.call('queue.declare', { queue: 'q' });
      channel.publish({ routingKey: 'q' });
      channel.call('queue.delete', { queue: 'q' });
      wait(5000);
    },
  ],
  [
    'goes to an exclusive queue, which goes with its connection',
    (channel) => {
      channel.call('queue.declare', { queue: 'q', exclusive: true });
      channel.publish({ routingKey: 'q' });
    },
  ],
  ['goes to the exchange of another', (channel) => channel.publish({ exchange: 'x', routingKey: 'q' })],
  [
    'has an alternate exchange',
    (channel) => {
      exchange(channel, 'x', 'direct', { 'alternate-exchange': 'y' });
      channel.publish({ exchange: 'x', routingKey: 'q' });
    },
  ],
  ['goes by headers', (channel) => channel.publish({ exchange: 'amq.headers', routingKey: 'q' })],
  [
    'goes to an exchange of a plugin',
    (channel) => {
      exchange(channel, 'x', 'x-random');
      channel.publish({ exchange: 'x', routingKey: 'q' });
    },
  ],
  [
    'goes on to an exchange of a plugin',
    (channel) => {
      exchange(channel, 'x', 'fanout');
      exchange(channel, 'y', 'x-random');
      channel.call('exchange.bind', { source: 'x', destination: 'y' });
      channel.publish({ exchange: 'x', routingKey: 'q' });
    },
  ],
  [
    'has headers, which may name more routing keys',
    (channel) => channel.publish({ routingKey: 'q', properties: { headers: { CC: ['r'] } } }),
  ],
  ['answers through direct reply-to', (channel) => channel.publish({ routingKey: 'amq.rabbitmq.reply-to.g1h2' })],
];

it.each(SILENT)('nothing is said of a message that %s', (_name, play) => {
  expect(isPredicted(play)).toBe(false);
});

it('nothing is said where there may be more than was seen', () => {
  expect(isPredicted((channel) => channel.publish({ routingKey: 'q' }), false)).toBe(false);
});
