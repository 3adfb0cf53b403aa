// Asks so many questions, all at once; the answers come straight back, through amq.rabbitmq.reply-to.
//   node rpc-client.mjs amqp://localhost 10

import { Connection } from 'rabbitmq-client';

const [url, count] = [process.argv[2], Number(process.argv[3] ?? 10)];
const connection = new Connection({ url, connectionName: 'squares-client' });
const client = connection.createRPCClient({
  confirm: true,
  timeout: 10_000,
  queues: [{ queue: 'squares', durable: true, arguments: { 'x-queue-type': 'quorum' } }],
});

const numbers = Array.from({ length: count }, (_, i) => i + 1);
const answers = await Promise.all(numbers.map((number) => client.send('squares', `${number}`)));
console.log(`the squares add up to ${answers.reduce((sum, { body }) => sum + Number(body), 0)}`);
await client.close();
await connection.close();
