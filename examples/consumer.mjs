// Prints orders as they come, and ends after three. Point it at the spy instead of the broker:
//   node examples/consumer.mjs amqp://guest:guest@127.0.0.1:5673

import { connect } from 'amqplib';

const WANTED = 3;
const connection = await connect(process.argv[2] ?? 'amqp://guest:guest@127.0.0.1:5673', {
  clientProperties: { connection_name: 'orders-consumer' }, // shown by the spy and by RabbitMQ
});
const channel = await connection.createChannel();
await channel.assertQueue('orders', { durable: true, expires: 60_000 });
await channel.prefetch(1);

let received = 0;
await channel.consume('orders', async (message) => {
  if (!message) return; // the queue was deleted
  console.log(message.properties.messageId, message.content.toString());
  channel.ack(message);
  if (++received < WANTED) return;
  await channel.close();
  await connection.close();
});
console.log('waiting for orders');
