// A story for the API's tests: a publisher and a worker, their session, and an API that tells of them.
// Counterpart of traffic.ts, which has frames only.

import { defineFinding } from '../../src/session/finding.ts';
import { Session } from '../../src/session/session.ts';
import { Conversation } from '../rig/conversation.ts';
import { openApi } from './api-client.ts';

/** Reports every return, one a routing key. */
export const UNROUTED = defineFinding({
  id: 'unrouted',
  severity: 'warning',
  title: 'A message went nowhere',
  explanation: 'No queue was bound.',
  advice: 'Bind a queue.',
  watch: ({ report }) => ({
    returned: (channel, { routingKey, record, time }) =>
      report({
        connection: channel.connection,
        channel,
        subject: routingKey,
        text: `'${routingKey}' has no queue`,
        evidence: [record],
        time,
      }),
  }),
});

/** Two connections and nothing on them yet. */
export async function beginStory() {
  const talk = new Conversation();
  const session = new Session(talk.log, talk.connections, { findings: [UNROUTED] });
  const publisher = talk.connect({ name: 'shop', tls: true });
  const worker = talk.connect({ name: 'worker', product: 'hare', version: '2', user: 'bob' });
  const api = await openApi(talk, { session });
  return { talk, session, publisher, worker, api };
}

/**
 * The shop publishes three orders in confirm mode: the first is delivered, refused, delivered again and acked; the
 * second waits for its ack; the third comes back. Ids of the records are given.
 */
export async function tellStory() {
  const story = await beginStory();
  const work = story.worker.channel(3);
  work.call('exchange.declare', { exchange: 'orders', type: 'topic', durable: true });
  const declared = work.call(
    'queue.declare',
    { queue: 'invoices', durable: true, arguments: { 'x-max-length': 100 } },
    { message_count: 5 },
  );
  work.call('queue.bind', { queue: 'invoices', exchange: 'orders', routing_key: 'eu.*' });
  work.call('basic.qos', { prefetch_count: 10 });
  work.call('basic.consume', { queue: 'invoices', consumer_tag: 'clerk', arguments: { 'x-priority': 1 } });
  const shop = story.publisher.channel();
  shop.call('confirm.select');
  const order = (body: string, messageId: string) => ({
    exchange: 'orders',
    routingKey: 'eu.de',
    body,
    properties: { message_id: messageId, content_type: 'application/json' },
  });
  const first = order('{"total":100}', 'm-1');
  const second = order('{"total":7}', 'm-2');
  const published = [shop.publish(first), shop.publish(second)];
  const confirmed = shop.confirm(2, true);
  const tag = { consumerTag: 'clerk' };
  const delivered = [
    work.deliver({ ...first, ...tag, deliveryTag: 1 }),
    work.deliver({ ...second, ...tag, deliveryTag: 2 }),
  ];
  const refused = work.reject(1);
  const again = work.deliver({ ...first, ...tag, deliveryTag: 3, redelivered: true });
  const acked = work.ack(3);
  const lost = { exchange: 'orders', routingKey: 'us', properties: { message_id: 'm-3' } };
  const publishedLost = shop.publish({ ...lost, mandatory: true });
  const returned = shop.return_(lost);
  return {
    ...story,
    work,
    shop,
    declared,
    published,
    confirmed,
    delivered,
    refused,
    again,
    acked,
    publishedLost,
    returned,
  };
}
