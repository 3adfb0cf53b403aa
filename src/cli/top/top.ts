// Runs the full screen: asks the source every second, hands keys to the dashboard, draws what it shows.
// Counterparts: dashboard.ts, which decides what is seen; screen.ts, which owns the terminal.
// Invariant: the source is asked one question at a time, and a late answer delays nothing but its own picture.

import { AmqpSpyError, ConfigError } from '../../errors.ts';
import { API_PORT } from '../../net/address.ts';
import { wantsColor } from '../palette.ts';
import { Dashboard } from './dashboard.ts';
import type { Key } from './keys.ts';
import { type EndingSignal, type Host, Screen } from './screen.ts';
import type { TopSnapshot } from './snapshot.ts';
import { loadStyle } from './style.ts';
import type { TopSource } from './top-source.ts';

const REFRESH_MS = 1000;

export interface TopOptions {
  /** undefined: as the environment has it. */
  readonly color?: boolean | undefined;
}

/** Throws ConfigError unless there is a terminal to show a full screen on, and to take keys from. `option` asked for it. */
export function requireTerminal({ stdin, stdout }: Pick<Host, 'stdin' | 'stdout'>, option: string): void {
  const instead = `programs may ask the API (curl http://127.0.0.1:${API_PORT}/api/connections), and amqp-spy read FILE --summary tells of a capture`;
  if (!stdout.isTTY) throw new ConfigError(option, `standard output is no terminal; ${instead}`);
  if (!stdin.isTTY) throw new ConfigError(option, `standard input is no terminal, so there are no keys; ${instead}`);
  if (process.env['TERM'] === 'dumb') throw new ConfigError(option, `a dumb terminal has no full screen; ${instead}`);
}

/**
 * Shows the source on the terminal until the user quits, a signal comes or the terminal goes away; resolves with the
 * signal, if it was one. Rejects with AmqpSpyError, before the terminal is touched, if the source cannot be asked.
 * The source is the caller's to close.
 */
export async function runTop(
  source: TopSource,
  host: Host = process,
  { color }: TopOptions = {},
): Promise<EndingSignal | undefined> {
  const first = await source.snapshot();
  const dashboard = new Dashboard(source.where, await loadStyle(wantsColor(host.stdout, color)));
  return new Run(source, dashboard, host).until(first);
}

class Run {
  readonly #source: TopSource;
  readonly #dashboard: Dashboard;
  readonly #screen: Screen;
  #timer: NodeJS.Timeout | undefined;
  #asking = false;
  #ended = false;
  #end: (signal: EndingSignal | undefined) => void = () => {};
  #fail: (error: unknown) => void = () => {};

  constructor(source: TopSource, dashboard: Dashboard, host: Host) {
    this.#source = source;
    this.#dashboard = dashboard;
    this.#screen = new Screen(host, {
      keys: (keys) => this.#guard(() => this.#press(keys)),
      redraw: () => this.#guard(() => this.#draw()),
      end: (signal) => this.#end(signal),
    });
  }

  async until(first: TopSnapshot): Promise<EndingSignal | undefined> {
    try {
      return await new Promise((resolve, reject) => {
        this.#end = resolve;
        this.#fail = reject;
        this.#dashboard.update(first);
        this.#screen.open();
        this.#draw();
        this.#schedule(REFRESH_MS);
      });
    } finally {
      this.#ended = true;
      clearTimeout(this.#timer);
      this.#screen.close();
    }
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#refresh(), ms);
  }

  async #refresh(): Promise<void> {
    if (this.#asking || this.#ended || this.#dashboard.paused) return;
    this.#asking = true;
    const startedAt = performance.now();
    try {
      const snapshot = await this.#source.snapshot();
      if (!this.#dashboard.paused) this.#dashboard.update(snapshot);
    } catch (error) {
      if (!(error instanceof AmqpSpyError)) return this.#fail(error);
      this.#dashboard.fail(error.message);
    } finally {
      this.#asking = false;
    }
    if (this.#ended) return;
    this.#guard(() => this.#draw());
    this.#schedule(Math.max(0, REFRESH_MS - (performance.now() - startedAt)));
  }

  #press(keys: readonly Key[]): void {
    for (const key of keys) {
      const request = this.#dashboard.press(key);
      if (request === 'quit') return this.#end(undefined);
      if (request === 'suspend') this.#screen.suspend();
      if (request === 'redraw') this.#screen.refresh();
      if (request === 'refresh') this.#schedule(0);
    }
    this.#draw();
  }

  #draw(): void {
    this.#screen.draw(this.#dashboard.lines(this.#screen.columns, this.#screen.rows));
  }

  /** A defect ends the screen before it is told. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }
}
