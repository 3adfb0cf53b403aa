// Tutorial 4, routing: logs a line with its severity as the routing key.
//   node 4-log.mjs error 'The disk is full'

import { connect } from 'amqplib';

const [severity = 'info', line = 'All is well'] = process.argv.slice(2);
const connection = await connect(process.env.AMQP_URL ?? 'amqp://localhost');
const channel = await connection.createChannel();

await channel.assertExchange('logs', 'direct', { durable: false });
channel.publish('logs', severity, Buffer.from(line));
console.log(`logged ${severity}: ${line}`);

await channel.close();
await connection.close();
