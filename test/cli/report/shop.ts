// A producer and a consumer with all that can become of a message: confirmed, returned, delivered, requeued, delivered
// again and acknowledged; and one that waits.

import type { Conversation } from '../../rig/conversation.ts';

export function shop(talk: Conversation): void {
  const producer = talk.connect({ name: 'web-shop' }).channel();
  producer.call('exchange.declare', { exchange: 'orders', type: 'topic', durable: true });
  producer.call('confirm.select');
  const consumer = talk.connect({ name: 'invoices' }).channel();
  consumer.call('queue.declare', { queue: 'eu', durable: true, arguments: { 'x-dead-letter-exchange': 'dead' } });
  consumer.call('queue.bind', { queue: 'eu', exchange: 'orders', routing_key: 'eu.#' });
  consumer.call('basic.qos', { prefetch_count: 10 });
  consumer.call('basic.consume', { queue: 'eu', consumer_tag: 'c1' });
  const first = { exchange: 'orders', routingKey: 'eu.cz', body: '{"id":1}', properties: { message_id: 'm-1' } };
  producer.publish(first);
  producer.confirm(1);
  consumer.deliver({ ...first, consumerTag: 'c1', deliveryTag: 1 });
  talk.wait(2);
  consumer.nack(1);
  consumer.deliver({ ...first, consumerTag: 'c1', deliveryTag: 2, redelivered: true });
  talk.wait(1500);
  consumer.ack(2);
  const lost = { exchange: 'orders', routingKey: 'us.ny', body: 'lost', properties: { message_id: 'm-2' } };
  producer.publish({ ...lost, mandatory: true });
  producer.return_(lost);
  producer.confirm(2);
  producer.publish({ exchange: 'orders', routingKey: 'eu.at', body: 'waits' });
}
