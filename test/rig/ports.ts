// Finds TCP ports for servers that cannot be told to listen on port 0 and report which one they got.
// Counterpart: rabbitmq.ts.
// Invariant: ports lie below the range from which the kernel takes the ports of outgoing connections (32768 and up),
// so that a test that opens thousands of connections cannot take one between the choice and the listening.

import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';

const lowest = 20_000;
const highest = 32_000;

/** A TCP port on 127.0.0.1 on which nothing listens at this moment. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest);
    if (await isFree(port)) return port;
  }
}

/** Several different free ports. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

/** Whether something accepts connections on 127.0.0.1. */
export async function isListening(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
