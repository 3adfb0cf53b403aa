// `read --messages`: a line a message, whatever became of it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shop } from './shop.ts';
import { told, toldJson } from './told.ts';

const zone = process.env['TZ'];

beforeAll(() => {
  process.env['TZ'] = 'UTC';
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

const MESSAGES = { kind: 'messages' } as const;

describe('the list of messages', () => {
  it('has a line a message, in the order of their publishes', async () => {
    expect((await told(MESSAGES, shop)).map((line) => line.replace(/ +/g, ' '))).toEqual([
      '── 2026-11-22 ──',
      '10:00:00.003300 #1 web-shop ch1 orders → eu.cz 8 confirmed 100 µs ⇒ 200 µs requeued 2.10 ms eu #2 invoices ⇒ 2.40 ms acked 1.50 s again eu #2 invoices',
      '10:00:01.505900 #1 web-shop ch1 orders → us.ny 4 returned 100 µs, confirmed 200 µs',
      '10:00:01.506200 #1 web-shop ch1 orders → eu.at 5 unconfirmed',
    ]);
  });

  it('gives deliveries lines of their own where a terminal is narrow', async () => {
    const lines = await told(MESSAGES, shop, { columns: 80 });
    expect(lines).toEqual([
      '── 2026-11-22 ──',
      '10:00:00.003 #1  web-shop ch1 orders → eu.cz                8  confirmed 100 µs',
      '                              ⇒  200 µs requeued 2.10 ms eu #2 invoices',
      '                              ⇒ 2.40 ms acked 1.50 s     again eu #2 invoices',
      '10:00:01.505 #1  web-shop ch1 orders → us.ny                4  returned 100 µs,…',
      '10:00:01.506 #1  web-shop ch1 orders → eu.at                5  unconfirmed',
    ]);
  });

  it('tells what is not asked for apart from what is missing', async () => {
    const lines = await told(MESSAGES, (talk) => {
      const client = talk.connect({ name: 'mixed' });
      client.channel().publish({ routingKey: 'q' });
      const tx = client.channel();
      tx.call('tx.select');
      tx.publish({ routingKey: 'q' });
      const consumer = client.channel();
      consumer.call('basic.consume', { queue: 'older', consumer_tag: 'c', no_ack: true });
      consumer.deliver({ consumerTag: 'c', deliveryTag: 1, routingKey: 'older', body: 'published before' });
    });
    expect(lines.slice(1).map((line) => line.replace(/ +/g, ' '))).toEqual([
      expect.stringContaining('(default) → q 5 no confirms'),
      expect.stringContaining('(default) → q 5 in a transaction'),
      ' (default) → older 16 published unseen ⇒ no-ack older #1 mixed',
    ]);
  });

  it('tells of each message once, of more than can be remembered too', async () => {
    const messages = await toldJson(
      MESSAGES,
      (talk) => {
        const channel = talk.connect().channel();
        for (let i = 1; i <= 100; i++) channel.publish({ routingKey: `q${i}` });
      },
      { messages: 16 },
    );
    expect(messages.map((message) => (message as { routing_key: string }).routing_key)).toEqual(
      Array.from({ length: 100 }, (_, i) => `q${i + 1}`),
    );
  });

  it('is the JSON of the API, with --format json', async () => {
    const [first] = await toldJson(MESSAGES, shop);
    expect(first).toMatchObject({
      v: 1,
      exchange: 'orders',
      message_id: 'm-1',
      confirmed: { latency: 100 },
      deliveries: [
        { queue: 'eu', settlement: 'requeue' },
        { queue: 'eu', redelivered: true, settlement: 'ack' },
      ],
    });
  });

  it('shows no control characters, and keeps to the width', async () => {
    const nasty = '\x1b[2J\u009b\u202e漢字';
    const script: Parameters<typeof told>[1] = (talk) => {
      const channel = talk.connect({ name: nasty }).channel();
      channel.publish({ exchange: nasty, routingKey: nasty });
    };
    for (const columns of [40, 80, 120]) {
      for (const line of await told(MESSAGES, script, { columns })) {
        expect(line).not.toMatch(/\p{Cc}|\u202e/u);
        expect(line.length).toBeLessThanOrEqual(columns);
      }
    }
    for (const line of await told(MESSAGES, script, { json: true })) expect(line).not.toMatch(/\p{Cc}/u);
  });
});

describe('the journey of a message', () => {
  it('has every step, with what it came after', async () => {
    expect(await told({ kind: 'journey', messageId: 'm-1' }, shop, { columns: 120 })).toEqual([
      'message m-1  orders → eu.cz  8 bytes',
      '  10:00:00.003300 published  #1 web-shop       ch1     @33',
      '  10:00:00.003400 confirmed  #1 web-shop       ch1     @36   100 µs after publish',
      '  10:00:00.003500 delivered  #2 invoices       ch1     @37   200 µs after publish  q=eu ctag=c1 tag=1',
      '  10:00:00.005600 requeued   #2 invoices       ch1     @40  2.10 ms after delivery tag=1',
      '  10:00:00.005700 delivered  #2 invoices       ch1     @41  2.40 ms after publish  q=eu ctag=c1 tag=2 redelivered',
      '  10:00:01.505800 acked      #2 invoices       ch1     @44   1.50 s after delivery tag=2',
    ]);
  });

  it('tells of a return, and of what was never acknowledged', async () => {
    const lines = await told({ kind: 'journey', messageId: 'm-2' }, shop);
    expect(lines.map((line) => line.trim().split(/ +/)[1])).toEqual(['m-2', 'published', 'returned', 'confirmed']);
    const waiting = await told({ kind: 'journey', messageId: 'x' }, (talk) => {
      const channel = talk.connect().channel();
      channel.call('basic.consume', { queue: 'q', consumer_tag: 'c' });
      channel.deliver({ consumerTag: 'c', deliveryTag: 1, properties: { message_id: 'x' } });
    });
    expect(waiting.at(-1)).toMatch(/delivered .* q=q ctag=c tag=1 not acknowledged when the capture ends$/);
  });

  it('tells of what went back with its channel, and of what the capture left open', async () => {
    const end = (kind: 'messages' | 'journey', how: 'closed' | 'capture-ended') =>
      told(kind === 'journey' ? { kind, messageId: 'x' } : { kind }, (talk) => {
        const client = talk.connect();
        const channel = client.channel();
        channel.call('basic.consume', { queue: 'q', consumer_tag: 'c' });
        channel.deliver({ consumerTag: 'c', deliveryTag: 1, properties: { message_id: 'x' } });
        client.cut(how === 'closed' ? 'client' : 'capture', how);
      });
    expect((await end('journey', 'closed')).at(-1)).toMatch(
      / back .* after delivery in its queue: the channel closed$/,
    );
    expect((await end('messages', 'closed')).join()).toContain('back in its queue: the channel closed after 100 µs q');
    expect((await end('journey', 'capture-ended')).at(-1)).toMatch(/tag=1 not acknowledged when the capture ends$/);
    expect((await end('messages', 'capture-ended')).join()).toContain('not acknowledged when the capture ends q');
  });

  it('tells of all messages with the id, and which of their deliveries are a guess', async () => {
    const twins = await told({ kind: 'journey', messageId: 'twin' }, (talk) => {
      const channel = talk.connect().channel();
      channel.call('basic.consume', { queue: 'q', consumer_tag: 'c' });
      const message = { routingKey: 'q', properties: { message_id: 'twin' } };
      channel.publish(message);
      channel.publish(message);
      channel.deliver({ ...message, consumerTag: 'c', deliveryTag: 1 });
    });
    expect(twins.filter((line) => line.startsWith('message twin'))).toHaveLength(2);
    expect(twins.join('\n')).toContain('other messages have the same ids');
  });

  it('says that there is no such message', async () => {
    expect(await told({ kind: 'journey', messageId: 'a b' }, shop)).toEqual(['no message has the message_id "a b"']);
    expect(await told({ kind: 'journey', messageId: 'nope' }, shop, { json: true })).toEqual([]);
  });
});
