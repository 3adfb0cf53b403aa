// Idle connections: how much a peer's resident memory grows for each open connection with one open channel on it, the
// frames of its handshake included. The connections go to the sink; this process holds their client ends.

import { setTimeout as delay } from 'node:timers/promises';
import { residentMemory } from './child.ts';
import { type Connection, openConnection } from './connection.ts';
import type { Round } from './goals.ts';
import type { Sample } from './loads/sample.ts';
import type { PeerStart } from './peers/peer.ts';

const CONNECTIONS = 5000;
const OPENED_AT_ONCE = 100;
const SETTLE_MS = 2000;

/** Holds 5,000 connections through each peer in turn. One round: memory, unlike time, hardly depends on the hour. */
export async function measureIdle(upstream: number, starts: readonly PeerStart[]): Promise<Round[]> {
  const round: Record<string, Sample> = {};
  for (const start of starts) {
    const peer = await start(upstream);
    if (peer.pids.length > 0) round[peer.name] = await hold(peer.port, peer.pids);
    await peer.stop();
  }
  return [round];
}

async function hold(port: number, pids: readonly number[]): Promise<Sample> {
  const memory = () => pids.reduce((sum, pid) => sum + residentMemory(pid), 0);
  const before = memory();
  const connections: Connection[] = [];
  while (connections.length < CONNECTIONS) {
    const opening = Array.from({ length: OPENED_AT_ONCE }, () => openConnection(port));
    connections.push(...(await Promise.all(opening)));
  }
  await delay(SETTLE_MS);
  const growth = (memory() - before) / 1024 / CONNECTIONS;
  for (const { socket } of connections) socket.destroy();
  return { growth, count: CONNECTIONS };
}
