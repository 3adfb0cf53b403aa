#!/usr/bin/env node
// The command line's way in: reads the arguments, runs a command, and turns what goes wrong into one line and an exit
// code: 2 for wrong use, 1 for failure.

import { Command, CommanderError } from 'commander';
import { AmqpSpyError, ConfigError } from '../errors.ts';
import { nearest } from '../filter/nearest.ts';
import { VERSION } from '../version.ts';
import { brokerCommand } from './broker.ts';
import { readCommand } from './read.ts';
import { type LiveOptionValues, runLive } from './run.ts';
import { addSpyOptions } from './spy-options.ts';
import { topCommand } from './top/command.ts';
import { addViewOptions } from './view-options.ts';

const WRONG_USE = 2;
const FAILURE = 1;

const EXAMPLES = `
Examples:
  amqp-spy                                              with a broker of its own: clients connect to 5673
  amqp-spy --upstream 5672                              before RabbitMQ; one line a command
  amqp-spy -l 5673 -u rabbit.test:5672 --view frames    one line a frame
  amqp-spy -u amqps://rabbit.test --tls auto            TLS on both sides
  amqp-spy -u 5672 --format json | jq .method           one JSON object a frame
  amqp-spy -u 5672 --record trouble.pcapng --quiet      record, for Wireshark or amqp-spy read
  amqp-spy -u 5672 --findings-only                      what the clients do wrong, and what to do about it
  amqp-spy -u 5672 --view top                           a full screen: rates, queues, latencies, findings
  amqp-spy -u 5672 --delay 50ms±20ms                    a slow network
  amqp-spy -u 5672 --drop-heartbeats server             does the client notice?
  amqp-spy read trouble.pcapng                          decode a capture
  amqp-spy broker --port 5672                           the broker alone
`;

function createProgram(): Command {
  const program = new Command('amqp-spy')
    .description(
      'See every AMQP 0-9-1 frame between your clients and RabbitMQ: a proxy that shows, records and breaks traffic.',
    )
    .version(VERSION, '-V, --version')
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .addHelpText('after', EXAMPLES);
  addViewOptions(addSpyOptions(program), true)
    .allowExcessArguments()
    .action((values: LiveOptionValues) => {
      const [unknown] = program.args;
      if (unknown !== undefined) refuseCommand(program, unknown);
      return runLive(values);
    });
  const commands = [readCommand(), topCommand(), brokerCommand()];
  for (const command of commands) program.addCommand(command);
  for (const command of [program, ...commands]) {
    command
      .optionsGroup('Options:')
      .option('--debug', 'show stack traces')
      .exitOverride()
      .configureOutput({ outputError: writeOneLine });
  }
  return program;
}

/** Throws CommanderError: the live command takes no arguments, so the first one was meant for a command. */
function refuseCommand(program: Command, unknown: string): never {
  const known = program.commands.map((command) => command.name());
  const meant = nearest(unknown, known);
  const advice = meant === undefined ? `expected ${known.join(', ')} or options` : `did you mean ${meant}?`;
  program.error(`error: unknown command '${unknown}'; ${advice}`);
}

/** commander's complaints, made one line as all others are. */
function writeOneLine(text: string, write: (text: string) => void): void {
  write(
    `${text
      .trim()
      .replace(/^error: /, 'amqp-spy: ')
      .replaceAll('\n', ' ')}\n`,
  );
}

function report(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : WRONG_USE;
    return;
  }
  process.exitCode = error instanceof ConfigError ? WRONG_USE : FAILURE;
  const known = error instanceof AmqpSpyError;
  const message = known ? error.message : `unexpected error: ${(error as Error)?.message ?? error}`;
  process.stderr.write(`amqp-spy: ${message}\n`);
  if (process.argv.includes('--debug')) process.stderr.write(`${(error as Error)?.stack ?? error}\n`);
  else if (!known) process.stderr.write('amqp-spy: run again with --debug to see where\n');
}

// A reader that has gone (`| head`) is no error; what writes for long looks after that itself.
process.stdout.on('error', () => {});
try {
  await createProgram().parseAsync();
} catch (error) {
  report(error);
}
