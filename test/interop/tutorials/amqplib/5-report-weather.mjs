// Tutorial 5, topics: reports the weather under a routing key of several words, <continent>.<city>.<what>.
//   node 5-report-weather.mjs europe.oslo.snow '20 cm, and more to come'

import { connect } from 'amqplib';

const [topic = 'europe.oslo.snow', report = '20 cm'] = process.argv.slice(2);
const connection = await connect(process.env.AMQP_URL ?? 'amqp://localhost');
const channel = await connection.createChannel();

await channel.assertExchange('weather', 'topic', { durable: false });
channel.publish('weather', topic, Buffer.from(report));
console.log(`reported ${topic}: ${report}`);

await channel.close();
await connection.close();
