// What following the traffic costs: CPU time a message in the frame log alone, and in the frame log with a session that
// understands it; and what a channel that never acknowledges takes in memory. Each sample is a process of its own
// (tracking.ts), so that neither way's code is shaped by the other's.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Round } from './goals.ts';
import type { Sample } from './loads/sample.ts';

/** The loads of tracking.ts; `unacked` gives memory, the others time. */
const LOADS = ['confirms', 'acked', 'properties', 'noack', 'journey', 'unacked'];
const WAYS = { 'bare log': 'bare', 'with session': 'tracked' } as const;

/** Runs all loads both ways, `rounds` times. */
export async function measureSession(rounds: number): Promise<Round[]> {
  const samples: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    const made: Record<string, Record<string, number>> = { 'bare log': {}, 'with session': {} };
    for (const load of LOADS) {
      for (const [name, way] of Object.entries(WAYS)) Object.assign(made[name]!, await sample(load, way));
    }
    samples.push(made);
  }
  return samples;
}

async function sample(load: string, way: string): Promise<Sample> {
  const file = fileURLToPath(new URL('tracking.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file, load, way]);
  return JSON.parse(stdout) as Sample;
}
