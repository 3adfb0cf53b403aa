// Tutorial 1, hello world: prints the messages of a queue as they come. Ctrl-C ends it.
//   node 1-receive.mjs

import { Connection } from 'rabbitmq-client';

const connection = new Connection(process.env.AMQP_URL ?? 'amqp://localhost');
const consumer = connection.createConsumer(
  { queue: 'hello', queueOptions: { durable: true }, noAck: true },
  ({ body }) => console.log(`received: ${body}`),
);
consumer.on('ready', () => console.log('waiting for messages'));
process.once('SIGINT', () => consumer.close().then(() => connection.close()));
