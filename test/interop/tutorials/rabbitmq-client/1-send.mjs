// Tutorial 1, hello world: sends one message to a queue.
//   node 1-send.mjs [text]

import { Connection } from 'rabbitmq-client';

const text = process.argv[2] ?? 'Hello, world!';
const connection = new Connection(process.env.AMQP_URL ?? 'amqp://localhost');
const publisher = connection.createPublisher({ queues: [{ queue: 'hello', durable: true }] });

await publisher.send('hello', text);
console.log(`sent: ${text}`);

await publisher.close();
await connection.close();
