// `amqp-spy top`: the command and its options. Counterpart: top.ts, which does it.

import { Command } from 'commander';
import { API_PORT, parseListenAddress } from '../../net/address.ts';

const EXAMPLES = `
Reads the API of a running amqp-spy every second. In the screen, ? explains the keys and q quits.

Examples:
  amqp-spy top                                  the amqp-spy on this machine
  amqp-spy top 15999                            its API is on another port
  amqp-spy top spy.test:${API_PORT} --api-token t0k   on another machine
`;

/** What commander hands over. */
interface TopOptionValues {
  readonly apiToken?: string;
  readonly color?: boolean;
}

/** `top [[host:]port]`. Its action rejects with AmqpSpyError if there is no terminal, or no spy to be asked. */
export function topCommand(): Command {
  return new Command('top')
    .description('watch a running spy, full-screen: connections, channels, queues, rates, latencies, findings')
    .argument('[[host:]port]', 'where the API of the spy listens', String(API_PORT))
    .optionsGroup('Options:')
    .option('--api-token <token>', 'token that the API asks for')
    .option('--no-color', 'no colour (so does the environment variable NO_COLOR)')
    .addHelpText('after', EXAMPLES)
    .action(showTop);
}

async function showTop(where: string, { apiToken, color }: TopOptionValues): Promise<void> {
  const { requireTerminal, runTop } = await import('./top.ts');
  const { ApiSource } = await import('./api-source.ts');
  const address = parseListenAddress('top', where);
  requireTerminal(process, 'top');
  const source = new ApiSource(address, apiToken);
  try {
    const signal = await runTop(source, process, { color: color === false ? false : undefined });
    // Ends as the signal ends programs: an ordinary exit of Node aborts (SIGABRT) when the terminal is gone.
    if (signal) process.kill(process.pid, signal);
  } finally {
    source.close();
  }
}
