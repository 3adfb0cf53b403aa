// The options of the broker within, shared by the live command and `broker`.

import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Broker, BrokerOptions } from '../broker/broker.ts';
import { ConfigError } from '../errors.ts';
import { parseDuration } from '../faults/duration.ts';
import { type ListenAddress, parseListenAddress } from '../net/address.ts';
import { formatBrokerLine } from './broker-line.ts';
import { parseByteSize } from './byte-size.ts';
import { fileReason } from './file-reason.ts';

/** What commander hands over. */
export interface BrokerOptionValues {
  readonly definitions?: string;
  readonly dataDir?: string;
  /** true: without a value. */
  readonly management?: string | true;
  readonly memoryLimit?: string;
  readonly consumerTimeout?: string;
}

const MANAGEMENT_PORT = '15672';
const SMALLEST_MEMORY_LIMIT = 1 << 20;
const LARGEST_MEMORY_LIMIT = 2 ** 40;

/** Declares the options. */
export function addBrokerOptions(command: Command, title: string): Command {
  return command
    .optionsGroup(title)
    .option('--definitions <file>', 'load users, virtual hosts, queues … as rabbitmqctl export_definitions writes them')
    .option('--data-dir <folder>', 'keep durable queues and persistent messages here (default: all in memory)')
    .option(
      '--management [[host:]port]',
      `RabbitMQ's management API, metrics and page (port ${MANAGEMENT_PORT} unless given)`,
    )
    .option(
      '--memory-limit <size>',
      'hold publishers back when messages weigh more (default: 40 % of the memory, at most 1 GiB)',
    )
    .option('--consumer-timeout <duration>', 'how long a consumer may take to acknowledge; 0: for ever (default: 30m)');
}

/** Checks and converts the values, reading the definitions. Rejects with ConfigError. */
export async function parseBrokerOptions(values: BrokerOptionValues): Promise<BrokerOptions> {
  const { definitions, dataDir, memoryLimit, consumerTimeout } = values;
  return {
    ...(definitions !== undefined && { definitions: { text: await readDefinitions(definitions), file: definitions } }),
    ...(dataDir !== undefined && { dataDir }),
    ...(memoryLimit !== undefined && {
      memoryLimit: parseByteSize('--memory-limit', memoryLimit, SMALLEST_MEMORY_LIMIT, LARGEST_MEMORY_LIMIT),
    }),
    ...(consumerTimeout !== undefined && { consumerTimeout: parseTimeout(consumerTimeout) }),
    log: (line, level) => {
      if (level !== 'info') process.stderr.write(formatBrokerLine(line, level));
    },
  };
}

/** Where the management API listens; undefined: nowhere. */
export function parseManagementAddress({ management }: BrokerOptionValues): ListenAddress | undefined {
  if (management === undefined) return undefined;
  return parseListenAddress('--management', management === true ? MANAGEMENT_PORT : management);
}

/** Throws ConfigError for options that mean nothing when the broker is another. */
export function refuseBrokerOptions(values: BrokerOptionValues): void {
  const { definitions, dataDir, management, memoryLimit, consumerTimeout } = values;
  const given: readonly [option: string, value: unknown][] = [
    ['--definitions', definitions],
    ['--data-dir', dataDir],
    ['--management', management],
    ['--memory-limit', memoryLimit],
    ['--consumer-timeout', consumerTimeout],
  ];
  const first = given.find(([, value]) => value !== undefined);
  if (first) throw new ConfigError(first[0], "is for the spy's own broker, and --upstream names another");
}

/** Starts the management API, loaded only when asked for. */
export async function startManagementFor(broker: Broker, address: ListenAddress) {
  const { startManagement } = await import('../broker/management/server.ts');
  return startManagement(broker, { ...address });
}

async function readDefinitions(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new ConfigError('--definitions', `cannot read ${file}: ${fileReason(error)}`, { cause: error });
  }
}

function parseTimeout(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new ConfigError('--consumer-timeout', `expected a duration with its unit, like 30m, found '${text}'`);
  return ms;
}
