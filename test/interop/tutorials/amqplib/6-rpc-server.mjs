// Tutorial 6, remote procedure calls: finds the prime factors of numbers for whoever asks. Ctrl-C ends it.
//   node 6-rpc-server.mjs

import { connect } from 'amqplib';

function factors(number, from = 2) {
  if (from * from > number) return [number];
  return number % from === 0 ? [from, ...factors(number / from, from)] : factors(number, from + 1);
}

const connection = await connect(process.env.AMQP_URL ?? 'amqp://localhost');
const channel = await connection.createChannel();
// The channel first: its last acknowledgement leaves before that.
process.once('SIGINT', () => channel.close().then(() => connection.close()));

await channel.assertQueue('factorise', { durable: false, autoDelete: true });
await channel.prefetch(1); // several servers share the work fairly
await channel.consume('factorise', (request) => {
  const { replyTo, correlationId } = request.properties;
  const answer = factors(Number(request.content)).join(' * ');
  console.log(`asked for ${request.content}, answered ${answer}`);
  channel.sendToQueue(replyTo, Buffer.from(answer), { correlationId });
  channel.ack(request);
});
console.log('waiting for requests');
