// Exemplary programs beside publishers and workers: remote procedure calls, subscribers, readers of streams, monitors, and
// a capture that began late. Counterpart: workers.ts.

import type { ConversationChannel } from '../conversation-channel.ts';
import { confirming, consuming, declareQuorumQueue, idle, leave, order, type WellBehaved } from './words.ts';

/** What a server of questions does with one. */
function answer(server: ConversationChannel, tag: number, replyTo: string, correlation_id: string): void {
  const request = { properties: { reply_to: replyTo, correlation_id, expiration: '5000' }, body: `${tag}` };
  server.deliver({ ...request, routingKey: 'factorise', consumerTag: 'mathematician', deliveryTag: tag });
  server.publish({ routingKey: replyTo, properties: { correlation_id }, body: `answer ${tag}` });
  server.ack(tag);
}

const callsWithReplyQueue: WellBehaved = {
  name: 'remote procedure call over a reply queue of its own',
  play(talk) {
    const [serving, server] = consuming(talk, 'mathematician', 10, 'factorise');
    const asking = talk.connect({ name: 'pupil', product: 'amqplib', version: '0.10.8' });
    const client = asking.channel();
    client.call('queue.declare', { exclusive: true, auto_delete: true }, { queue: 'amq.gen-pupil' });
    client.call('basic.consume', { queue: 'amq.gen-pupil', consumer_tag: 'replies', no_ack: true, exclusive: true });
    for (let tag = 1; tag <= 12; tag++) {
      const properties = { reply_to: 'amq.gen-pupil', correlation_id: `question-${tag}`, expiration: '5000' };
      client.publish({ routingKey: 'factorise', properties, body: `${tag}` });
      answer(server, tag, 'amq.gen-pupil', `question-${tag}`);
      const reply = { properties: { correlation_id: `question-${tag}` }, body: `answer ${tag}` };
      client.deliver({ ...reply, routingKey: 'amq.gen-pupil', consumerTag: 'replies', deliveryTag: tag });
      talk.wait(10);
    }
    leave(asking, client, 'replies');
    leave(serving, server, 'mathematician');
  },
};

const callsWithDirectReplyTo: WellBehaved = {
  name: 'remote procedure call over direct reply-to',
  play(talk) {
    const pseudoQueue = 'amq.rabbitmq.reply-to';
    const address = `${pseudoQueue}.g1h2AA9yZXBseUAxMjM0NTY3OAAAAAA.abcdefgh==`;
    const [serving, server] = consuming(talk, 'mathematician', 10, 'factorise');
    const asking = talk.connect({ name: 'pupil', product: 'rabbitmq-client', version: '5.0.5' });
    const client = asking.channel();
    client.call('basic.consume', { queue: pseudoQueue, consumer_tag: 'replies', no_ack: true });
    for (let tag = 1; tag <= 12; tag++) {
      const properties = { reply_to: pseudoQueue, correlation_id: `question-${tag}`, expiration: '5000' };
      client.publish({ routingKey: 'factorise', properties, body: `${tag}` });
      answer(server, tag, address, `question-${tag}`);
      const reply = { properties: { correlation_id: `question-${tag}` }, body: `answer ${tag}` };
      client.deliver({ ...reply, routingKey: address, consumerTag: 'replies', deliveryTag: tag });
      talk.wait(10);
    }
    leave(asking, client, 'replies');
    leave(serving, server, 'mathematician');
  },
};

const subscriber: WellBehaved = {
  name: 'publisher of fleeting news and a subscriber with a queue of its own, without acknowledgements',
  play(talk) {
    const reporting = talk.connect({ name: 'weather-station' });
    const out = reporting.channel();
    out.call('exchange.declare', { exchange: 'weather', type: 'fanout', durable: true });
    const watching = talk.connect({ name: 'weather-board', product: 'Bunny', version: '2.19.0' });
    const inward = watching.channel();
    inward.call('queue.declare', { exclusive: true, auto_delete: true }, { queue: 'amq.gen-board' });
    inward.call('queue.bind', { queue: 'amq.gen-board', exchange: 'weather' });
    inward.call('basic.consume', { queue: 'amq.gen-board', consumer_tag: 'board', no_ack: true });
    for (let tag = 1; tag <= 20; tag++) {
      const news = { exchange: 'weather', properties: { content_type: 'text/plain' }, body: `${tag} degrees` };
      out.publish(news);
      inward.deliver({ ...news, consumerTag: 'board', deliveryTag: tag });
      talk.wait(1000);
    }
    leave(reporting, out);
    leave(watching, inward, 'board');
  },
};

