import { describe, expect, it } from 'vitest';
import { ask } from './api-client.ts';
import { beginStory, tellStory } from './story.ts';

interface Listed {
  readonly seq: number;
  readonly message_id?: string;
}

function idsOf(messages: readonly Listed[]): (string | undefined)[] {
  return messages.map(({ message_id }) => message_id);
}

describe('GET /api/messages', () => {
  it('tells the journey of each message: confirmed, delivered, refused, delivered again, acked', async () => {
    const { api, published, confirmed, delivered, refused, again, acked } = await tellStory();
    const { json } = await ask(`${api.url}/api/messages?message_id=m-1`);
    expect(json).toEqual({
      v: 1,
      first_seq: 1,
      next_seq: 4,
      next_from: 4,
      messages: [
        {
          seq: 1,
          id: published[0],
          time: '2026-11-22T10:00:00.003300Z',
          connection: 1,
          channel: 1,
          exchange: 'orders',
          routing_key: 'eu.de',
          body_size: 13,
          message_id: 'm-1',
          confirmed: { id: confirmed, time: '2026-11-22T10:00:00.003500Z', latency: 200 },
          deliveries: [
            {
              id: delivered[0],
              time: '2026-11-22T10:00:00.003600Z',
              connection: 2,
              channel: 3,
              queue: 'invoices',
              consumer_tag: 'clerk',
              delivery_tag: 1,
              redelivered: false,
              latency: 300,
              settlement: 'requeue',
              settled_id: refused,
              settled_at: '2026-11-22T10:00:00.003800Z',
              settle_latency: 200,
            },
            {
              id: again,
              time: '2026-11-22T10:00:00.003900Z',
              connection: 2,
              channel: 3,
              queue: 'invoices',
              consumer_tag: 'clerk',
              delivery_tag: 3,
              redelivered: true,
              latency: 600,
              settlement: 'ack',
              settled_id: acked,
              settled_at: '2026-11-22T10:00:00.004000Z',
              settle_latency: 100,
            },
          ],
        },
      ],
    });
  });

  it('tells of a return, and of the confirm that follows it', async () => {
    const { api, shop, publishedLost, returned } = await tellStory();
    const confirmed = shop.confirm(3);
    const { json } = await ask(`${api.url}/api/messages?state=returned`);
    expect(json.messages).toMatchObject([
      {
        id: publishedLost,
        message_id: 'm-3',
        returned: { id: returned, latency: 100 },
        confirmed: { id: confirmed, latency: 200 },
        deliveries: [],
      },
    ]);
  });

  it.each([
    ['state=unsettled', ['m-2']],
    ['state=unconfirmed', ['m-3']],
    ['state=confirmed', ['m-1', 'm-2']],
    ['state=nacked', []],
    ['state=returned', ['m-3']],
    ['state=undelivered', ['m-3']],
    ['state=redelivered', ['m-1']],
    ['state=acked', ['m-1']],
    ['state=requeued', ['m-1']],
    ['state=rejected', []],
    ['state=closed', []],
    ['queue=invoices', ['m-1', 'm-2']],
    ['exchange=orders', ['m-1', 'm-2', 'm-3']],
    ['exchange=', []],
    ['connection=1', ['m-1', 'm-2', 'm-3']],
    ['connection=2', ['m-1', 'm-2']],
    ['connection=3', []],
    ['message_id=m-2&state=unsettled', ['m-2']],
    ['message_id=m-2&state=acked', []],
    ['limit=2', ['m-2', 'm-3']],
    ['limit=1&state=confirmed', ['m-2']],
    ['from=2', ['m-2', 'm-3']],
    ['from=1&limit=1&queue=invoices', ['m-1']],
    ['from=9', []],
  ])('?%s gives %j', async (query, expected) => {
    const { api } = await tellStory();
    const { json } = await ask(`${api.url}/api/messages?${query}`);
    expect(idsOf(json.messages)).toEqual(expected);
  });

  it('leaves out the publish where it was not seen', async () => {
    const { api, worker } = await beginStory();
    const channel = worker.channel();
    channel.call('basic.consume', { queue: 'q', consumer_tag: 'c', no_ack: true });
    const id = channel.deliver({ consumerTag: 'c', deliveryTag: 1, routingKey: 'q', body: 'from elsewhere' });
    const { json } = await ask(`${api.url}/api/messages`);
    expect(json.messages).toEqual([
      {
        seq: 1,
        exchange: '',
        routing_key: 'q',
        body_size: 14,
        deliveries: [
          {
            id,
            time: expect.any(String),
            connection: 2,
            channel: 1,
            queue: 'q',
            consumer_tag: 'c',
            delivery_tag: 1,
            redelivered: false,
            settlement: 'no-ack',
          },
        ],
      },
    ]);
  });

  it('marks messages that look the same', async () => {
    const { api, worker, publisher } = await beginStory();
    const shop = publisher.channel();
    shop.publish({ routingKey: 'q', body: 'same' });
    shop.publish({ routingKey: 'q', body: 'same' });
    const channel = worker.channel();
    channel.call('basic.consume', { queue: 'q', consumer_tag: 'c' });
    channel.deliver({ consumerTag: 'c', deliveryTag: 1, routingKey: 'q', body: 'same' });
    const { json } = await ask(`${api.url}/api/messages?from=1&limit=1`);
    expect(json.messages).toMatchObject([{ seq: 1, ambiguous: true }]);
  });

  it('is read on page by page, through thousands of messages, while more come', async () => {
    const { api, publisher } = await beginStory();
    const shop = publisher.channel();
    for (let i = 1; i <= 2500; i++) shop.publish({ routingKey: `k${i % 10}`, body: `${i}` });
    const seen: number[] = [];
    for (let from = 1; ; ) {
      const { json } = await ask(`${api.url}/api/messages?from=${from}&limit=1000`);
      if (json.messages.length === 0) break;
      seen.push(...json.messages.map(({ seq }: Listed) => seq));
      from = json.next_from;
      if (seen.length === 1000) shop.publish({ body: 'one more' });
    }
    expect(seen).toEqual(Array.from({ length: 2501 }, (_, i) => i + 1));
  });

  it('ends an answer that grows too long, and says where to go on', async () => {
    const { api, publisher } = await beginStory();
    const shop = publisher.channel();
    const routingKey = 'k'.repeat(255);
    for (let i = 0; i < 1000; i++) {
      const properties = { message_id: `${i}`.padEnd(255, 'm'), correlation_id: 'c'.repeat(255) };
      shop.publish({ exchange: 'e'.repeat(255), routingKey, properties, body: `${i}` });
    }
    const { text, json } = await ask(`${api.url}/api/messages?from=1&limit=1000`);
    expect(text.length).toBeLessThan(2.5 * 2 ** 20);
    expect(json.next_from).toBe(json.messages.at(-1).seq + 1);
  });
});

