// `amqp-spy top` in a real terminal: it shows what the API tells, and leaves the terminal as it was, however it ends.

import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SAMPLE } from '../cli/top/sample.ts';
import { apiOf, serve } from '../cli/top/stub-api.ts';
import { finished, type RigProcess, startCli, startProcess } from '../rig/process.ts';
import { root } from '../rig/root.ts';

const main = path.join(root, 'dist/cli/main.js');
const terminal = path.join(import.meta.dirname, 'terminal.py');
const ENTER = '\x1b[?1049h';
const LEAVE = '\x1b[?1049l';

class Terminal {
  readonly #process: RigProcess;
  /** What was read already. */
  #read = 0;

  constructor(command: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#process = startProcess('/usr/bin/python3', [terminal, '100', '30', ...command], {
      input: 'pipe',
      env: { TERM: 'xterm-256color', NO_COLOR: undefined, FORCE_COLOR: undefined, NODE_OPTIONS: undefined, ...env },
    });
    onTestFinished(async () => {
      await this.#process.kill();
    });
  }

  /** All that was written so far. */
  get text(): string {
    return this.#process.stdout;
  }

  type(keys: string): void {
    this.#process.write(keys);
  }

  hangUp(): void {
    this.#process.endInput();
  }

  async signal(signal: NodeJS.Signals): Promise<void> {
    const [, pid] = await this.#process.waitForLine(/^pid (\d+)/, 'stderr');
    process.kill(Number(pid), signal);
  }

  /** Resolves with what was written up to this text and since the text before. */
  async until(wanted: string): Promise<string> {
    return await this.#process.waitFor(() => {
      const at = this.text.indexOf(wanted, this.#read);
      if (at < 0) return undefined;
      const passed = this.text.slice(this.#read, at);
      this.#read = at + wanted.length;
      return passed;
    }, JSON.stringify(wanted));
  }

  /** Resolves with the exit code (a signal is negative) and whether the terminal's modes are as they were. */
  async end(): Promise<{ code: number; modes: string }> {
    const [, code, modes = ''] = await this.#process.waitForLine(/^ended (-?\d+) (\w+)/, 'stderr');
    await this.#process.exit;
    return { code: Number(code), modes };
  }
}

/** Shows the sample, and has drawn its first screen. */
async function top(env: Readonly<Record<string, string>> = {}): Promise<Terminal> {
  const port = await serve(apiOf(() => SAMPLE));
  const shown = new Terminal([process.execPath, main, 'top', `${port}`], env);
  await shown.until(ENTER);
  await shown.until('q quit');
  return shown;
}

/** Nothing is written after the alternate screen was left. */
function leavesCleanly({ text }: Terminal): boolean {
  return text.endsWith(LEAVE) && text.lastIndexOf('\x1b[?25h') > text.lastIndexOf('\x1b[?25l');
}

describe('amqp-spy top', () => {
  it('shows what the API tells, tab after tab', async () => {
    const shown = await top();
    expect(shown.text).toContain('order-service');
    shown.type('3');
    await shown.until('orders.retry');
    shown.type('6\r');
    await shown.until("Did you mean 'orders'?");
    shown.type('q');
    expect(await shown.end()).toEqual({ code: 0, modes: 'same' });
  });

  it.each([
    ['q', 'q'],
    ['Ctrl-C', '\x03'],
  ])('leaves the terminal as it was when %s is pressed', async (_, key) => {
    const shown = await top();
    shown.type(key);
    expect(await shown.end()).toEqual({ code: 0, modes: 'same' });
    expect(leavesCleanly(shown)).toBe(true);
  });

  it.each([
    ['SIGTERM', -15],
    ['SIGHUP', -1],
    ['SIGINT', -2],
  ] as const)('leaves the terminal as it was at %s', async (signal, code) => {
    const shown = await top();
    await shown.signal(signal);
    expect(await shown.end()).toEqual({ code, modes: 'same' });
    expect(leavesCleanly(shown)).toBe(true);
  });

  it('leaves the terminal as it was before it tells of a defect', async () => {
    const defect = "process.on('SIGUSR2',()=>{throw(Error('defect'))})";
    const shown = await top({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(defect)}` });
    await shown.signal('SIGUSR2');
    expect(await shown.end()).toMatchObject({ modes: 'same' });
    expect(shown.text.slice(shown.text.lastIndexOf(LEAVE))).toContain('Error: defect');
  });

  it('ends when the terminal goes away', async () => {
    const shown = await top();
    shown.hangUp();
    expect(await shown.end()).toMatchObject({ code: -1 });
  });

  it('takes the terminal again after it was stopped by force', async () => {
    const shown = await top();
    await shown.signal('SIGSTOP');
    await shown.signal('SIGCONT');
    await shown.until(ENTER);
    await shown.until('q quit');
    shown.type('q');
    expect(await shown.end()).toEqual({ code: 0, modes: 'same' });
    expect(leavesCleanly(shown)).toBe(true);
  });

  it('gives the terminal back to the shell while it is suspended', async () => {
    const port = await serve(apiOf(() => SAMPLE));
    const shell = new Terminal(['/bin/bash', '--norc', '--noprofile', '--noediting', '-i'], { PS1: 'ready> ' });
    const modes = async (): Promise<string> => {
      shell.type('echo "[`stty -a`]"\r');
      await shell.until('\n[');
      return await shell.until(']');
    };
    await shell.until('ready> ');
    const before = await modes();
    shell.type(`${process.execPath} ${main} top ${port}\r`);
    await shell.until(ENTER);
    await shell.until('q quit');
    shell.type('\x1a');
    await shell.until(LEAVE);
    await shell.until('Stopped');
    await shell.until('ready> ');
    expect(await modes()).toBe(before);
    shell.type('fg\r');
    await shell.until(ENTER);
    await shell.until('q quit');
    shell.type('q');
    await shell.until(LEAVE);
    await shell.until('ready> ');
    expect(await modes()).toBe(before);
    shell.type('exit\r');
    await shell.end();
  });

  it.each(['dumb', 'xterm'])('refuses in one line where there is no terminal: TERM=%s', async (TERM) => {
    const { code, stdout, stderr } = await finished(startCli(['top'], { env: { TERM } }));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^amqp-spy: top: standard output is no terminal; .*api.*--summary.*\n$/);
  });

  it('says before it takes the terminal when nothing can be shown', async () => {
    const port = await serve((_request, response) => response.writeHead(401).end('{"message":"a token is needed"}'));
    const shown = new Terminal([process.execPath, main, 'top', `${port}`]);
    expect(await shown.end()).toEqual({ code: 2, modes: 'same' });
    expect(shown.text).toBe(
      `amqp-spy: --api-token: expected, because 127.0.0.1:${port} asks for a token: the one that it was started with, or has printed\r\n`,
    );
  });
});
