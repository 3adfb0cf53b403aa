// Tutorial 3, publish/subscribe: tells the news to everyone who listens now.
//   node 3-publish-news.mjs [text]

import { connect } from 'amqplib';

const news = process.argv[2] ?? 'It is spring';
const connection = await connect(process.env.AMQP_URL ?? 'amqp://localhost');
const channel = await connection.createChannel();

// A fanout exchange hands a copy to every queue that is bound to it; with none, the message is gone.
await channel.assertExchange('news', 'fanout', { durable: false });
channel.publish('news', '', Buffer.from(news));
console.log(`published: ${news}`);

await channel.close();
await connection.close();
