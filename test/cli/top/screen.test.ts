// The terminal is as it was on every way out, and only what has changed is written to it.

import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import type { Key } from '../../../src/cli/top/keys.ts';
import { type Host, Screen } from '../../../src/cli/top/screen.ts';

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';

class FakeInput extends EventEmitter {
  raw = false;
  flowing = false;

  setRawMode(raw: boolean): void {
    this.raw = raw;
  }

  resume(): void {
    this.flowing = true;
  }

  pause(): void {
    this.flowing = false;
  }
}

class FakeOutput extends EventEmitter {
  readonly isTTY = true;
  columns = 80;
  rows = 5;
  writableNeedDrain = false;
  writableLength = 0;
  written: string[] = [];

  write(text: string): void {
    this.written.push(text);
  }

  /** What was written since the last call. */
  take(): string {
    const text = this.written.join('');
    this.written = [];
    return text;
  }
}

class FakeHost extends EventEmitter {
  readonly stdin = new FakeInput();
  readonly stdout = new FakeOutput();
  readonly pid = 4711;
  readonly platform = 'linux';
  readonly killed: string[] = [];
  /** Whether the terminal was given back when the process stopped. */
  cleanWhenStopped: boolean | undefined;

  kill(pid: number, signal: string): void {
    this.killed.push(`${pid} ${signal}`);
    this.cleanWhenStopped = isClean(this) && this.listenerCount('SIGTSTP') === 0;
  }
}

/** Whether the last word to the terminal was to leave, and keys come in lines again. */
function isClean({ stdin, stdout }: FakeHost): boolean {
  const text = stdout.written.join('');
  return text.lastIndexOf(LEAVE) > text.lastIndexOf(ENTER) && !stdin.raw;
}

function opened() {
  const host = new FakeHost();
  const keys: Key[] = [];
  const events = { keys: (some: readonly Key[]) => void keys.push(...some), redraw: vi.fn(), end: vi.fn() };
  const screen = new Screen(host as unknown as Host, events);
  screen.open();
  return { host, keys, screen, events };
}

describe('a screen', () => {
  it('takes the terminal, and gives it back with nothing left behind', () => {
    const { host, screen } = opened();
    expect(host.stdin).toMatchObject({ raw: true, flowing: true });
    expect(host.stdout.take()).toContain(ENTER);
    screen.close();
    expect(isClean(host)).toBe(true);
    expect(host.stdin.flowing).toBe(false);
    for (const emitter of [host, host.stdin, host.stdout]) expect(emitter.eventNames()).toEqual([]);
  });

  it('gives the terminal back once', () => {
    const { host, screen } = opened();
    screen.close();
    host.stdout.take();
    screen.close();
    expect(host.stdout.take()).toBe('');
  });

  it.each(['exit', 'uncaughtExceptionMonitor'])('gives the terminal back at %s', (event) => {
    const { host } = opened();
    host.emit(event, 0);
    expect(isClean(host)).toBe(true);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])('ends at %s', (signal) => {
    const { host, events } = opened();
    host.emit(signal);
    expect(events.end).toHaveBeenCalledExactlyOnceWith(signal);
  });

  it.each([
    ['stdin', 'end'],
    ['stdin', 'error'],
    ['stdout', 'error'],
    ['stdout', 'close'],
  ] as const)('ends when the terminal goes away: %s %s', (stream, event) => {
    const { host, events } = opened();
    host[stream].emit(event, new Error('EIO'));
    expect(events.end).toHaveBeenCalledWith('SIGHUP');
  });
});

describe('suspended', () => {
  it('by a key, it stops the whole job with the terminal given back, and takes it again afterwards', () => {
    const { host, screen, events } = opened();
    screen.suspend();
    expect(host.killed).toEqual(['0 SIGTSTP']);
    expect(host.cleanWhenStopped).toBe(true);
    expect(host.stdin.raw).toBe(true);
    expect(isClean(host)).toBe(false);
    expect(host.listenerCount('SIGTSTP')).toBe(1);
    expect(events.redraw).toHaveBeenCalled();
  });

  it('by a signal, it stops itself', () => {
    const { host } = opened();
    host.emit('SIGTSTP');
    expect(host.killed).toEqual(['4711 SIGTSTP']);
    expect(host.cleanWhenStopped).toBe(true);
  });

  it('by force, it takes the terminal again once it goes on', () => {
    const { host, screen, events } = opened();
    screen.draw(['one', 'two']);
    host.stdout.take();
    host.stdin.raw = false;
    host.emit('SIGCONT');
    expect(host.stdin.raw).toBe(true);
    expect(host.stdout.take()).toContain(ENTER);
    expect(events.redraw).toHaveBeenCalled();
    screen.draw(['one', 'two']);
    expect(host.stdout.take()).toContain('one');
  });
});

describe('drawing', () => {
  it('writes the changed lines alone, in one piece', () => {
    const { host, screen } = opened();
    screen.draw(['one', 'two', 'three']);
    host.stdout.take();
    screen.draw(['one', 'TWO', 'three']);
    expect(host.stdout.written).toEqual(['\x1b[2;1HTWO\x1b[0m\x1b[K']);
    host.stdout.take();
    screen.draw(['one', 'TWO', 'three']);
    expect(host.stdout.written).toEqual([]);
    screen.draw(['one']);
    expect(host.stdout.written).toEqual(['\x1b[2;1H\x1b[0m\x1b[K\x1b[3;1H\x1b[0m\x1b[K']);
  });

  it('leaves out lines below the screen', () => {
    const { host, screen } = opened();
    host.stdout.take();
    screen.draw(['1', '2', '3', '4', '5', '6']);
    expect(host.stdout.take()).not.toContain('6');
  });

  it('waits for a terminal that takes nothing, and then has the newest drawn', () => {
    const { host, screen, events } = opened();
    host.stdout.take();
    host.stdout.writableNeedDrain = true;
    screen.draw(['one']);
    expect(host.stdout.take()).toBe('');
    host.stdout.writableNeedDrain = false;
    host.stdout.emit('drain');
    expect(events.redraw).toHaveBeenCalledOnce();
    screen.draw(['two']);
    expect(host.stdout.take()).toContain('two');
  });

  it('begins anew when the size changes', () => {
    const { host, screen, events } = opened();
    screen.draw(['one']);
    host.stdout.take();
    host.stdout.columns = 100;
    host.stdout.emit('resize');
    expect(events.redraw).toHaveBeenCalledOnce();
    expect(screen.columns).toBe(100);
    screen.draw(['one']);
    expect(host.stdout.take()).toContain('\x1b[2J\x1b[1;1Hone');
  });
});

describe('keys', () => {
  it('come one by one, characters cut in two by the line included', () => {
    const { host, keys } = opened();
    const bytes = Buffer.from('é\x1b[A');
    for (const byte of bytes) host.stdin.emit('data', Buffer.from([byte]));
    expect(keys).toEqual(['é', 'up']);
  });

  it('include escape, once nothing follows', () => {
    vi.useFakeTimers();
    try {
      const { host, keys } = opened();
      host.stdin.emit('data', Buffer.from('\x1b'));
      expect(keys).toEqual([]);
      vi.runAllTimers();
      expect(keys).toEqual(['escape']);
    } finally {
      vi.useRealTimers();
    }
  });
});
