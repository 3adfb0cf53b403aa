// Tutorial 4, routing: prints the log lines of the severities that it is told. Ctrl-C ends it.
//   node 4-watch-logs.mjs warning error

import { Connection } from 'rabbitmq-client';

const severities = process.argv.slice(2);
const connection = new Connection(process.env.AMQP_URL ?? 'amqp://localhost');
const consumer = connection.createConsumer(
  {
    queue: '',
    queueOptions: { exclusive: true },
    exchanges: [{ exchange: 'logs', type: 'direct' }],
    queueBindings: severities.map((routingKey) => ({ exchange: 'logs', routingKey })), // a binding for each
    noAck: true,
  },
  ({ routingKey, body }) => console.log(`${routingKey}: ${body}`),
);
consumer.on('ready', () => console.log(`watching for ${severities.join(', ')}`));
process.once('SIGINT', () => consumer.close().then(() => connection.close()));
