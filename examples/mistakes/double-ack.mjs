// A mistake: the message is acknowledged by the handler, and once more by what calls it.
//   node examples/mistakes/double-ack.mjs amqp://guest:guest@127.0.0.1:5673

import { connect } from 'amqplib';

const connection = await connect(process.argv[2] ?? 'amqp://guest:guest@127.0.0.1:5673', {
  clientProperties: { connection_name: 'invoices' },
});
const channel = await connection.createChannel();
channel.on('error', (error) => console.log('the channel closed:', error.message));
const { queue } = await channel.assertQueue('', { exclusive: true });
await channel.prefetch(10);

function handle(message) {
  console.log('invoice', message.content.toString());
  channel.ack(message);
}

await channel.consume(queue, (message) => {
  handle(message);
  channel.ack(message);
});
channel.sendToQueue(queue, Buffer.from('17'));
await new Promise((resolve) => channel.once('close', resolve));
await connection.close();
