// Tutorial 3, publish/subscribe: prints the news from now on. Ctrl-C ends it.
//   node 3-read-news.mjs

import { Connection } from 'rabbitmq-client';

const connection = new Connection(process.env.AMQP_URL ?? 'amqp://localhost');
const consumer = connection.createConsumer(
  {
    queue: '', // a queue of our own: the broker makes up its name, and deletes it when we leave
    queueOptions: { exclusive: true },
    exchanges: [{ exchange: 'news', type: 'fanout' }],
    queueBindings: [{ exchange: 'news' }],
    noAck: true,
  },
  ({ body }) => console.log(`read: ${body}`),
);
consumer.on('ready', () => console.log('waiting for news'));
process.once('SIGINT', () => consumer.close().then(() => connection.close()));
