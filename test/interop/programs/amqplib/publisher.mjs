// Publishes orders as one should: to a durable queue, persistent, with an id each, and awaits the broker's confirms.
//   node publisher.mjs amqp://localhost 100

import { connect } from 'amqplib';

const [url, count] = [process.argv[2], Number(process.argv[3] ?? 100)];
const connection = await connect(url, { clientProperties: { connection_name: 'order-entry' } });
const channel = await connection.createConfirmChannel();
channel.on('return', ({ fields }) => console.error(`nobody takes ${fields.routingKey}`));
await channel.assertQueue('orders', { durable: true, arguments: { 'x-queue-type': 'quorum' } });

for (let number = 1; number <= count; number++) {
  channel.sendToQueue('orders', Buffer.from(JSON.stringify({ order: number })), {
    contentType: 'application/json',
    persistent: true,
    mandatory: true,
    messageId: `order-${number}`,
    timestamp: Math.floor(Date.now() / 1000),
  });
  if (number % 20 === 0) await channel.waitForConfirms();
}
await channel.waitForConfirms();
console.log(`published and confirmed ${count}`);
await channel.close();
await connection.close();
