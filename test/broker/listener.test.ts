// The broker on a socket: what has to do with sockets alone.

import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { createBroker } from '../../src/broker/broker.ts';
import { PROTOCOL_HEADER } from '../../src/protocol/protocol-header.ts';

it('ends its half of a connection when the client ends the other', async () => {
  const broker = await createBroker();
  const { port } = await broker.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  socket.write(PROTOCOL_HEADER);
  await once(socket, 'data');
  expect(broker.connections.size).toBe(1);
  socket.end();
  await once(socket.resume(), 'end');
  expect(broker.connections.size).toBe(0);
  await broker.close();
});

it('tells which port it cannot have', async () => {
  const broker = await createBroker();
  const { port } = await broker.listen({ host: '127.0.0.1', port: 0 });
  await expect(broker.listen({ host: '127.0.0.1', port })).rejects.toThrow(
    `--port: 127.0.0.1:${port} is in use by another program; choose another port`,
  );
  await broker.close();
});
