// Everything that settles anything: publishes confirmed one by one, together, refused and returned; deliveries and gets
// acknowledged, rejected and requeued, one by one and together; on several channels of several connections.
// Counterpart: settlements.test.ts, which asks tshark and the session what belongs to what.

import { AmqpClient, type ClientChannel, table } from '../rig/amqp-client.ts';

const QUEUE_SIZE = 3;

/** Plays it through a spy or a broker at this port; the queues are gone afterwards. */
export async function settleAll(port: number): Promise<void> {
  const publisher = await AmqpClient.connect({ port });
  const consumer = await AmqpClient.connect({ port });
  const queue = `settle-${port}`;
  const [confirmed, other, plain] = [await publisher.channel(), await publisher.channel(), await publisher.channel()];
  await plain.queue({ queue, exclusive: false, auto_delete: false });
  await publishConfirmed(confirmed, other, queue);
  await refusedAndReturned(other);
  await acknowledge(await consumer.channel(), plain, queue);
  await twoConsumers(await consumer.channel(), plain, queue);
  await getAll(await consumer.channel(), plain, queue);
  await onCloseAndTransaction(consumer, plain, queue);
  await consumer.close();
  await plain.call('queue.delete', { queue });
  await publisher.close();
}

/** One by one, then many at once on two channels, whose confirms come as the broker pleases. */
async function publishConfirmed(one: ClientChannel, other: ClientChannel, queue: string): Promise<void> {
  for (const channel of [one, other]) await channel.call('confirm.select');
  for (let number = 1; number <= 5; number++) {
    one.publish({ routingKey: queue, body: `single ${number}` });
    await confirms(one, number);
  }
  for (let number = 1; number <= 200; number++) {
    const channel = number % 3 === 0 ? other : one;
    channel.publish({ routingKey: queue, body: `many ${number}`, properties: { message_id: `m${number}` } });
  }
  await Promise.all([confirms(one, 5 + 134), confirms(other, 66)]);
  one.publish({ routingKey: queue, body: Buffer.alloc(300_000, 'large ') });
  await confirms(one, 140);
}

/** Waits until the confirms have come up to this number. */
async function confirms(channel: ClientChannel, last: number): Promise<void> {
  const settled = new Set<number>();
  for (;;) {
    const { method, arguments: values } = await channel.next();
    const { delivery_tag, multiple } = values as { delivery_tag: bigint; multiple: boolean };
    if (method !== 'basic.ack' && method !== 'basic.nack') continue;
    const tag = Number(delivery_tag);
    const first = multiple ? 1 : tag;
    for (let each = first; each <= tag; each++) settled.add(each);
    // Those before were waited for already, or are waited for here.
    if (settled.has(last) || (multiple && tag >= last)) return;
  }
}

/** A full queue refuses; nobody takes what is mandatory. Numbers 67 and on. */
async function refusedAndReturned(channel: ClientChannel): Promise<void> {
  const limits = table({ 'x-max-length': QUEUE_SIZE, 'x-overflow': 'reject-publish' });
  const full = await channel.queue({ arguments: limits });
  for (let number = 0; number < QUEUE_SIZE + 4; number++) {
    channel.publish({ routingKey: full, body: `fills ${number}` });
    await confirms(channel, 67 + number);
  }
  channel.publish({ routingKey: 'nowhere', mandatory: true, body: 'returned' });
  await confirms(channel, 67 + QUEUE_SIZE + 4);
}

async function deliveries(channel: ClientChannel, count: number): Promise<bigint[]> {
  const tags: bigint[] = [];
  for (let i = 0; i < count; i++) tags.push((await channel.next('basic.deliver')).arguments.delivery_tag);
  return tags;
}

async function refill(publisher: ClientChannel, queue: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) publisher.publish({ routingKey: queue, body: `refill ${i}` });
  await publisher.sync();
}

