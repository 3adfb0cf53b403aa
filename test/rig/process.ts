// A child process of a test: the built command line, a client in another language, tcpdump, a broker.
// Counterpart: rabbitmq.ts and capture.ts build on it.
// Invariant: no child outlives the process that started it. Each runs in a process group of its own, and a tiny
// shell (the leash) kills that group when its parent's end of a pipe closes, even if the parent was killed.

import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { requireCommand } from './require-command.ts';
import { root } from './root.ts';

/** How a process ended: an exit code, or the signal that killed it. */
export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProcessOptions {
  readonly cwd?: string;
  /** Added to the present environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Replaces the present environment as a whole; `env` is added to it. */
  readonly baseEnv?: NodeJS.ProcessEnv;
  /** Written to standard input, which is then closed. Without it standard input is empty; 'pipe' keeps it open. */
  readonly input?: 'pipe' | { readonly data: string | Uint8Array };
  /** A temporary folder of the child's, which goes when this process dies before the child. */
  readonly folder?: string;
}

export type Stream = 'stdout' | 'stderr';

/** How long a wait lasts before it fails with the output so far. Generous: it only bounds a test that has gone wrong. */
const waitLimitMs = 30_000;

/** How long a process may take to end after it was asked to. */
const stopLimitMs = 10_000;

const running = new Set<RigProcess>();

/** Collects one output stream, both as bytes and as complete lines. */
class Output {
  readonly lines: string[] = [];
  readonly #chunks: Buffer[] = [];
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  append(chunk: Buffer): void {
    this.#chunks.push(chunk);
    const parts = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = parts.pop() ?? '';
    for (const part of parts) this.lines.push(part);
  }

  /** Counts an unfinished last line as a line. */
  end(): void {
    const last = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (last !== '') this.lines.push(last);
  }
}

/** A running child process. Make one with {@link startProcess} or {@link startCli}. */
export class RigProcess {
  readonly pid: number;
  /** Resolves once the process has ended and all its output has been read. Never rejects. */
  readonly exit: Promise<ExitStatus>;
  readonly #title: string;
  readonly #child: ChildProcess;
  readonly #output = { stdout: new Output(), stderr: new Output() };
  readonly #waiters = new Set<() => void>();
  #ended: ExitStatus | undefined;

  constructor(title: string, child: ChildProcess, folder?: string) {
    if (child.pid === undefined) throw new Error(`Could not start ${title}`);
    this.pid = child.pid;
    this.#title = title;
    this.#child = child;
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.on('data', (chunk: Buffer) => {
        this.#output[stream].append(chunk);
        this.#wake();
      });
    }
    const leash = holdOnLeash(child.pid, folder);
    child.once('exit', () => {
      leash.kill('SIGKILL');
      signalGroup(this.pid, 'SIGKILL');
    });
    this.exit = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        running.delete(this);
        this.#output.stdout.end();
        this.#output.stderr.end();
        this.#ended = { code, signal };
        this.#wake();
        resolve(this.#ended);
      });
    });
    running.add(this);
  }

  /** Everything written to standard output so far. */
  get stdout(): string {
    return this.stdoutBytes.toString();
  }

  get stdoutBytes(): Buffer {
    return this.#output.stdout.bytes;
  }

  /** Everything written to standard error so far. */
  get stderr(): string {
    return this.#output.stderr.bytes.toString();
  }

  /** The complete lines written so far, without their line ends. */
  lines(stream: Stream = 'stdout'): readonly string[] {
    return this.#output[stream].lines;
  }

  /**
   * The first line that matches, already written or still to come, on either stream unless one is named.
   * @throws Error with all output if the process ends, or takes 30 s, without such a line.
   */
  async waitForLine(pattern: RegExp, stream?: Stream): Promise<RegExpMatchArray> {
    const streams: readonly Stream[] = stream ? [stream] : ['stdout', 'stderr'];
    const seen = { stdout: 0, stderr: 0 };
    return await this.waitFor(() => {
      for (const name of streams) {
        const lines = this.#output[name].lines;
        while (seen[name] < lines.length) {
          const match = lines[seen[name]++]?.match(pattern);
          if (match) return match;
        }
      }
      return undefined;
    }, `a line that matches ${pattern}`);
  }

  /**
   * Asks `probe` after each piece of output until it answers something other than undefined.
   * @throws Error with all output if the process ends, or takes 30 s, without an answer.
   */
  async waitFor<T>(probe: () => T | undefined, wanted: string): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      const settle = (action: () => void): void => {
        clearTimeout(timer);
        this.#waiters.delete(check);
        action();
      };
      const check = (): void => {
        const answer = probe();
        if (answer !== undefined) settle(() => resolve(answer));
        else if (this.#ended)
          settle(() => reject(this.#failure(`ended (${describe(this.#ended!)}) without ${wanted}`)));
      };
      const timer = setTimeout(
        () => settle(() => reject(this.#failure(`gave no ${wanted} in ${waitLimitMs} ms`))),
        waitLimitMs,
      );
      this.#waiters.add(check);
      check();
    });
  }

  /** Writes to standard input; needs `input: 'pipe'`. */
  write(data: string | Uint8Array): void {
    this.#child.stdin?.write(data);
  }

  /** Closes standard input. */
  endInput(): void {
    this.#child.stdin?.end();
  }

  /** Sends a signal and returns at once. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /**
   * Asks the process to end and waits until it has.
   * @throws Error with all output if it had to be killed after 10 s.
   */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<ExitStatus> {
    this.signal(signal);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      signalGroup(this.pid, 'SIGKILL');
    }, stopLimitMs);
    const status = await this.exit;
    clearTimeout(timer);
    if (late) throw this.#failure(`did not end within ${stopLimitMs} ms of ${signal}`);
    return status;
  }

  /** Ends the process and its whole group at once, and waits until it is gone. */
  async kill(): Promise<ExitStatus> {
    if (!this.#ended) signalGroup(this.pid, 'SIGKILL');
    return await this.exit;
  }

  #wake(): void {
    for (const check of [...this.#waiters]) check();
  }

  #failure(what: string): Error {
    return new Error(`${this.#title} ${what}\n--- standard output\n${this.stdout}\n--- standard error\n${this.stderr}`);
  }
}

