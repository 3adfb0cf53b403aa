// Tutorial 7, publisher confirms: three ways to know that the broker has taken charge of what was published.
//   node 7-publisher-confirms.mjs [count]

import { Connection } from 'rabbitmq-client';

const count = Number(process.argv[2] ?? 300);
const connection = new Connection(process.env.AMQP_URL ?? 'amqp://localhost');
const publisher = connection.createPublisher({ confirm: true }); // sent means: confirmed
const { queue } = await connection.queueDeclare({ exclusive: true });

/** One by one: simple, and slow, for each message waits for its way there and back. */
async function oneByOne() {
  for (let i = 0; i < count; i++) await publisher.send(queue, `${i}`);
}

/** In batches: much faster. */
async function inBatches(size = 100) {
  for (let sent = 0; sent < count; sent += size) {
    const batch = Array.from({ length: Math.min(size, count - sent) }, (_, i) => `${sent + i}`);
    await Promise.all(batch.map((text) => publisher.send(queue, text)));
  }
}

/** As they come: as fast, and each message knows what became of it. */
async function asTheyCome() {
  await Promise.all(Array.from({ length: count }, (_, i) => publisher.send(queue, `${i}`)));
}

for (const publish of [oneByOne, inBatches, asTheyCome]) {
  await publish();
  const { messageCount } = await connection.queuePurge(queue);
  console.log(`${publish.name}: ${count} published and confirmed, ${messageCount} on the queue`);
}
await publisher.close();
await connection.close();
