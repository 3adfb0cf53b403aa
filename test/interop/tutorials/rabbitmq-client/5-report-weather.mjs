// Tutorial 5, topics: reports the weather under a routing key of several words, <continent>.<city>.<what>.
//   node 5-report-weather.mjs europe.oslo.snow '20 cm, and more to come'

import { Connection } from 'rabbitmq-client';

const [topic = 'europe.oslo.snow', report = '20 cm'] = process.argv.slice(2);
const connection = new Connection(process.env.AMQP_URL ?? 'amqp://localhost');
const publisher = connection.createPublisher({ exchanges: [{ exchange: 'weather', type: 'topic' }] });

await publisher.send({ exchange: 'weather', routingKey: topic }, report);
console.log(`reported ${topic}: ${report}`);

await publisher.close();
await connection.close();
