// Tutorial 1, hello world: prints the messages of a queue as they come. Ctrl-C ends it.
//   node 1-receive.mjs

import { connect } from 'amqplib';

const connection = await connect(process.env.AMQP_URL ?? 'amqp://localhost');
const channel = await connection.createChannel();
process.once('SIGINT', () => connection.close());

await channel.assertQueue('hello'); // whoever comes first makes the queue
await channel.consume('hello', (message) => console.log(`received: ${message.content}`), { noAck: true });
console.log('waiting for messages');
