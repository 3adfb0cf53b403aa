// What a message carries, from publisher to consumer: properties, headers and bodies of every kind and size.

import { expect, test } from 'vitest';
import { encodeContentHeader } from '../../../src/protocol/content-header.ts';
import type { FieldTable } from '../../../src/protocol/field-table.ts';
import { encodeFrame, FRAME_BODY, FRAME_HEADER } from '../../../src/protocol/frame.ts';
import type { BasicProperties } from '../../../src/protocol/method-table.ts';
import { encodeCall, table } from '../../rig/amqp-client.ts';
import { behaviour } from './brokers.ts';
import { lastingQueue, untilReady } from './observation.ts';

const HEADERS: FieldTable = [
  ['boolean', { type: 't', value: true }],
  ['byte', { type: 'b', value: -128 }],
  ['unsigned byte', { type: 'B', value: 255 }],
  ['short', { type: 's', value: -32768 }],
  ['unsigned short', { type: 'u', value: 65535 }],
  ['int', { type: 'I', value: -2147483648 }],
  ['unsigned int', { type: 'i', value: 4294967295 }],
  ['long', { type: 'l', value: -(2n ** 63n) }],
  ['timestamp', { type: 'T', value: 2n ** 64n - 1n }],
  ['float', { type: 'f', value: 0.5 }],
  ['double', { type: 'd', value: -1e300 }],
  ['decimal', { type: 'D', scale: 2, value: 31415 }],
  ['string', { type: 'S', value: 'ψ\n\u0000 "quoted"' }],
  ['empty string', { type: 'S', value: '' }],
  ['bytes', { type: 'x', value: new Uint8Array([0, 206, 255]) }],
  ['void', { type: 'V', value: null }],
  [
    'array',
    {
      type: 'A',
      value: [
        { type: 't', value: false },
        { type: 'A', value: [] },
      ],
    },
  ],
  ['table', { type: 'F', value: [['inner', { type: 'F', value: [] }]] }],
  ['', { type: 'S', value: 'nameless' }],
  ['twice', { type: 'I', value: 1 }],
  ['twice', { type: 'I', value: 2 }],
];

const ALL_PROPERTIES: BasicProperties = {
  content_type: 'text/plain; charset="ü"',
  content_encoding: 'identity',
  headers: HEADERS,
  delivery_mode: 2,
  priority: 255,
  correlation_id: 'c'.repeat(255),
  reply_to: 'amq.topic',
  expiration: '3600000',
  message_id: '',
  timestamp: 2n ** 64n - 1n,
  type: 't',
  user_id: 'guest',
  app_id: 'a',
  cluster_id: 'cluster',
};

