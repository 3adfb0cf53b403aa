// A test of an application without any RabbitMQ: the spy brings the broker, makes the network slow, and tells afterwards
// what was really said:
//   node examples/own-broker.mjs

import { startSpy } from 'amqp-spy';
import { connect } from 'amqplib';

const spy = await startSpy({
  listen: { host: '127.0.0.1', port: 0 },
  faults: [{ kind: 'delay', options: { ms: 5, jitterMs: 2 } }],
});

// The application under test, here four lines of it.
const connection = await connect(spy.url);
const channel = await connection.createConfirmChannel();
const { queue } = await channel.assertQueue('orders', { durable: true, arguments: { 'x-max-length': 2 } });
for (const order of ['first', 'second', 'third']) channel.sendToQueue(queue, Buffer.from(order));
await channel.waitForConfirms();

// What the broker holds, and what passed.
const orders = spy.broker.vhosts.get('/').queues.get('orders');
console.log(
  `${orders.readyCount} orders wait; they are ${[...orders.messages()].map(({ body }) => new TextDecoder().decode(body)).join(', ')}`,
);
const published = spy.log.traffic.counts().find(({ name }) => name === 'basic.publish');
console.log(`${published.frames} were published`);

await connection.close();
await spy.close();
