// Tutorial 2, work queues: puts a task on the queue, to be done by one of the workers. Each dot is a moment of work.
//   node 2-new-task.mjs 'wash the dishes...'

import { Connection } from 'rabbitmq-client';

const task = process.argv[2] ?? 'wash the dishes...';
const connection = new Connection(process.env.AMQP_URL ?? 'amqp://localhost');
// A durable queue and durable messages: the task outlives a restart of the broker.
const publisher = connection.createPublisher({ queues: [{ queue: 'tasks', durable: true }] });

await publisher.send({ routingKey: 'tasks', durable: true }, task);
console.log(`queued: ${task}`);

await publisher.close();
await connection.close();
