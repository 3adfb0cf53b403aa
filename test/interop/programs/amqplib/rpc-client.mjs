// Asks so many questions, all at once, and waits for the answers on a queue of its own.
//   node rpc-client.mjs amqp://localhost 10

import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';

const [url, count] = [process.argv[2], Number(process.argv[3] ?? 10)];
const connection = await connect(url, { clientProperties: { connection_name: 'squares-client' } });
const channel = await connection.createChannel();
await channel.assertQueue('squares', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
const { queue: replyTo } = await channel.assertQueue('', { exclusive: true, autoDelete: true });

const waiting = new Map();
const settle = ({ properties, content }) => waiting.get(properties.correlationId)?.(Number(content));
const { consumerTag } = await channel.consume(replyTo, settle, { noAck: true, exclusive: true });

function square(number) {
  const correlationId = randomUUID();
  const answer = new Promise((resolve) => waiting.set(correlationId, resolve));
  const properties = { correlationId, replyTo, expiration: '10000', contentType: 'text/plain' };
  channel.sendToQueue('squares', Buffer.from(`${number}`), properties);
  return answer;
}

const answers = await Promise.all(Array.from({ length: count }, (_, i) => square(i + 1)));
console.log(`the squares add up to ${answers.reduce((sum, answer) => sum + answer, 0)}`);
await channel.cancel(consumerTag);
await channel.close();
await connection.close();
