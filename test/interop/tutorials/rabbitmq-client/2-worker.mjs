// Tutorial 2, work queues: does tasks, one at a time. Start as many workers as you like. Ctrl-C ends it.
//   node 2-worker.mjs

import { setTimeout as wait } from 'node:timers/promises';
import { Connection } from 'rabbitmq-client';

const connection = new Connection(process.env.AMQP_URL ?? 'amqp://localhost');
const consumer = connection.createConsumer(
  // Prefetch 1: no further task before this one is done; it goes to a worker who is free.
  { queue: 'tasks', queueOptions: { durable: true }, qos: { prefetchCount: 1 } },
  async ({ body }) => {
    const task = `${body}`;
    console.log(`started: ${task}`);
    await wait(200 * task.split('.').length);
    console.log(`done: ${task}`);
    // The client acknowledges when we return. If this worker dies before, another gets the task.
  },
);
consumer.on('ready', () => console.log('waiting for tasks'));
process.once('SIGINT', () => consumer.close().then(() => connection.close()));
