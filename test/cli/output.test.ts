// Writing in pieces, waiting for slow readers, and readers that go away.

import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Output } from '../../src/cli/output.ts';

/** A stream that takes a piece only when told to. */
class SlowStream extends Writable {
  readonly pieces: string[] = [];
  #done: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 10, decodeStrings: false });
  }

  override _write(chunk: string | Uint8Array, _encoding: string, done: () => void): void {
    this.pieces.push(Buffer.from(chunk as string).toString());
    this.#done = done;
  }

  /** Takes the piece that is waiting. */
  take(): void {
    const done = this.#done;
    this.#done = undefined;
    done?.();
  }
}

function brokenPipe(): NodeJS.ErrnoException {
  return Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
}

describe('an output', () => {
  it('gathers lines until they are flushed', () => {
    const stream = new SlowStream();
    const output = new Output(stream);
    output.line('one');
    output.line('two');
    expect(stream.pieces).toEqual([]);
    output.flush();
    output.flush();
    expect(stream.pieces).toEqual(['one\ntwo\n']);
  });

  it('hands over by itself what would grow large', () => {
    const stream = new SlowStream();
    const output = new Output(stream);
    for (let i = 0; i < 100; i++) output.line('x'.repeat(1000));
    expect(stream.pieces[0]!.length).toBeGreaterThan(60_000);
    expect(stream.pieces[0]!.length).toBeLessThan(70_000);
  });

  it('keeps the order of bytes and lines', () => {
    const stream = new SlowStream();
    const output = new Output(stream);
    output.line('one');
    output.bytes(Buffer.from('two'));
    stream.take();
    expect(stream.pieces).toEqual(['one\n', 'two']);
  });

  it('says that it is full, and when it is not any more', async () => {
    const stream = new SlowStream();
    const output = new Output(stream);
    let drains = 0;
    output.onDrain = () => drains++;
    expect(output.full).toBe(false);
    output.line('more than ten characters');
    output.flush();
    expect(output.full).toBe(true);
    const drained = output.drained();
    stream.take();
    await drained;
    expect([output.full, drains]).toEqual([false, 1]);
    await output.drained();
  });

  it('finishes when all is passed on', async () => {
    const stream = new SlowStream();
    const output = new Output(stream);
    output.line('last words');
    let isFinished = false;
    const finished = output.finish().then(() => {
      isFinished = true;
    });
    await new Promise(setImmediate);
    expect([stream.pieces, isFinished]).toEqual([['last words\n'], false]);
    stream.take();
    await new Promise(setImmediate);
    stream.take();
    await finished;
  });

  it('goes quiet when its reader goes away', async () => {
    const stream = new SlowStream();
    const output = new Output(stream);
    let closed = 0;
    output.onClosed = () => closed++;
    output.line('more than ten characters');
    output.flush();
    const drained = output.drained();
    stream.destroy(brokenPipe());
    await drained;
    expect([output.closed, output.full, output.failure, closed]).toEqual([true, false, undefined, 1]);
    output.line('nobody reads this');
    output.bytes(Buffer.from('nor this'));
    await output.finish();
    expect(stream.pieces).toEqual(['more than ten characters\n']);
  });

  it('says why it cannot be written', async () => {
    const stream = new SlowStream();
    const output = new Output(stream);
    stream.destroy(new Error('no space left on device'));
    await output.finish();
    expect(output.failure?.message).toBe('cannot write the output: no space left on device');
  });

  it('knows the width of terminals only', () => {
    const terminal = Object.assign(new SlowStream(), { isTTY: true, columns: 97 });
    expect(new Output(terminal).columns).toBe(97);
    expect(new Output(Object.assign(new SlowStream(), { columns: 97 })).columns).toBe(Number.POSITIVE_INFINITY);
    expect(new Output(Object.assign(new SlowStream(), { isTTY: true, columns: 0 })).columns).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});
