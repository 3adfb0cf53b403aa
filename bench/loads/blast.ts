// A blast: publishes of 94 bytes, written as fast as the socket takes them, into a sink that discards them. The clock
// runs until the sink has closed its side in answer to ours, so bytes still on their way are not counted as arrived.

import { once } from 'node:events';
import { openConnection } from '../connection.ts';
import { PUBLISH_94, repeat } from '../frames.ts';
import type { Sample } from './sample.ts';

const WRITE = repeat(PUBLISH_94, 697); // 65,518 bytes: as many whole publishes as fit a chunk of 64 KiB

/** Runs the load through `port` and counts the bytes that went through, per second. */
export async function blast(port: number, seconds: number): Promise<Sample> {
  const { socket } = await openConnection(port);
  const start = performance.now();
  const deadline = start + seconds * 1000;
  let bytes = 0;
  while (performance.now() < deadline) {
    bytes += WRITE.length;
    if (!socket.write(WRITE)) await once(socket, 'drain');
  }
  const ended = once(socket, 'end');
  socket.end();
  socket.resume();
  await ended;
  const rate = (bytes * 1000) / (performance.now() - start);
  socket.destroy();
  return { rate, count: bytes / PUBLISH_94.length };
}
