// What it takes to be there: CPU time from the start of the command to its first connection served, in a process whose
// files are in the page cache. Milliseconds of CPU, all threads, user and system.

import { freePort, startCommand, stop, youngCpuTime } from './child.ts';
import { openConnection } from './connection.ts';
import type { Round } from './goals.ts';
import { spyArguments } from './peers/peer.ts';

/** Starts the spy `rounds` times in front of a sink. */
export async function measureStart(upstream: number, rounds: number): Promise<Round[]> {
  const samples: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    const port = await freePort();
    const args = spyArguments({ port, upstream, api: await freePort() });
    const { process: child } = await startCommand(process.execPath, args, port);
    const { socket } = await openConnection(port);
    samples.push({ 'amqp-spy': { cpu: youngCpuTime(child.pid!) } });
    socket.destroy();
    await stop(child);
  }
  return samples;
}
