// Tutorial 4, routing: prints the log lines of the severities that it is told. Ctrl-C ends it.
//   node 4-watch-logs.mjs warning error

import { connect } from 'amqplib';

const severities = process.argv.slice(2);
const connection = await connect(process.env.AMQP_URL ?? 'amqp://localhost');
const channel = await connection.createChannel();
process.once('SIGINT', () => connection.close());

await channel.assertExchange('logs', 'direct', { durable: false });
const { queue } = await channel.assertQueue('', { exclusive: true });
for (const severity of severities) await channel.bindQueue(queue, 'logs', severity); // a binding for each
await channel.consume(queue, ({ fields, content }) => console.log(`${fields.routingKey}: ${content}`), { noAck: true });
console.log(`watching for ${severities.join(', ')}`);
