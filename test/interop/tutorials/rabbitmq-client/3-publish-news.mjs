// Tutorial 3, publish/subscribe: tells the news to everyone who listens now.
//   node 3-publish-news.mjs [text]

import { Connection } from 'rabbitmq-client';

const news = process.argv[2] ?? 'It is spring';
const connection = new Connection(process.env.AMQP_URL ?? 'amqp://localhost');
// A fanout exchange hands a copy to every queue that is bound to it; with none, the message is gone.
const publisher = connection.createPublisher({ exchanges: [{ exchange: 'news', type: 'fanout' }] });

await publisher.send({ exchange: 'news' }, news);
console.log(`published: ${news}`);

await publisher.close();
await connection.close();
