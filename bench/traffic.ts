// Traffic through peers: one load, all peers in turn, round after round, each round in one go. Ratios are taken within
// a round. Beside each sample stands the CPU time that load, peer and upstream used, which shows who was the bottleneck.

import { once } from 'node:events';
import { type Child, cpuTime, quiet, startModule, stop } from './child.ts';
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

const WARM_UP_TURN_SECONDS = 1;

/**
 * Runs one load through every peer, alternating, in turned order every other round. A first round is thrown away. After
 * each turn what the peer still has to do (a subscriber lags behind) is waited for, lest the next peer pay for it.
 */
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
    const turn = async (peer: Peer, seconds: number): Promise<Sample> => {
      const measured = await sample(child, peer, upstream, { load, port: peer.port, seconds });
      await quiet([...peer.pids, ...(peer.companions ?? []), upstream.pid]);
      return measured;
    };
    for (const peer of peers) await turn(peer, WARM_UP_TURN_SECONDS);
    const rounds: Round[] = [];
    for (let round = 0; round < effort.rounds; round++) {
      const samples: Record<string, Sample> = {};
      for (const peer of round % 2 === 0 ? peers : peers.toReversed()) {
        samples[peer.name] = await turn(peer, effort.seconds);
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
