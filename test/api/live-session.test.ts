// The API of a running spy, while real clients talk to its own broker through real sockets.

import { expect, it, onTestFinished } from 'vitest';
import { startSpy } from '../../src/spy.ts';
import { AmqpClient } from '../rig/amqp-client.ts';
import { type Answer, ask, openApi } from './api-client.ts';

const HOST = '127.0.0.1';

it('tells the journey of a message from the shop to the worker', async () => {
  const spy = await startSpy({ listen: { host: HOST, port: 0 } });
  onTestFinished(() => spy.close());
  const { url } = await openApi(spy, { session: spy.session });
  const get = async (path: string): Promise<Answer> => (await ask(`${url}/api/${path}`)).json;
  const shop = await AmqpClient.connect({ port: spy.address.port, heartbeat: 30 });
  const worker = await AmqpClient.connect({ port: spy.address.port });

  const work = await worker.channel();
  await work.queue({ queue: 'orders', exclusive: false });
  await work.call('basic.qos', { prefetch_count: 1 });
  const consumer_tag = await work.consume('orders');
  const channel = await shop.channel();
  await channel.call('confirm.select');
  const properties = { message_id: 'o-1', content_type: 'application/json' };
  channel.publish({ routingKey: 'orders', body: '{"total":42}', properties });
  await channel.next('basic.ack');
  const delivery = await work.next('basic.deliver');
  expect((await get('messages?state=unsettled')).messages).toHaveLength(1);
  work.send('basic.ack', { delivery_tag: delivery.arguments.delivery_tag, multiple: false });
  await work.sync();

  const { messages } = await get('messages?message_id=o-1');
  expect(messages).toMatchObject([
    {
      connection: 1,
      routing_key: 'orders',
      body_size: 12,
      confirmed: { latency: expect.any(Number) },
      deliveries: [{ connection: 2, queue: 'orders', consumer_tag, settlement: 'ack', redelivered: false }],
    },
  ]);
  const [{ settled_id, id: delivered }] = messages[0].deliveries;
  expect(await get(`frames/${settled_id}`)).toMatchObject({
    event: { method: 'basic.ack', connection: 2 },
    links: { answers: delivered, settles: 1, queue: 'orders' },
  });
  expect(await get(`frames/${delivered}`)).toMatchObject({ body: { decoder: 'json', value: { total: 42 } } });
  expect(await get('connections/1')).toMatchObject({ heartbeat: 30, published: 1, channels: [{ mode: 'confirm' }] });
  expect((await get('topology')).queues).toMatchObject([
    { name: 'orders', delivered: 1, acked: 1, unacked: 0, consumers: [{ connection: 2, consumer_tag }] },
  ]);
  const { latencies } = await get('latency?kind=deliver_ack');
  expect(latencies.map(({ of }: { of: string }) => of).sort()).toEqual(['consumer', 'queue']);
  await work.close();
  await channel.close();
  expect((await get('channels?state=closed')).channels).toHaveLength(2);
  await worker.close();
  await shop.close();
});
