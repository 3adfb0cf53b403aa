// Tutorial 5, topics: prints reports whose topics match any of the patterns. Ctrl-C ends it.
// In a pattern * stands for one word, # for any number of words, also none.
//   node 5-watch-weather.mjs 'europe.#' '*.*.storm'

import { Connection } from 'rabbitmq-client';

const patterns = process.argv.slice(2);
const connection = new Connection(process.env.AMQP_URL ?? 'amqp://localhost');
const consumer = connection.createConsumer(
  {
    queue: '',
    queueOptions: { exclusive: true },
    exchanges: [{ exchange: 'weather', type: 'topic' }],
    queueBindings: patterns.map((routingKey) => ({ exchange: 'weather', routingKey })),
    noAck: true,
  },
  // A report that several patterns match still comes once.
  ({ routingKey, body }) => console.log(`${routingKey}: ${body}`),
);
consumer.on('ready', () => console.log(`watching ${patterns.join(', ')}`));
process.once('SIGINT', () => consumer.close().then(() => connection.close()));