/** Singly, out of order, up to a number, rejected, requeued and delivered again. */
async function acknowledge(channel: ClientChannel, publisher: ClientChannel, queue: string): Promise<void> {
  await channel.call('basic.qos', { prefetch_count: 60 });
  const consumer_tag = await channel.consume(queue);
  const tags = await deliveries(channel, 60);
  for (const tag of tags.slice(0, 5)) channel.send('basic.ack', { delivery_tag: tag });
  channel.send('basic.ack', { delivery_tag: tags[8]! });
  channel.send('basic.ack', { delivery_tag: tags[6]! });
  channel.send('basic.ack', { delivery_tag: tags[19]!, multiple: true });
  channel.send('basic.reject', { delivery_tag: tags[21]! });
  channel.send('basic.reject', { delivery_tag: tags[20]!, requeue: true });
  channel.send('basic.nack', { delivery_tag: tags[23]! });
  channel.send('basic.nack', { delivery_tag: tags[29]!, multiple: true, requeue: true });
  channel.send('basic.nack', { delivery_tag: tags[34]!, multiple: true });
  await channel.call('basic.cancel', { consumer_tag });
  // All that is left: what was handed out before the broker heard of the cancelling included.
  channel.send('basic.ack', { delivery_tag: 0n, multiple: true });
  await channel.sync();
  await deliveries(channel, channel.pending().length);
  await channel.call('queue.purge', { queue });
  await refill(publisher, queue, 20);
  const again = await channel.consume(queue);
  for (const tag of await deliveries(channel, 20)) channel.send('basic.ack', { delivery_tag: tag });
  await channel.call('basic.cancel', { consumer_tag: again });
}

/** Of two consumers on one channel, one must acknowledge; their tags are numbered together. */
async function twoConsumers(channel: ClientChannel, publisher: ClientChannel, queue: string): Promise<void> {
  const quiet = await channel.queue();
  await channel.consume(quiet, { consumer_tag: 'no-ack', no_ack: true });
  await channel.consume(queue, { consumer_tag: 'acks' });
  for (let i = 0; i < 10; i++) {
    publisher.publish({ routingKey: quiet, body: `q${i}` });
    publisher.publish({ routingKey: queue, body: `a${i}` });
  }
  const tags: bigint[] = [];
  for (let count = 0; count < 20; count++) {
    const { consumer_tag, delivery_tag } = (await channel.next('basic.deliver')).arguments;
    if (consumer_tag === 'acks') tags.push(delivery_tag);
  }
  for (const tag of tags) channel.send('basic.ack', { delivery_tag: tag });
  await channel.sync();
  await channel.close();
}

/** basic.get: acknowledged singly and together, rejected, without acknowledgement, and in vain. */
async function getAll(channel: ClientChannel, publisher: ClientChannel, queue: string): Promise<void> {
  await refill(publisher, queue, 8);
  const tags: bigint[] = [];
  for (let i = 0; i < 7; i++) tags.push((await channel.get(queue, false))!.arguments.delivery_tag);
  await channel.get(queue, true);
  await channel.get(queue, false);
  channel.send('basic.ack', { delivery_tag: tags[0]! });
  channel.send('basic.reject', { delivery_tag: tags[1]! });
  channel.send('basic.ack', { delivery_tag: tags[4]!, multiple: true });
  channel.send('basic.nack', { delivery_tag: tags[6]!, multiple: true, requeue: true });
  await channel.sync();
  const back = await channel.get(queue, false);
  channel.send('basic.ack', { delivery_tag: back!.arguments.delivery_tag });
  await channel.sync();
  await channel.call('queue.purge', { queue });
}

/** What a closing channel takes with it comes again; in a transaction an ack counts once it is committed. */
async function onCloseAndTransaction(consumer: AmqpClient, publisher: ClientChannel, queue: string): Promise<void> {
  await refill(publisher, queue, 6);
  const forgetful = await consumer.channel();
  await forgetful.consume(queue);
  await deliveries(forgetful, 6);
  await forgetful.close();
  const transactional = await consumer.channel();
  await transactional.call('tx.select');
  await transactional.consume(queue);
  const tags = await deliveries(transactional, 6);
  transactional.send('basic.ack', { delivery_tag: tags[1]!, multiple: true });
  await transactional.call('tx.commit');
  transactional.send('basic.ack', { delivery_tag: tags[2]! });
  await transactional.call('tx.rollback');
  transactional.send('basic.ack', { delivery_tag: tags[5]!, multiple: true });
  await transactional.call('tx.commit');
  await transactional.close();
}
