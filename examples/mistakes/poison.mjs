// A mistake: what cannot be handled goes back into the queue, and comes again, and again.
//   node examples/mistakes/poison.mjs amqp://guest:guest@127.0.0.1:5673

import { connect } from 'amqplib';

const connection = await connect(process.argv[2] ?? 'amqp://guest:guest@127.0.0.1:5673', {
  clientProperties: { connection_name: 'parser' },
});
const channel = await connection.createChannel();
const { queue } = await channel.assertQueue('', { exclusive: true });
await channel.prefetch(1);

let tries = 0;
const tired = new Promise((resolve) => {
  channel.consume(queue, (message) => {
    try {
      JSON.parse(message.content);
      channel.ack(message);
    } catch {
      channel.nack(message, false, true); // back into the queue
    }
    if (++tries === 30) resolve();
  });
});
channel.sendToQueue(queue, Buffer.from('{"id": 17'), { messageId: 'order-17', contentType: 'application/json' });
await tired;
await channel.close();
await connection.close();
console.log(`gave up after ${tries} tries`);
