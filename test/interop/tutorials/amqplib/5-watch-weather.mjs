// Tutorial 5, topics: prints reports whose topics match any of the patterns. Ctrl-C ends it.
// In a pattern * stands for one word, # for any number of words, also none.
//   node 5-watch-weather.mjs 'europe.#' '*.*.storm'

import { connect } from 'amqplib';

const patterns = process.argv.slice(2);
const connection = await connect(process.env.AMQP_URL ?? 'amqp://localhost');
const channel = await connection.createChannel();
process.once('SIGINT', () => connection.close());

await channel.assertExchange('weather', 'topic', { durable: false });
const { queue } = await channel.assertQueue('', { exclusive: true });
for (const pattern of patterns) await channel.bindQueue(queue, 'weather', pattern);
// A report that several patterns match still comes once.
await channel.consume(queue, ({ fields, content }) => console.log(`${fields.routingKey}: ${content}`), { noAck: true });
console.log(`watching ${patterns.join(', ')}`);
