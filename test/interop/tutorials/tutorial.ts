// The tutorials' programs, by client: the same seven tutorials told to each, the same lines printed by each.
// Counterpart: tutorials.test.ts, which runs them. Invariant: a program is told nothing but where the broker is.

import path from 'node:path';
import { type RigProcess, run, startProcess } from '../../rig/process.ts';
import { root } from '../../rig/root.ts';

/** The client libraries in whose words the tutorials are told; each has a folder here. */
export const CLIENTS = ['amqplib', 'rabbitmq-client', 'pika'] as const;

export type Client = (typeof CLIENTS)[number];

/** What a program prints once it listens: somewhere among the first messages, for those may have been there before. */
const READY = /^(waiting|watching) /;

/** The programs of one client, run against one broker. */
export class Programs {
  readonly #client: Client;
  readonly #uri: string;

  constructor(client: Client, uri: string) {
    this.#client = client;
    this.#uri = uri;
  }

  /** Runs a program that ends by itself, for example `1-send`, and gives the lines that it printed. */
  async run(program: string, ...args: readonly string[]): Promise<string[]> {
    return lines(await run(...this.#command(program, args)));
  }

  /** Starts a program that goes on until it is told to stop; resolves once it waits for messages. */
  async start(program: string, ...args: readonly string[]): Promise<Listening> {
    const listening = new Listening(startProcess(...this.#command(program, args)));
    await listening.prints(READY);
    return listening;
  }

  #command(program: string, args: readonly string[]): Parameters<typeof startProcess> {
    const folder = path.join(root, 'test', 'interop', 'tutorials', this.#client);
    const [command, file] =
      this.#client === 'pika'
        ? ['/usr/bin/python3', `${program.replaceAll('-', '_')}.py`]
        : [process.execPath, `${program}.mjs`];
    return [command, [path.join(folder, file), ...args], { env: { AMQP_URL: this.#uri, PYTHONUNBUFFERED: '1' } }];
  }
}

/** A program that listens. */
export class Listening {
  readonly #process: RigProcess;

  constructor(process: RigProcess) {
    this.#process = process;
  }

  /** Resolves once it has printed such a line. */
  async prints(line: RegExp): Promise<void> {
    await this.#process.waitForLine(line, 'stdout');
  }

  /** Ends it in the middle of its work, as a crash would. */
  async crash(): Promise<void> {
    await this.#process.kill();
  }

  /**
   * Ends it as Ctrl-C would, and gives what it printed of the messages that came.
   * @throws Error with its output if it does not end well.
   */
  async stop(): Promise<string[]> {
    const { code } = await this.#process.stop('SIGINT');
    if (code !== 0) throw new Error(`ended with ${code}\n${this.#process.stdout}${this.#process.stderr}`);
    return lines(this.#process.stdout).filter((line) => !READY.test(line));
  }
}

function lines(text: string): string[] {
  return text.split('\n').slice(0, -1);
}
