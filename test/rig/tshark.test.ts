import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'amqplib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCapture } from './capture.ts';
import { sharedRabbitMq } from './shared-rabbitmq.ts';
import { dissect, type TsharkPdu } from './tshark.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'amqp-spy-capture-'));
let pdus: readonly TsharkPdu[];

beforeAll(async () => {
  const { port, uri } = await sharedRabbitMq();
  const capture = await startCapture(port, path.join(folder, 'traffic.pcap'));
  const connection = await connect(uri);
  const channel = await connection.createConfirmChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  channel.publish('', queue, Buffer.alloc(200_000, 'x'), {
    messageId: 'ü€',
    expiration: '60000',
    timestamp: 1_700_000_000,
    persistent: true,
    headers: { answer: { '!': 'long', value: 42 }, nested: { list: ['a', true] } },
  });
  await channel.waitForConfirms();
  await connection.close();
  await capture.stop();
  const packets = await dissect(capture.file, port);
  const client = packets[0]?.sourcePort;
  pdus = packets.filter((packet) => packet.sourcePort === client).flatMap((packet) => packet.pdus);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('gives every frame of a direction in order', () => {
  expect(pdus.map((pdu) => pdu.method ?? pdu.type)).toEqual([
    'protocol-header',
    'connection.start-ok',
    'connection.tune-ok',
    'connection.open',
    'channel.open',
    'confirm.select',
    'queue.declare',
    'basic.publish',
    'header',
    'body',
    'body',
    'connection.close',
  ]);
});

it('gives arguments of every kind as plain text', () => {
  expect(pdus.find((pdu) => pdu.method === 'connection.start-ok')?.arguments).toEqual({
    mechanism: 'PLAIN',
    response: '\0guest\0guest',
    locale: 'en_US',
  });
  expect(pdus.find((pdu) => pdu.method === 'queue.declare')).toMatchObject({
    channel: 1,
    classId: 50,
    methodId: 10,
    arguments: { ticket: '0', queue: '', durable: 'true', exclusive: 'true', nowait: 'false' },
    tables: { arguments: [] },
  });
});

it('gives a content header with exact values, and whole bodies', () => {
  const header = pdus.find((pdu) => pdu.type === 'header');
  expect(header).toMatchObject({ classId: 60, bodySize: 200_000n });
  expect(header?.properties).toEqual({
    delivery_mode: '2',
    expiration: '60000',
    message_id: 'ü€',
    timestamp: '1700000000',
  });
  expect(header?.tables.headers).toEqual([
    { key: 'answer', type: 'long int', text: '42', entries: [] },
    {
      key: 'nested',
      type: 'field table',
      text: '',
      entries: [
        {
          key: 'list',
          type: 'array',
          text: '',
          entries: [
            { key: '[0]', type: 'string', text: 'a', entries: [] },
            { key: '[1]', type: 'boolean', text: 'true', entries: [] },
          ],
        },
      ],
    },
  ]);
  const bodies = pdus.filter((pdu) => pdu.type === 'body').map((pdu) => pdu.payload ?? Buffer.alloc(0));
  expect(Buffer.concat(bodies).equals(Buffer.alloc(200_000, 'x'))).toBe(true);
});
