// The live command's view: prints what passes, tells what a slow reader missed, and stops nothing.

import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { LiveView } from '../../src/cli/live-view.ts';
import { parseViewOptions, type ViewOptionValues } from '../../src/cli/view-options.ts';
import { printAll, Screen, Traffic } from './traffic.ts';

/** A terminal that can be stopped, as by Ctrl-S. */
class Terminal extends Writable {
  text = '';
  #held: (() => void) | undefined;
  #stopped = false;
  #changed: () => void = () => {};

  constructor() {
    super({ highWaterMark: 16 << 10, decodeStrings: false });
  }

  override _write(chunk: string | Uint8Array, _encoding: string, done: () => void): void {
    const take = (): void => {
      this.text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      this.#changed();
      done();
    };
    if (this.#stopped) this.#held = take;
    else take();
  }

  stop(): void {
    this.#stopped = true;
  }

  go(): void {
    this.#stopped = false;
    const held = this.#held;
    this.#held = undefined;
    held?.();
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }

  async until(condition: (text: string) => boolean): Promise<void> {
    while (!condition(this.text)) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }
}

function open(traffic: Traffic, stream: Writable, values: Partial<ViewOptionValues> = {}): Promise<LiveView> {
  const options = parseViewOptions({ format: 'json', heartbeats: true, color: false, ...values });
  return LiveView.open(options, { log: traffic.log, connections: traffic.connections, stream });
}

function ack(traffic: Traffic, tag: number): void {
  traffic.server('basic.ack', { delivery_tag: BigInt(tag), multiple: false });
}

describe('the live view', () => {
  it('prints what was there before it, and what comes', async () => {
    const traffic = new Traffic().open();
    const terminal = new Terminal();
    ack(traffic, 1);
    const view = await open(traffic, terminal);
    ack(traffic, 2);
    await terminal.until((text) => text.includes('"delivery_tag":2'));
    ack(traffic, 3);
    await terminal.until((text) => text.includes('"delivery_tag":3'));
    await view.close();
    expect(terminal.lines.map((line) => JSON.parse(line).arguments.delivery_tag)).toEqual([1, 2, 3]);
  });

  it('prints what is left when it is closed', async () => {
    const traffic = new Traffic().open();
    const terminal = new Terminal();
    const view = await open(traffic, terminal);
    for (let tag = 1; tag <= 3000; tag++) ack(traffic, tag);
    await view.close();
    expect(terminal.lines).toHaveLength(3000);
  });

  it('holds nothing back for a reader that does not read, and tells it exactly what it missed', async () => {
    const traffic = new Traffic().open();
    const terminal = new Terminal();
    const view = await open(traffic, terminal);
    terminal.stop();
    const total = 100_000;
    for (let tag = 1; tag <= total; tag++) {
      ack(traffic, tag);
      if (tag % 1000 === 0) await new Promise(setImmediate);
    }
    expect(terminal.writableLength).toBeLessThan(200_000);
    terminal.go();
    await terminal.until((text) => text.includes(`"id":${total},`));
    await view.close();
    let next = 1;
    for (const line of terminal.lines) {
      const event = JSON.parse(line);
      if (event.type === 'missed') next += event.count;
      else expect(event.id).toBe(next++);
    }
    expect(next).toBe(total + 1);
    expect(terminal.lines.length).toBeLessThan(total);
    expect((await view.summary()).includes('not shown: the view could not keep up')).toBe(true);
  });

  it('says when its reader is gone', async () => {
    const traffic = new Traffic().open();
    const gone = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    });
    const view = await open(traffic, gone);
    const closed = new Promise<void>((resolve) => {
      view.onClosed = resolve;
    });
    ack(traffic, 1);
    await closed;
    await view.close();
    await view.printSummary();
  });

  it('prints nothing but the summary when it is to be quiet', async () => {
    const traffic = new Traffic().open(1, 'orders');
    const screen = new Screen(120);
    const view = await open(traffic, screen, { format: 'pretty', quiet: true });
    traffic.server('channel.close', { reply_code: 404, reply_text: 'NOT_FOUND', class_id: 0, method_id: 0 });
    await view.close();
    expect(screen.text).toBe('');
    await view.printSummary();
    expect(screen.text).toContain('connections  1 opened, 1 open');
    expect(screen.text).toContain('channel.close 404 NOT_FOUND');
  });

  it('puts the summary behind the lines before it', async () => {
    const traffic = new Traffic().open();
    const screen = new Screen(120);
    const view = await open(traffic, screen, { format: 'pretty' });
    ack(traffic, 1);
    await view.close();
    await view.printSummary();
    expect(screen.text.indexOf('tag=1')).toBeGreaterThan(0);
    expect(screen.text.indexOf('connections  1 opened')).toBeGreaterThan(screen.text.indexOf('tag=1'));
  });

  it('prints the same lines as a printer that is fed by hand', async () => {
    const traffic = new Traffic().open().publish('x', 'k', 'hello');
    const [live, byHand] = [new Screen(120), new Screen(120)];
    const view = await open(traffic, live, { format: 'pretty' });
    await view.close();
    printAll(traffic.log, await traffic.printer(byHand));
    expect(live.text).toBe(byHand.text);
  });
});
