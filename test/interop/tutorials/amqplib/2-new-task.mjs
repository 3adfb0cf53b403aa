// Tutorial 2, work queues: puts a task on the queue, to be done by one of the workers. Each dot is a moment of work.
//   node 2-new-task.mjs 'wash the dishes...'

import { connect } from 'amqplib';

const task = process.argv[2] ?? 'wash the dishes...';
const connection = await connect(process.env.AMQP_URL ?? 'amqp://localhost');
const channel = await connection.createChannel();

// A durable queue and persistent messages: the task outlives a restart of the broker.
await channel.assertQueue('tasks', { durable: true });
channel.sendToQueue('tasks', Buffer.from(task), { persistent: true });
console.log(`queued: ${task}`);

await channel.close();
await connection.close();
