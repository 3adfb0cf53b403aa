// Tutorial 6, remote procedure calls: asks for the prime factors of numbers, all at once.
//   node 6-rpc-client.mjs 360 97

import { Connection } from 'rabbitmq-client';

const numbers = process.argv.slice(2);
const connection = new Connection(process.env.AMQP_URL ?? 'amqp://localhost');
const client = connection.createRPCClient(); // answers come straight back to it, through amq.rabbitmq.reply-to

const answers = await Promise.all(numbers.map((number) => client.send('factorise', number)));
for (const [i, number] of numbers.entries()) console.log(`${number} = ${answers[i].body}`);

await client.close();
await connection.close();
