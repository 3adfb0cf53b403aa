// Connections within the process: the same bytes as on a socket, without one.

import { once } from 'node:events';
import { expect, it } from 'vitest';
import { createBroker } from '../../src/broker/broker.ts';
import { decodeMethod } from '../../src/protocol/method.ts';
import { PROTOCOL_HEADER } from '../../src/protocol/protocol-header.ts';

it('answers a protocol header with connection.start, and ends when the other side does', async () => {
  const broker = await createBroker();
  const stream = broker.connect({ port: 4711 });
  stream.write(PROTOCOL_HEADER);
  const [chunk] = (await once(stream, 'data')) as [Buffer];
  const { method } = decodeMethod(chunk, 7, chunk.length - 1);
  expect(method.name).toBe('connection.start');
  expect([...broker.connections].map(({ name }) => name)).toEqual(['127.0.0.1:4711 -> 127.0.0.1:0']);
  stream.end();
  await once(stream, 'close');
  expect(broker.connections.size).toBe(0);
  await broker.close();
});

it('answers another protocol with its own header, and ends', async () => {
  const broker = await createBroker();
  const stream = broker.connect();
  stream.end('GET / HTTP/1.1\r\n\r\n');
  const chunks = (await stream.toArray()) as Buffer[];
  expect(Buffer.concat(chunks)).toEqual(Buffer.from(PROTOCOL_HEADER));
  await broker.close();
});