/**
 * Starts a command and returns at once.
 * @throws Error if there is no such command.
 */
export function startProcess(command: string, args: readonly string[] = [], options: ProcessOptions = {}): RigProcess {
  const child = spawn(requireCommand(command), args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...(options.baseEnv ?? process.env), ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  child.on('error', () => {}); // a start that failed shows as a missing pid, a failed kill as a wait that runs out
  child.stdin?.on('error', () => {}); // the child may end without reading its input
  if (typeof options.input === 'object') child.stdin?.end(options.input.data);
  return new RigProcess([command, ...args].join(' '), child, options.folder);
}

/** Starts the built command line, `dist/cli/main.js`, without what a terminal or vitest says about colours. */
export function startCli(args: readonly string[] = [], options: ProcessOptions = {}): RigProcess {
  const main = path.join(root, 'dist', 'cli', 'main.js');
  const env = { NO_COLOR: undefined, FORCE_COLOR: undefined, ...options.env };
  return startProcess(process.execPath, [main, ...args], { ...options, env });
}

/** How a finished process ended, and what it wrote. */
export interface FinishedProcess extends ExitStatus {
  readonly stdout: string;
  readonly stderr: string;
}

/** Waits for a process to end by itself. */
export async function finished(child: RigProcess): Promise<FinishedProcess> {
  const status = await child.exit;
  return { ...status, stdout: child.stdout, stderr: child.stderr };
}

/**
 * Runs a command to its end and gives what it wrote to standard output.
 * @throws Error with all output unless it exits with code 0.
 */
export async function run(
  command: string,
  args: readonly string[] = [],
  options: ProcessOptions = {},
): Promise<string> {
  const result = await finished(startProcess(command, args, options));
  if (result.code !== 0) {
    throw new Error(`${[command, ...args].join(' ')} failed (${describe(result)})\n${result.stdout}${result.stderr}`);
  }
  return result.stdout;
}

/** Ends every process that this one started and that still runs. */
export async function killAll(): Promise<void> {
  await Promise.all([...running].map((child) => child.kill()));
}

function describe({ code, signal }: ExitStatus): string {
  return signal ? `signal ${signal}` : `exit code ${code}`;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // the whole group is gone already
  }
}

function holdOnLeash(pid: number, folder?: string): ChildProcess {
  const script = 'read -r _; kill -9 -"$1"; [ -z "$2" ] || rm -rf "$2" || rm -rf "$2"';
  const leash = spawn('/bin/sh', ['-c', script, 'leash', `${pid}`, folder ?? ''], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  leash.on('error', () => {});
  leash.stdin?.on('error', () => {});
  leash.unref();
  // An unref'd pipe does not keep this process alive, yet closes with it.
  (leash.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  return leash;
}