describe('messages that left the table', () => {
  it('are counted as missed, and said to be gone', async () => {
    const { api, publisher } = await beginStory();
    const shop = publisher.channel();
    for (let i = 1; i <= 2 ** 16 + 10; i++) shop.publish({ routingKey: 'k', body: `${i}` });
    const { json } = await ask(`${api.url}/api/messages?from=3&limit=2`);
    expect(json.first_seq).toBeGreaterThan(3);
    expect(json.missed).toBe(json.first_seq - 3);
    expect(json.messages[0].seq).toBe(json.first_seq);
    expect(await ask(`${api.url}/api/messages/3`)).toMatchObject({
      status: 404,
      json: { message: `message 3 is gone: the oldest is now ${json.first_seq}` },
    });
    // A search through all of them.
    expect((await ask(`${api.url}/api/messages?message_id=none`)).json.messages).toEqual([]);
  });
});

describe('GET /api/messages/:seq', () => {
  it('gives one message', async () => {
    const { api } = await tellStory();
    const { json } = await ask(`${api.url}/api/messages/2`);
    expect(json).toMatchObject({ v: 1, seq: 2, message_id: 'm-2', deliveries: [{ settlement: 'none' }] });
  });

  it.each([
    ['messages/x', 400, "expected the number of a message, found 'x'"],
    ['messages/0', 404, 'there is no message 0: numbers begin at 1'],
    ['messages/4', 404, 'message 4 has not come yet: the next one will be 4'],
    ['messages/1?x=1', 400, "unknown parameter 'x'; none is expected"],
    ['messages?limit=1001', 400, "limit: expected a whole number from 1 to 1000, found '1001'"],
    [
      'messages?state=x',
      400,
      'state: expected unconfirmed, confirmed, nacked, returned, undelivered, redelivered, unsettled, acked, rejected, ' +
        "requeued, closed, found 'x'",
    ],
  ])('/api/%s is answered with %i', async (path, status, message) => {
    const { api } = await tellStory();
    expect(await ask(`${api.url}/api/${path}`)).toMatchObject({ status, json: { message } });
  });
});
