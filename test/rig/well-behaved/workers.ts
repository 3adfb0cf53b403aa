// Exemplary publishers, and workers that consume with acknowledgements. Counterpart: callers.ts, all others.

import { confirming, consuming, declareQuorumQueue, idle, leave, order, type WellBehaved } from './words.ts';

const confirmingPublisher: WellBehaved = {
  name: 'publisher that awaits its confirms, one at a time and by the batch',
  play(talk) {
    const [client, channel] = confirming(talk, 'order-entry');
    channel.call('exchange.declare', { exchange: 'shop', type: 'topic', durable: true });
    declareQuorumQueue(channel);
    channel.call('queue.bind', { queue: 'orders', exchange: 'shop', routing_key: 'order.#' });
    for (let tag = 1; tag <= 10; tag++) {
      channel.publish({ ...order(tag, 'order.eu'), exchange: 'shop', mandatory: true });
      talk.wait(2);
      channel.confirm(tag);
    }
    for (let tag = 11; tag <= 40; tag++) channel.publish({ ...order(tag, 'order.us'), exchange: 'shop' });
    channel.confirm(25, true);
    channel.confirm(27);
    channel.confirm(40, true);
    leave(client, channel);
  },
};

const consumerWithPrefetch: WellBehaved = {
  name: 'publisher and a consumer with a prefetch, which acknowledges each message',
  play(talk) {
    const [publisher, out] = confirming(talk, 'order-entry');
    declareQuorumQueue(out);
    const [consumer, inward] = consuming(talk, 'billing');
    for (let tag = 1; tag <= 120; tag++) {
      out.publish(order(tag));
      out.confirm(tag);
      inward.deliver({ ...order(tag), consumerTag: 'billing', deliveryTag: tag });
      talk.wait(5);
      inward.ack(tag);
    }
    leave(publisher, out);
    leave(consumer, inward, 'billing');
  },
};

const consumerInBatches: WellBehaved = {
  name: 'consumer that acknowledges whole batches with multiple',
  play(talk) {
    const [client, channel] = consuming(talk, 'warehouse', 30);
    for (let first = 1; first <= 90; first += 30) {
      for (let tag = first; tag < first + 30; tag++) {
        channel.deliver({ ...order(tag), consumerTag: 'warehouse', deliveryTag: tag });
      }
      talk.wait(40);
      channel.ack(first + 29, true);
    }
    leave(client, channel, 'warehouse');
  },
};

const workerThatRetries: WellBehaved = {
  name: 'worker that requeues a message once and then succeeds with it',
  play(talk) {
    const [client, channel] = consuming(talk, 'mailer', 5);
    for (let tag = 1; tag <= 5; tag++) {
      channel.deliver({ ...order(tag), consumerTag: 'mailer', deliveryTag: tag });
    }
    talk.wait(200);
    channel.ack(1);
    channel.nack(2);
    channel.deliver({ ...order(2), consumerTag: 'mailer', deliveryTag: 6, redelivered: true });
    for (const tag of [3, 4, 5]) channel.ack(tag);
    talk.wait(200);
    channel.ack(6);
    leave(client, channel, 'mailer');
  },
};

const slowWorker: WellBehaved = {
  name: 'worker that takes one long task at a time, with prefetch 1',
  play(talk) {
    const [client, channel] = consuming(talk, 'renderer', 1, 'films');
    for (let tag = 1; tag <= 8; tag++) {
      channel.deliver({ ...order(tag, 'films'), consumerTag: 'renderer', deliveryTag: tag });
      idle(talk, client, 3);
      channel.ack(tag);
    }
    leave(client, channel, 'renderer');
  },
};

const busyWorkers: WellBehaved = {
  name: 'worker with its prefetch always used up, which acknowledges a message every 30 s',
  play(talk) {
    const [client, channel] = consuming(talk, 'converter', 2, 'films');
    const deliver = (deliveryTag: number) =>
      channel.deliver({ ...order(deliveryTag, 'films'), consumerTag: 'converter', deliveryTag });
    deliver(1);
    for (let tag = 1; tag <= 10; tag++) {
      deliver(tag + 1);
      idle(talk, client, 0.5);
      channel.ack(tag);
    }
    channel.ack(11);
    leave(client, channel, 'converter');
  },
};

const deadLetters: WellBehaved = {
  name: 'worker that rejects what it cannot use, into a dead-letter queue that is read',
  play(talk) {
    const [client, channel] = confirming(talk, 'importer');
    const reading = client.channel();
    const dead = { 'x-queue-type': 'quorum', 'x-dead-letter-exchange': 'dead', 'x-delivery-limit': 3 };
    channel.call('exchange.declare', { exchange: 'dead', type: 'fanout', durable: true });
    declareQuorumQueue(channel, 'dead-letters');
    channel.call('queue.bind', { queue: 'dead-letters', exchange: 'dead' });
    channel.call('queue.declare', { queue: 'imports', durable: true, arguments: dead });
    reading.call('basic.qos', { prefetch_count: 20 });
    reading.call('basic.consume', { queue: 'imports', consumer_tag: 'imports' });
    reading.call('basic.consume', { queue: 'dead-letters', consumer_tag: 'dead' });
    channel.publish(order(1, 'imports'));
    channel.confirm(1);
    reading.deliver({ ...order(1, 'imports'), consumerTag: 'imports', deliveryTag: 1 });
    talk.wait(3);
    reading.reject(1, false);
    const message = order(1, 'imports');
    const death = { queue: 'imports', exchange: '', reason: 'rejected', count: 1n, 'routing-keys': ['imports'] };
    const headers = { 'x-death': [death], 'x-first-death-queue': 'imports', 'x-first-death-reason': 'rejected' };
    const properties = { ...message.properties, headers };
    reading.deliver({ ...message, exchange: 'dead', properties, consumerTag: 'dead', deliveryTag: 2 });
    reading.ack(2);
    reading.close();
    leave(client, channel);
  },
};

const waitsWhileBlocked: WellBehaved = {
  name: 'publisher that waits while the broker blocks its connection',
  play(talk) {
    const [client, channel] = confirming(talk, 'archive');
    declareQuorumQueue(channel, 'archive');
    channel.publish(order(1, 'archive'));
    channel.confirm(1);
    client.server('connection.blocked', { reason: 'low on disk' });
    idle(talk, client, 2);
    client.server('connection.unblocked');
    channel.publish(order(2, 'archive'));
    channel.confirm(2);
    leave(client, channel);
  },
};

export const WORKERS: readonly WellBehaved[] = [
  confirmingPublisher,
  consumerWithPrefetch,
  consumerInBatches,
  workerThatRetries,
  slowWorker,
  busyWorkers,
  deadLetters,
  waitsWhileBlocked,
];