behaviour('the content of a message', (broker) => {
  test('all properties and all types of headers pass unchanged', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    ch.publish({ routingKey: queue, properties: ALL_PROPERTIES, body: 'm' });
    const got = (await ch.get(queue))!;
    // Decoding keeps types and order, so the bytes are the same if these are.
    expect(got.properties).toEqual(ALL_PROPERTIES);
    expect(Buffer.from(encodeContentHeader(1n, got.properties))).toEqual(
      Buffer.from(encodeContentHeader(1n, ALL_PROPERTIES)),
    );
  });

  test('also through a durable queue, and back to the publisher', async () => {
    const queue = await lastingQueue(broker);
    const ch = await broker.channel();
    await ch.consume(queue, { no_ack: true });
    ch.publish({ routingKey: queue, properties: ALL_PROPERTIES, body: 'm' });
    expect((await ch.next('basic.deliver')).properties).toEqual(ALL_PROPERTIES);
    ch.publish({ routingKey: 'nowhere', mandatory: true, properties: ALL_PROPERTIES });
    expect((await ch.next('basic.return')).properties).toEqual(ALL_PROPERTIES);
  });

  test('no properties at all', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    ch.publish({ routingKey: queue });
    expect(await ch.get(queue)).toMatchObject({ properties: {}, body: Buffer.alloc(0) });
  });

  test.each(Object.keys(ALL_PROPERTIES) as (keyof BasicProperties)[])('%s alone', async (name) => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    const properties = { [name]: ALL_PROPERTIES[name] } as BasicProperties;
    ch.publish({ routingKey: queue, properties });
    expect((await ch.get(queue))?.properties).toEqual(properties);
  });

  test('an empty table of headers is not the same as none', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    ch.publish({ routingKey: queue, properties: { headers: [] } });
    expect((await ch.get(queue))?.properties).toEqual({ headers: [] });
  });

  test('tables and arrays may be nested deep', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    let headers = table({ end: 1 });
    for (let depth = 0; depth < 30; depth++) headers = [['t', { type: 'F', value: headers }]];
    ch.publish({ routingKey: queue, properties: { headers } });
    expect((await ch.get(queue))?.properties).toEqual({ headers });
  });

  test('headers that fill a frame', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    const headers = table({ long: 'x'.repeat(100_000) });
    ch.publish({ routingKey: queue, properties: { headers }, body: 'm' });
    expect((await ch.get(queue))?.properties).toEqual({ headers });
  });

  test.each([0, 1, 131_063, 131_064, 131_065, 262_128, 1_000_000])('a body of %i bytes', async (size) => {
    const ch = await broker.channel();
    const queue = await ch.queue();
    const body = bytes(size);
    ch.publish({ routingKey: queue, body });
    const got = (await ch.get(queue))!;
    expect(got.body.equals(body)).toBe(true);
  });

  test('a body is cut as the consumer’s frame-max asks for', async () => {
    const publisher = await broker.channel();
    const consumer = await broker.channel({ frameMax: 4096 });
    const queue = await publisher.queue({ exclusive: false, auto_delete: true });
    await consumer.consume(queue, { no_ack: true });
    const body = bytes(50_000);
    publisher.publish({ routingKey: queue, body });
    expect((await consumer.next('basic.deliver')).body.equals(body)).toBe(true);
  });

  test('a body in many small frames arrives whole', async () => {
    const publisher = await broker.channel({ frameMax: 4096 });
    const consumer = await broker.channel();
    const queue = await publisher.queue({ exclusive: false, auto_delete: true });
    await consumer.consume(queue, { no_ack: true });
    const body = bytes(100_000);
    publisher.publish({ routingKey: queue, body });
    expect((await consumer.next('basic.deliver')).body.equals(body)).toBe(true);
  });

  test('frames of a body may be of any size, also empty', async () => {
    const client = await broker.connect();
    const ch = await client.channel();
    const queue = await ch.queue();
    const parts = ['a', '', 'bcd', '', 'e'].map((part) => Buffer.from(part));
    client.socket.send(
      Buffer.concat([
        encodeCall(ch.number, 'basic.publish', { routing_key: queue }),
        encodeFrame(FRAME_HEADER, ch.number, encodeContentHeader(5n, {})),
        ...parts.map((part) => encodeFrame(FRAME_BODY, ch.number, part)),
      ]),
    );
    expect(`${(await ch.get(queue))?.body}`).toBe('abcde');
  });

  test('bodies on two channels may be mixed', async () => {
    const client = await broker.connect();
    const [one, two] = [await client.channel(), await client.channel()];
    const queue = await one.queue();
    const start = (channel: number) => [
      encodeCall(channel, 'basic.publish', { routing_key: queue }),
      encodeFrame(FRAME_HEADER, channel, encodeContentHeader(2n, {})),
    ];
    const part = (channel: number, text: string) => encodeFrame(FRAME_BODY, channel, Buffer.from(text));
    client.socket.send(
      Buffer.concat([
        ...start(one.number),
        ...start(two.number),
        part(one.number, '1'),
        part(two.number, 'x'),
        part(two.number, 'y'),
        part(one.number, '2'),
      ]),
    );
    await two.sync();
    await untilReady(one, queue, 2);
    expect(new Set([`${(await one.get(queue))?.body}`, `${(await one.get(queue))?.body}`])).toEqual(
      new Set(['12', 'xy']),
    );
  });

  test('a message of a fanout is the same for all, though one queue changes its copy', async () => {
    const ch = await broker.channel();
    const [dead, plain] = [await ch.queue(), await ch.queue()];
    const doomed = await ch.queue({
      arguments: table({ 'x-message-ttl': 0, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead }),
    });
    await ch.call('queue.bind', { queue: plain, exchange: 'amq.direct', routing_key: plain });
    await ch.call('queue.bind', { queue: doomed, exchange: 'amq.direct', routing_key: plain });
    ch.publish({ exchange: 'amq.direct', routingKey: plain, body: 'm', properties: { expiration: '60000', type: '' } });
    await ch.consume(dead, { no_ack: true });
    const buried = await ch.next('basic.deliver');
    expect(buried.properties.expiration).toBeUndefined();
    expect((await ch.get(plain))?.properties).toEqual({ expiration: '60000', type: '' });
  });
});

function bytes(size: number): Buffer {
  const body = Buffer.allocUnsafe(size);
  for (let i = 0; i < size; i++) body[i] = (i * 31 + (i >> 8)) & 0xff;
  return body;
}
