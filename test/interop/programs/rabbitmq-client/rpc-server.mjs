// Answers so many questions, then leaves.
//   node rpc-server.mjs amqp://localhost 10

import { Connection } from 'rabbitmq-client';

const [url, count] = [process.argv[2], Number(process.argv[3] ?? 10)];
const connection = new Connection({ url, connectionName: 'squares-server' });

let answered = 0;
await new Promise((resolve) => {
  const consumer = connection.createConsumer(
    {
      queue: 'squares',
      queueOptions: { durable: true, arguments: { 'x-queue-type': 'quorum' } },
      qos: { prefetchCount: 10 },
    },
    async ({ body }, reply) => {
      await reply(`${Number(body) ** 2}`);
      answered++;
      if (answered === count) consumer.close().then(resolve);
    },
  );
});
console.log(`answered ${answered}`);
await connection.close();
