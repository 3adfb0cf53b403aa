// Consumes orders as one should: at most 50 at a time, each acknowledged once it is done.
//   node consumer.mjs amqp://localhost 100

import { Connection } from 'rabbitmq-client';

const [url, count] = [process.argv[2], Number(process.argv[3] ?? 100)];
const connection = new Connection({ url, connectionName: 'billing' });

let total = 0;
let done = 0;
await new Promise((resolve) => {
  const consumer = connection.createConsumer(
    {
      queue: 'orders',
      queueOptions: { durable: true, arguments: { 'x-queue-type': 'quorum' } },
      qos: { prefetchCount: 50 },
    },
    async ({ body }) => {
      total += body.order;
      done++;
      if (done === count) consumer.close().then(resolve); // what is being done is acknowledged before
    },
  );
});
console.log(`consumed ${done}, numbers add up to ${total}`);
await connection.close();
