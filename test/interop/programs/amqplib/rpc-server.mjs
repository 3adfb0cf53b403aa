// Answers so many questions, then leaves.
//   node rpc-server.mjs amqp://localhost 10

import { connect } from 'amqplib';

const [url, count] = [process.argv[2], Number(process.argv[3] ?? 10)];
const connection = await connect(url, { clientProperties: { connection_name: 'squares-server' } });
const channel = await connection.createChannel();
await channel.assertQueue('squares', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
await channel.prefetch(10);

let answered = 0;
await new Promise((resolve) =>
  channel.consume(
    'squares',
    (question) => {
      const { replyTo, correlationId } = question.properties;
      const answer = `${Number(question.content) ** 2}`;
      channel.sendToQueue(replyTo, Buffer.from(answer), { correlationId, contentType: 'text/plain' });
      channel.ack(question);
      answered++;
      if (answered === count) resolve();
    },
    { consumerTag: 'squares-server' },
  ),
);
await channel.cancel('squares-server');
console.log(`answered ${answered}`);
await channel.close();
await connection.close();
