// The spy's own broker by itself: how soon it is there, what it weighs when idle, and with a million messages in a queue.
// Wall time and resident memory; memory in MB of 10^6 bytes.

import { residentMemory } from './child.ts';
import { openConnection } from './connection.ts';
import * as frames from './frames.ts';
import type { Round } from './goals.ts';
import { ownBroker } from './peers/peer.ts';

const MESSAGES = 1_000_000;
const MESSAGES_A_WRITE = 1000;
const QUEUE = 'million';
const TAG = 'c';

/** Starts the broker `rounds` times. */
export async function measureBrokerStart(rounds: number): Promise<Round[]> {
  const samples: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    const since = performance.now();
    const broker = await ownBroker(false)(0);
    const { socket } = await openConnection(broker.port);
    const ready = performance.now() - since;
    samples.push({ 'own broker': { ready, resident: residentMemory(broker.pids[0]!) / 1e6 } });
    socket.destroy();
    await broker.stop();
  }
  return samples;
}

/** Fills a queue, weighs the broker, drains the queue. */
export async function measureMillion(rounds: number): Promise<Round[]> {
  const samples: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    const broker = await ownBroker(false)(0);
    const fill = await fillQueue(broker.port);
    const resident = residentMemory(broker.pids[0]!) / 1e6;
    const drained = await drainQueue(broker.port);
    samples.push({ 'own broker': { resident, fill, drained, drain: drained / fill } });
    await broker.stop();
  }
  return samples;
}

const { method, short, shortString, octet, NO_TABLE } = frames;
const MESSAGE = { exchange: '', routingKey: QUEUE, properties: frames.NO_PROPERTIES, body: Buffer.alloc(100, 'a') };

/** In seconds. */
async function fillQueue(port: number): Promise<number> {
  const connection = await openConnection(port);
  const declare = method(1, 50, 10, short(0), shortString(QUEUE), octet(0), NO_TABLE);
  await connection.call(declare, 50, 11);
  const messages = frames.repeat(frames.publish(MESSAGE), MESSAGES_A_WRITE);
  const since = performance.now();
  for (let sent = 0; sent < MESSAGES; sent += MESSAGES_A_WRITE) {
    if (connection.socket.write(messages)) continue;
    await new Promise((resolve) => connection.socket.once('drain', resolve));
  }
  // Answered once everything before it was taken in.
  await connection.call(declare, 50, 11);
  connection.socket.destroy();
  return (performance.now() - since) / 1000;
}

/** In seconds. */
async function drainQueue(port: number): Promise<number> {
  const connection = await openConnection(port);
  const expected = MESSAGES * frames.deliver(MESSAGE, TAG, 1).length;
  let received = 0;
  const since = performance.now();
  await new Promise<void>((resolve) => {
    connection.onChunk = (chunk) => {
      received += chunk.length;
      // consume-ok comes before them.
      if (received >= expected) resolve();
    };
    connection.socket.write(method(1, 60, 20, short(0), shortString(QUEUE), shortString(TAG), octet(2), NO_TABLE));
  });
  connection.socket.destroy();
  return (performance.now() - since) / 1000;
}
