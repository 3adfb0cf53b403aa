// Tutorial 6, remote procedure calls: finds the prime factors of numbers for whoever asks. Ctrl-C ends it.
//   node 6-rpc-server.mjs

import { Connection } from 'rabbitmq-client';

function factors(number, from = 2) {
  if (from * from > number) return [number];
  return number % from === 0 ? [from, ...factors(number / from, from)] : factors(number, from + 1);
}

const connection = new Connection(process.env.AMQP_URL ?? 'amqp://localhost');
const consumer = connection.createConsumer(
  { queue: 'factorise', queueOptions: { autoDelete: true }, qos: { prefetchCount: 1 } },
  async ({ body }, reply) => {
    const answer = factors(Number(body)).join(' * ');
    console.log(`asked for ${body}, answered ${answer}`);
    await reply(answer);
  },
);
consumer.on('ready', () => console.log('waiting for requests'));
process.once('SIGINT', () => consumer.close().then(() => connection.close()));
