// Tutorial 2, work queues: does tasks, one at a time. Start as many workers as you like. Ctrl-C ends it.
//   node 2-worker.mjs

import { setTimeout as wait } from 'node:timers/promises';
import { connect } from 'amqplib';

const connection = await connect(process.env.AMQP_URL ?? 'amqp://localhost');
const channel = await connection.createChannel();
// The channel first: its last acknowledgement leaves before that.
process.once('SIGINT', () => channel.close().then(() => connection.close()));

await channel.assertQueue('tasks', { durable: true });
await channel.prefetch(1); // no further task before this one is done: it goes to a worker who is free
await channel.consume('tasks', async (message) => {
  const task = message.content.toString();
  console.log(`started: ${task}`);
  await wait(200 * task.split('.').length);
  console.log(`done: ${task}`);
  channel.ack(message); // only now is it off the queue: if this worker dies before, another gets the task
});
console.log('waiting for tasks');
