// `amqp-spy broker`: the broker alone, without the spy. Counterpart: run.ts, the live command.

import { Command } from 'commander';
import type { Broker } from '../broker/broker.ts';
import { formatAddress, parseListenAddress } from '../net/address.ts';
import { formatBrokerLine } from './broker-line.ts';
import {
  addBrokerOptions,
  type BrokerOptionValues,
  parseBrokerOptions,
  parseManagementAddress,
  startManagementFor,
} from './broker-options.ts';
import { addServerTlsOptions, parseServerTls, type ServerTlsValues } from './server-tls-options.ts';
import { untilSignalled } from './signals.ts';

const EXAMPLES = `
A broker that clients take for RabbitMQ: user guest, password guest, virtual host /. Its log goes to standard error.

Examples:
  amqp-spy broker                                       on port 5672, everything in memory
  amqp-spy broker --port 0 --quiet                      on any free port; the first line says which
  amqp-spy broker --data-dir ./data                     durable queues and persistent messages survive
  amqp-spy broker --definitions defs.json --management  users and queues from a file; http://localhost:15672
`;

/** What commander hands over. */
interface BrokerCommandValues extends BrokerOptionValues, ServerTlsValues {
  readonly port: string;
  readonly quiet?: true;
}

/** `broker`. Its action rejects with AmqpSpyError if it cannot start, and resolves when it was told to stop. */
export function brokerCommand(): Command {
  const command = new Command('broker')
    .description('serve the broker alone, without the spy')
    .optionsGroup('Broker:')
    .option('-p, --port <[host:]port>', 'where clients connect', '5672')
    .option('-q, --quiet', 'log only warnings and errors');
  addServerTlsOptions(addBrokerOptions(command, 'What it holds:'));
  return command.addHelpText('after', EXAMPLES).action(runBroker);
}

async function runBroker(values: BrokerCommandValues): Promise<void> {
  const address = parseListenAddress('--port', values.port);
  const management = parseManagementAddress(values);
  const tls = await parseServerTls(values);
  const options = await parseBrokerOptions(values);
  const { createBroker } = await import('../broker/broker.ts');
  const stopped = untilSignalled();
  const broker = await createBroker({
    ...options,
    log: (line, level) => {
      if (level !== 'info' || !values.quiet) process.stderr.write(formatBrokerLine(line, level));
    },
  });
  try {
    const bound = await broker.listen(address, { option: '--port', ...(tls && { tls }) });
    const api = management && (await startManagementFor(broker, management));
    process.stderr.write(`amqp-spy: broker on ${tls ? 'amqps://' : ''}${formatAddress(bound)}${whereState(broker)}\n`);
    if (api) process.stderr.write(`amqp-spy: management http://${formatAddress(api.address)}\n`);
    await stopped;
    await api?.close();
  } finally {
    await broker.close();
  }
  process.exit(0);
}

function whereState({ options }: Broker): string {
  const state = options.dataDir === undefined ? ', in memory' : `, data in ${options.dataDir}`;
  return options.definitions ? state : `${state}; user guest, password guest`;
}
