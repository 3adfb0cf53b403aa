// `amqp-spy read`: the command and its options. Counterparts: read-capture.ts, which does it; run.ts, the live command.

import { Command } from 'commander';
import { ConfigError } from '../errors.ts';
import { LARGEST_LOG_SIZE, SMALLEST_LOG_SIZE } from '../log/record-store.ts';
import { parseByteSize } from './byte-size.ts';
import { loadFilter } from './filter-option.ts';
import { type ReadOptions, readCapture } from './read-capture.ts';
import { parseReport, type ReportChoice, type ReportOptionValues } from './report/report.ts';
import { addViewOptions, parseViewOptions, type ViewOptionValues } from './view-options.ts';

/** Frames are printed as soon as they are written, so the log needs to hold no more than a few large ones. */
const DEFAULT_LOG_SIZE = '16MiB';
const LAST_PORT = 65535;

const EXAMPLES = `
Ports other than 5672 and 5673 are recognised as AMQP by their bytes. The exit code is 1 if the capture is cut or broken;
what stands before that is printed all the same. It is 1 too if no message has the --message-id.

Examples:
  amqp-spy read trouble.pcapng                        a line a method, with its content
  amqp-spy read trouble.pcapng --view raw | less      every frame with its bytes
  amqp-spy read trouble.pcapng --format json | jq -c 'select(.method == "channel.close")'
  amqp-spy read trouble.pcapng --summary              connections, counts by method, latencies, findings, errors
  amqp-spy read trouble.pcapng --findings             what the clients do wrong, and what to do about it
  amqp-spy read trouble.pcapng --message-id 4711      the journey of one message
  amqp-spy read trouble.pcapng --topology dot | dot -Tsvg > topology.svg
  tcpdump -U -i lo -w - port 5672 | amqp-spy read -   live, without a proxy
`;

/** What commander hands over. */
interface ReadOptionValues extends ViewOptionValues, ReportOptionValues {
  readonly port?: readonly number[];
  readonly logSize: string;
  readonly showSecrets?: true;
}

/** `read <file>`. Its action rejects with AmqpSpyError, and sets the exit code when it was interrupted. */
export function readCommand(): Command {
  const command = new Command('read')
    .description('decode a capture: pcap or pcapng, as tcpdump, Wireshark and --record write them')
    .argument('<file>', 'the capture, or - for standard input, which may go on for ever')
    .optionsGroup('Instead of frames, one of:')
    .option('--summary', 'connections, frames and bytes by method, latencies, findings, errors')
    .option('--findings', 'what the clients do wrong, what to do about it, and which records show it')
    .option('--messages', 'a line a message: publish, outcome, deliveries, settlements')
    .option('--message-id <id>', 'every step of the messages with this message_id')
    .option('--topology <form>', 'exchanges, queues, bindings, producers and consumers: dot, mermaid or json')
    .optionsGroup('Capture:')
    .option('--port <ports>', 'server ports that are AMQP whatever their bytes (default: 5672,5673)', parsePorts)
    .option('--log-size <size>', 'frames of up to a quarter of this are shown whole', DEFAULT_LOG_SIZE)
    .option('--show-secrets', 'show passwords and tokens');
  return addViewOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, values: ReadOptionValues) => {
      process.exitCode = await readCapture(file, await parseReadOptions(values), process);
    });
}

/** Checks and converts the values. Rejects with ConfigError. */
async function parseReadOptions(values: ReadOptionValues): Promise<ReadOptions> {
  const filter = await loadFilter(values);
  const view = { ...parseViewOptions(values), ...(filter && { filter }) };
  const report = parseReport(values) ?? (view.quiet ? { kind: 'summary' as const } : undefined);
  if (report) refuseViewOptions(report, values);
  return {
    view,
    report,
    ports: values.port,
    logSize: parseByteSize('--log-size', values.logSize, SMALLEST_LOG_SIZE, LARGEST_LOG_SIZE),
    showSecrets: values.showSecrets ?? false,
  };
}

/** Throws ConfigError for options that say how frames are shown, where none are. */
function refuseViewOptions(
  report: ReportChoice,
  { view, format, filter, findingsOnly, quiet, topology }: ReadOptionValues,
): void {
  const given = (option: string, isGiven: unknown): void => {
    if (isGiven) throw new ConfigError(option, 'goes without a report, which shows no frames');
  };
  given('--view', view !== undefined && report.kind !== 'summary');
  given('--filter', filter !== undefined);
  given('--findings-only', findingsOnly);
  given('--filter', filter !== undefined);
  given('--quiet', quiet && report.kind !== 'summary');
  if (report.kind !== 'summary' && format === 'tracer') throw new ConfigError('--format', 'a report is pretty or json');
  if (report.kind === 'topology' && report.form !== 'json' && format === 'json') {
    throw new ConfigError('--topology', `${topology} is no JSON: leave --format out, or ask for --topology json`);
  }
}

/** `5672,5673`; the option may be given more than once. */
function parsePorts(text: string, before: readonly number[] = []): readonly number[] {
  const ports = text.split(',').map((part) => {
    const port = /^ *\d{1,5} *$/.test(part) ? Number(part) : 0;
    if (port >= 1 && port <= LAST_PORT) return port;
    throw new ConfigError('--port', `expected ports from 1 to ${LAST_PORT}, separated by commas; found '${text}'`);
  });
  return [...before, ...ports];
}
