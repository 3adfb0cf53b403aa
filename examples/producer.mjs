// Publishes three orders and waits until the broker has them. Point it at the spy instead of the broker:
//   node examples/producer.mjs amqp://guest:guest@127.0.0.1:5673

import { connect } from 'amqplib';

const connection = await connect(process.argv[2] ?? 'amqp://guest:guest@127.0.0.1:5673', {
  clientProperties: { connection_name: 'orders-producer' }, // shown by the spy and by RabbitMQ
});
const channel = await connection.createConfirmChannel();
await channel.assertQueue('orders', { durable: true, expires: 60_000 });

for (const id of [1, 2, 3]) {
  const order = { id, product: 'carrots', amount: id * 10 };
  channel.sendToQueue('orders', Buffer.from(JSON.stringify(order)), {
    contentType: 'application/json',
    messageId: `order-${id}`,
    headers: { 'x-attempt': 1 },
  });
}

await channel.waitForConfirms();
console.log('sent 3 orders');
await connection.close();
