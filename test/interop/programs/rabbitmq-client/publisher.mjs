// Publishes orders as one should: to a durable queue, persistent, with an id each, and awaits the broker's confirms.
//   node publisher.mjs amqp://localhost 100

import { Connection } from 'rabbitmq-client';

const [url, count] = [process.argv[2], Number(process.argv[3] ?? 100)];
const connection = new Connection({ url, connectionName: 'order-entry' });
const publisher = connection.createPublisher({
  confirm: true,
  queues: [{ queue: 'orders', durable: true, arguments: { 'x-queue-type': 'quorum' } }],
});
publisher.on('basic.return', ({ routingKey }) => console.error(`nobody takes ${routingKey}`));

const orders = Array.from({ length: count }, (_, i) => i + 1);
await Promise.all(
  orders.map((order) => {
    const envelope = { routingKey: 'orders', durable: true, mandatory: true, messageId: `order-${order}` };
    return publisher.send(envelope, { order });
  }),
);
console.log(`published and confirmed ${count}`);
await publisher.close();
await connection.close();
