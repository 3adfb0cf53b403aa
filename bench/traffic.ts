// Traffic through peers: one load, all peers in turn, round after round, each round in one go. Ratios are taken within
// a round. Beside each sample stands the CPU time that load, peer and upstream used, which shows who was the bottleneck.

import { once } from 'node:events';
import { type Child, cpuTime, startModule, stop } from './child.ts';
import type { Round } from './goals.ts';
import type { Order } from './loads/process.ts';
import type { Sample } from './loads/sample.ts';
import type { Peer, PeerStart } from './peers/peer.ts';

/** What a load runs against. */
export interface Upstream {
  readonly port: number;
  readonly pid: number;
}

/** How long to measure. */
export interface Effort {
  readonly rounds: number;
  readonly seconds: number;
}

/** Runs one load through every peer, alternating, in turned order every other round. A first, short round is dropped. */
export async function measureTraffic(
  load: string,
  upstream: Upstream,
  starts: readonly PeerStart[],
  effort: Effort,
): Promise<Round[]> {
  const child = await startModule('loads/process.js');
  const peers: Peer[] = [];
  try {
    for (const start of starts) peers.push(await start(upstream.port));
    for (const peer of peers) await sample(child, peer, upstream, { load, port: peer.port, seconds: 1 });
    const rounds: Round[] = [];
    for (let round = 0; round < effort.rounds; round++) {
      const samples: Record<string, Sample> = {};
      for (const peer of round % 2 === 0 ? peers : peers.toReversed()) {
        samples[peer.name] = await sample(child, peer, upstream, { load, port: peer.port, seconds: effort.seconds });
      }
      rounds.push(samples);
    }
    return rounds;
  } finally {
    for (const peer of peers) await peer.stop();
    await stop(child.process);
  }
}

async function sample(child: Child, peer: Peer, upstream: Upstream, order: Order): Promise<Sample> {
  const spent = () => [[child.process.pid!], peer.pids, [upstream.pid]].map((pids) => sum(pids.map(cpuTime)));
  const before = spent();
  const start = performance.now();
  child.process.send(order);
  const [measured] = (await once(child.process, 'message')) as [Sample];
  const elapsed = performance.now() - start;
  const [loadCpu, peerCpu, upstreamCpu] = spent().map((time, i) => (time - before[i]!) / elapsed);
  return { ...measured, loadCpu: loadCpu!, peerCpu: peerCpu!, upstreamCpu: upstreamCpu! };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