const streamReader: WellBehaved = {
  name: 'reader of a stream from its beginning',
  play(talk) {
    const client = talk.connect({ name: 'auditor' });
    const channel = client.channel();
    const stream = { 'x-queue-type': 'stream', 'x-max-age': '7D' };
    channel.call('queue.declare', { queue: 'audit', durable: true, arguments: stream });
    channel.call('basic.qos', { prefetch_count: 100 });
    const arguments_ = { 'x-stream-offset': 'first' };
    channel.call('basic.consume', { queue: 'audit', consumer_tag: 'auditor', arguments: arguments_ });
    for (let tag = 1; tag <= 200; tag++) {
      const message = order(tag, 'audit');
      const properties = { ...message.properties, headers: { 'x-stream-offset': BigInt(tag - 1) } };
      channel.deliver({ ...message, properties, consumerTag: 'auditor', deliveryTag: tag });
      channel.ack(tag);
    }
    leave(client, channel, 'auditor');
  },
};

const passiveChecks: WellBehaved = {
  name: 'monitor that looks at queues with passive declares now and then',
  play(talk) {
    const client = talk.connect({ name: 'monitor' });
    const channel = client.channel();
    for (let round = 0; round < 5; round++) {
      for (const queue of ['orders', 'imports', 'films']) {
        const counts = { message_count: 10 * round, consumer_count: 2 };
        channel.call('queue.declare', { queue, passive: true }, counts);
      }
      channel.call('exchange.declare', { exchange: 'shop', passive: true });
      idle(talk, client, 1);
    }
    leave(client, channel);
  },
};

const rarePolling: WellBehaved = {
  name: 'nightly job that gets what there is, and asks rarely',
  play(talk) {
    const client = talk.connect({ name: 'nightly' });
    const channel = client.channel();
    for (let tag = 1; tag <= 4; tag++) {
      channel.client('basic.get', { queue: 'reports' });
      channel.getOk({ ...order(tag, 'reports'), deliveryTag: tag, messageCount: 4 - tag });
      talk.wait(20);
      channel.ack(tag);
    }
    channel.call('basic.get', { queue: 'reports' });
    idle(talk, client, 5);
    channel.call('basic.get', { queue: 'reports' });
    leave(client, channel);
  },
};

const sameDeclarations: WellBehaved = {
  name: 'pair of programs that declare the same queue with the same arguments',
  play(talk) {
    const [first, one] = confirming(talk, 'first');
    const [second, other] = confirming(talk, 'second');
    for (const channel of [one, other, one, other]) declareQuorumQueue(channel);
    one.publish(order(1));
    other.publish(order(2));
    one.confirm(1);
    other.confirm(1);
    leave(first, one);
    leave(second, other);
  },
};

const oneShot: WellBehaved = {
  name: 'command that publishes one message and leaves',
  play(talk) {
    const [client, channel] = confirming(talk, 'deploy-hook');
    channel.publish({ ...order(1), mandatory: true });
    channel.confirm(1);
    leave(client, channel);
  },
};

const manyChannels: WellBehaved = {
  name: 'service that publishes on one channel and consumes on others of one connection',
  play(talk) {
    const [client, out] = confirming(talk, 'hub');
    const inward = ['red', 'blue'].map((queue) => {
      const channel = client.channel();
      declareQuorumQueue(channel, queue);
      channel.call('basic.qos', { prefetch_count: 20 });
      channel.call('basic.consume', { queue, consumer_tag: queue });
      return channel;
    });
    for (let number = 1; number <= 20; number++) {
      const queue = number % 2 === 1 ? 'red' : 'blue';
      const deliveryTag = Math.ceil(number / 2);
      const channel = inward[(number + 1) % 2]!;
      out.publish(order(number, queue));
      channel.deliver({ ...order(number, queue), consumerTag: queue, deliveryTag });
      out.confirm(number);
      talk.wait(4);
      channel.ack(deliveryTag);
    }
    for (const channel of inward) channel.close();
    leave(client, out);
  },
};

const idleForHours: WellBehaved = {
  name: 'consumer that waits two hours for a message, with heartbeats',
  play(talk) {
    const [client, channel] = consuming(talk, 'patient');
    idle(talk, client, 120);
    channel.deliver({ ...order(1), consumerTag: 'patient', deliveryTag: 1 });
    channel.ack(1);
    leave(client, channel, 'patient');
  },
};

const missedBeginning: WellBehaved = {
  name: 'capture that began in mid-connection: settlements of what was not seen',
  play(talk) {
    const publishing = talk.connect({ midway: true });
    const out = publishing.channel();
    out.confirm(17, true);
    out.publish(order(18));
    out.confirm(18);
    const working = talk.connect({ midway: true });
    const inward = working.channel();
    inward.ack(40);
    inward.deliver({ ...order(18), consumerTag: 'unseen', deliveryTag: 44 });
    inward.nack(43, { requeue: false });
    inward.ack(44, true);
    leave(publishing, out);
    leave(working, inward, 'unseen');
  },
};

export const CALLERS: readonly WellBehaved[] = [
  callsWithReplyQueue,
  callsWithDirectReplyTo,
  subscriber,
  streamReader,
  passiveChecks,
  rarePolling,
  sameDeclarations,
  oneShot,
  manyChannels,
  idleForHours,
  missedBeginning,
];
