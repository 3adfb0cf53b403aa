// Tutorial 7, publisher confirms: three ways to know that the broker has taken charge of what was published.
//   node 7-publisher-confirms.mjs [count]

import { connect } from 'amqplib';

const count = Number(process.argv[2] ?? 300);
const connection = await connect(process.env.AMQP_URL ?? 'amqp://localhost');
const channel = await connection.createConfirmChannel(); // on it, the broker confirms each message
const { queue } = await channel.assertQueue('', { exclusive: true });

/** One by one: simple, and slow, for each message waits for its way there and back. */
async function oneByOne() {
  for (let i = 0; i < count; i++) {
    channel.sendToQueue(queue, Buffer.from(`${i}`));
    await channel.waitForConfirms();
  }
}

/** In batches: much faster; but if one fails, all of its batch have to be published again. */
async function inBatches(size = 100) {
  for (let i = 0; i < count; i++) {
    channel.sendToQueue(queue, Buffer.from(`${i}`));
    if ((i + 1) % size === 0) await channel.waitForConfirms();
  }
  await channel.waitForConfirms();
}

/** As they come: as fast, and each message knows what became of it. */
async function asTheyCome() {
  const settled = Array.from(
    { length: count },
    (_, i) =>
      new Promise((resolve, reject) =>
        channel.sendToQueue(queue, Buffer.from(`${i}`), {}, (error) => (error ? reject(error) : resolve())),
      ),
  );
  await Promise.all(settled);
}

for (const publish of [oneByOne, inBatches, asTheyCome]) {
  await publish();
  const { messageCount } = await channel.purgeQueue(queue);
  console.log(`${publish.name}: ${count} published and confirmed, ${messageCount} on the queue`);
}
await connection.close();
