// Reading a capture: amqp-spy's `read` against tshark on the same file, output thrown away. The file is made afresh by
// capture.ts. tshark has no statistic that counts AMQP methods exactly; the nearest is one io,stat column a method.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Round } from './goals.ts';
import { SPY_COMMAND } from './peers/peer.ts';

/** The methods in the file, class and method id. */
const METHODS = ['10:10', '10:11', '10:30', '10:31', '10:40', '10:41', '20:10', '20:11', '60:40', '60:60', '60:80'];

const columns = METHODS.map((name) => {
  const [classId, methodId] = name.split(':');
  return `amqp.method.class==${classId} && amqp.method.method==${methodId}`;
});

/** What is asked of both, by load name: the arguments for each command. */
const COMMANDS: Readonly<Record<string, (file: string) => { spy: string[]; tshark: string[] }>> = {
  ndjson: (file) => ({ spy: ['read', file, '--format', 'json'], tshark: ['-r', file, '-T', 'ek'] }),
  count: (file) => ({
    spy: ['read', file, '--summary'],
    tshark: ['-r', file, '-q', '-z', `io,stat,0,${columns.join(',')}`],
  }),
};

/** Times both readers in turn, `rounds` times. Without the spy's command, tshark alone. */
export async function measureReading(load: string, file: string, rounds: number, withSpy: boolean): Promise<Round[]> {
  const commands = COMMANDS[load]!(file);
  const samples: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    const spy = withSpy
      ? { 'amqp-spy': { seconds: await time(process.execPath, [SPY_COMMAND, ...commands.spy]) } }
      : {};
    samples.push({ ...spy, tshark: { seconds: await time('tshark', commands.tshark) } });
  }
  return samples;
}

/** Wall time of a command in seconds, from its start to its end. */
async function time(command: string, args: readonly string[]): Promise<number> {
  const start = performance.now();
  const child = spawn(command, args, { stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with code ${code}`);
  return (performance.now() - start) / 1000;
}
