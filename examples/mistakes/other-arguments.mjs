// A mistake: two programs declare the same queue, and do not agree about what it is.
//   node examples/mistakes/other-arguments.mjs amqp://guest:guest@127.0.0.1:5673

import { connect } from 'amqplib';

const url = process.argv[2] ?? 'amqp://guest:guest@127.0.0.1:5673';
const shop = await connect(url, { clientProperties: { connection_name: 'shop' } });
const stock = await connect(url, { clientProperties: { connection_name: 'stock' } });

const first = await shop.createChannel();
await first.assertQueue('orders.mistaken', { durable: true, expires: 60_000, messageTtl: 60_000 });
await first.consume('orders.mistaken', () => {}, { noAck: true });

const second = await stock.createChannel();
second.on('error', (error) => console.log('the channel closed:', error.message));
await second.assertQueue('orders.mistaken', { durable: true, expires: 60_000, messageTtl: 30_000 }).catch(() => {});
await stock.close();
await first.close();
await shop.close();
