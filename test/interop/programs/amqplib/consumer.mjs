// Consumes orders as one should: at most 50 at a time, each acknowledged once it is done.
//   node consumer.mjs amqp://localhost 100

import { connect } from 'amqplib';

const [url, count] = [process.argv[2], Number(process.argv[3] ?? 100)];
const connection = await connect(url, { clientProperties: { connection_name: 'billing' } });
const channel = await connection.createChannel();
await channel.assertQueue('orders', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
await channel.prefetch(50);

let total = 0;
let done = 0;
await new Promise((resolve) =>
  channel.consume(
    'orders',
    (message) => {
      total += JSON.parse(message.content).order;
      channel.ack(message);
      done++;
      if (done === count) resolve();
    },
    { consumerTag: 'billing' },
  ),
);
await channel.cancel('billing');
console.log(`consumed ${done}, numbers add up to ${total}`);
await channel.close();
await connection.close();
