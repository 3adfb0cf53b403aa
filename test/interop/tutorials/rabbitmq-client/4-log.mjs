// Tutorial 4, routing: logs a line with its severity as the routing key.
//   node 4-log.mjs error 'The disk is full'

import { Connection } from 'rabbitmq-client';

const [severity = 'info', line = 'All is well'] = process.argv.slice(2);
const connection = new Connection(process.env.AMQP_URL ?? 'amqp://localhost');
const publisher = connection.createPublisher({ exchanges: [{ exchange: 'logs', type: 'direct' }] });

await publisher.send({ exchange: 'logs', routingKey: severity }, line);
console.log(`logged ${severity}: ${line}`);

await publisher.close();
await connection.close();
