// `amqp-spy read`: the command and its options. Counterparts: read-capture.ts, which does it; run.ts, the live command.

import { Command } from 'commander';
import { ConfigError } from '../errors.ts';
import { LARGEST_LOG_SIZE, SMALLEST_LOG_SIZE } from '../log/record-store.ts';
import { parseByteSize } from './byte-size.ts';
import { type ReadOptions, readCapture } from './read-capture.ts';
import { addViewOptions, parseViewOptions, type ViewOptionValues } from './view-options.ts';

/** Frames are printed as soon as they are written, so the log needs to hold no more than a few large ones. */
const DEFAULT_LOG_SIZE = '16MiB';
const LAST_PORT = 65535;

const EXAMPLES = `
Ports other than 5672 and 5673 are recognised as AMQP by their bytes. The exit code is 1 if the capture is cut or broken;
what stands before that is printed all the same.

Examples:
  amqp-spy read trouble.pcapng                        a line a method, with its content
  amqp-spy read trouble.pcapng --view raw | less      every frame with its bytes
  amqp-spy read trouble.pcapng --format json | jq -c 'select(.method == "channel.close")'
  amqp-spy read trouble.pcapng --summary              connections, counts by method, errors
  tcpdump -U -i lo -w - port 5672 | amqp-spy read -   live, without a proxy
`;

/** What commander hands over. */
interface ReadOptionValues extends ViewOptionValues {
  readonly summary?: true;
  readonly port?: readonly number[];
  readonly logSize: string;
  readonly showSecrets?: true;
}

/** `read <file>`. Its action rejects with AmqpSpyError, and sets the exit code when it was interrupted. */
export function readCommand(): Command {
  const command = new Command('read')
    .description('decode a capture: pcap or pcapng, as tcpdump, Wireshark and --record write them')
    .argument('<file>', 'the capture, or - for standard input, which may go on for ever')
    .optionsGroup('Capture:')
    .option('--summary', 'only the summary: connections, frames and bytes by method, errors')
    .option('--port <ports>', 'server ports that are AMQP whatever their bytes (default: 5672,5673)', parsePorts)
    .option('--log-size <size>', 'frames of up to a quarter of this are shown whole', DEFAULT_LOG_SIZE)
    .option('--show-secrets', 'show passwords and tokens');
  return addViewOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, values: ReadOptionValues) => {
      process.exitCode = await readCapture(file, parseReadOptions(values), process);
    });
}

/** Checks and converts the values. Throws ConfigError. */
function parseReadOptions(values: ReadOptionValues): ReadOptions {
  const view = parseViewOptions(values);
  return {
    view: values.summary ? { ...view, quiet: true } : view,
    ports: values.port,
    logSize: parseByteSize('--log-size', values.logSize, SMALLEST_LOG_SIZE, LARGEST_LOG_SIZE),
    showSecrets: values.showSecrets ?? false,
  };
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
