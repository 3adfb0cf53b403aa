// Tutorial 1, hello world: sends one message to a queue.
//   node 1-send.mjs [text]

import { connect } from 'amqplib';

const text = process.argv[2] ?? 'Hello, world!';
const connection = await connect(process.env.AMQP_URL ?? 'amqp://localhost');
const channel = await connection.createChannel();

await channel.assertQueue('hello');
channel.sendToQueue('hello', Buffer.from(text));
console.log(`sent: ${text}`);

await channel.close(); // writes out what was sent
await connection.close();
