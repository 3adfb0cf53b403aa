// Tutorial 6, remote procedure calls: asks for the prime factors of numbers, all at once.
//   node 6-rpc-client.mjs 360 97

import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';

const connection = await connect(process.env.AMQP_URL ?? 'amqp://localhost');
const channel = await connection.createChannel();

// Answers come to a queue of our own; the correlation id says which question an answer belongs to.
const { queue: replyTo } = await channel.assertQueue('', { exclusive: true });
const waiting = new Map();
const settle = ({ properties, content }) => waiting.get(properties.correlationId)?.(content.toString());
await channel.consume(replyTo, settle, { noAck: true });

function factorise(number) {
  const correlationId = randomUUID();
  channel.sendToQueue('factorise', Buffer.from(number), { correlationId, replyTo });
  return new Promise((resolve) => waiting.set(correlationId, resolve));
}

const numbers = process.argv.slice(2);
const answers = await Promise.all(numbers.map(factorise));
for (const [i, number] of numbers.entries()) console.log(`${number} = ${answers[i]}`);
await connection.close();
