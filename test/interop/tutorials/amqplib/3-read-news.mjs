// Tutorial 3, publish/subscribe: prints the news from now on. Ctrl-C ends it.
//   node 3-read-news.mjs

import { connect } from 'amqplib';

const connection = await connect(process.env.AMQP_URL ?? 'amqp://localhost');
const channel = await connection.createChannel();
process.once('SIGINT', () => connection.close());

await channel.assertExchange('news', 'fanout', { durable: false });
// A queue of our own: the broker makes up its name, and deletes it when we leave.
const { queue } = await channel.assertQueue('', { exclusive: true });
await channel.bindQueue(queue, 'news', '');
await channel.consume(queue, (message) => console.log(`read: ${message.content}`), { noAck: true });
console.log('waiting for news');
