// What a fault path sends and when, against sockets that only write down what they are told, in virtual time.

import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { FaultEngine } from '../../src/faults/engine.ts';
import { DROP, FORWARD, type StartedFault, type Verdict } from '../../src/faults/fault.ts';
import { Cursor } from '../../src/log/cursor.ts';
import { FrameLog } from '../../src/log/frame-log.ts';
import { encodeFrame, FRAME_BODY, HEARTBEAT_FRAME } from '../../src/protocol/frame.ts';
import { PROTOCOL_HEADER } from '../../src/protocol/protocol-header.ts';
import { type FaultClock, FaultPath } from '../../src/proxy/fault-path.ts';

class VirtualClock implements FaultClock {
  #now = 1_000_000;
  #alarms: { at: number; callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const alarm = { at: this.#now + ms * 1000, callback };
    this.#alarms.push(alarm);
    return () => {
      this.#alarms = this.#alarms.filter((other) => other !== alarm);
    };
  }

  get alarms(): number {
    return this.#alarms.length;
  }

  pass(ms: number): void {
    const end = this.#now + ms * 1000;
    for (;;) {
      const next = this.#alarms.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#alarms = this.#alarms.filter((alarm) => alarm !== next);
      this.#now = next.at;
      next.callback();
    }
    this.#now = end;
  }
}

class FakeSink {
  readonly chunks: Uint8Array[] = [];
  ended = false;
  destroyed = false;
  /** Node's mark for a socket that closes with a reset. */
  resetAndClosing = false;
  writableNeedDrain = false;
  writableEnded = false;
  writableLength = 0;
  corks = 0;
  write(chunk: Uint8Array): boolean {
    if (this.ended) throw new Error('a write after the end');
    this.chunks.push(chunk);
    return true;
  }
  end(): void {
    this.ended = true;
  }
  cork(): void {
    this.corks++;
  }
  uncork(): void {
    if (this.corks > 0) this.corks--;
  }
  destroy(): void {
    expect(this.corks).toBe(0);
    this.destroyed = true;
  }
  get wasReset(): boolean {
    return this.destroyed && this.resetAndClosing;
  }
  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

class FakeSource {
  paused = false;
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
}

function setUp(...faults: StartedFault[]) {
  const clock = new VirtualClock();
  const source = new FakeSource();
  const sink = new FakeSink();
  const log = new FrameLog({ size: 4 << 20 });
  const engine = new FaultEngine(faults);
  const path = new FaultPath(
    source as unknown as Socket,
    sink as unknown as Socket,
    log,
    log.openTape(1, 1),
    engine,
    clock,
  );
  return { clock, source, sink, log, path };
}

const later = (ms: number): Verdict => ({ kind: 'delay', ms });
const body = (text: string) => encodeFrame(FRAME_BODY, 1, Buffer.from(text));
const [A, B, C] = [body('a'), body('bb'), body('ccc')];

function origins(log: FrameLog): string[] {
  const found = [];
  const cursor = new Cursor(log, 1);
  while (cursor.next()) found.push(cursor.origin);
  return found;
}

describe('a delay', () => {
  test('holds each frame back for its time, and no longer', () => {
    const { clock, sink, path, log } = setUp(() => later(50));
    path.push(A);
    clock.pass(20);
    path.push(B);
    clock.pass(29);
    expect(sink.bytes).toHaveLength(0);
    clock.pass(1);
    expect(sink.bytes).toEqual(Buffer.from(A));
    clock.pass(19);
    expect(sink.bytes).toEqual(Buffer.from(A));
    clock.pass(1);
    expect(sink.bytes).toEqual(Buffer.concat([A, B]));
    expect(clock.alarms).toBe(0);
    expect(origins(log)).toEqual(['delayed', 'delayed']);
  });

  test('keeps the order when a later frame has the shorter delay', () => {
    const delays = [50, 10, 0];
    const { clock, sink, path, log } = setUp(() => {
      const ms = delays.shift()!;
      return ms > 0 ? later(ms) : FORWARD;
    });
    path.push(Buffer.concat([A, B, C]));
    clock.pass(49);
    expect(sink.bytes).toHaveLength(0);
    clock.pass(1);
    expect(sink.bytes).toEqual(Buffer.concat([A, B, C]));
    expect(origins(log)).toEqual(['delayed', 'delayed', 'wire']);
  });

  test('lets the end of the stream come after all that waits', () => {
    const { clock, sink, path } = setUp(() => later(50));
    path.push(Buffer.concat([A, B.subarray(0, 3)]));
    path.end();
    expect(sink.ended).toBe(false);
    clock.pass(50);
    expect(sink.bytes).toEqual(Buffer.concat([A, B.subarray(0, 3)]));
    expect(sink.ended).toBe(true);
  });

  test('lets a loss come after all that waits', () => {
    const { clock, sink, path } = setUp(() => later(50));
    path.push(A);
    path.lose();
    expect(sink.wasReset).toBe(false);
    clock.pass(50);
    expect(sink.bytes).toEqual(Buffer.from(A));
    expect(sink.wasReset).toBe(true);
  });

  test('holds back what is no AMQP, too', () => {
    const { clock, sink, path } = setUp(() => later(50));
    path.push(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    expect(sink.bytes).toHaveLength(0);
    clock.pass(50);
    expect(String(sink.bytes)).toBe('GET / HTTP/1.1\r\n\r\n');
  });

  test('sends a huge frame on in pieces, so that it need not be held whole', () => {
    const { clock, sink, path } = setUp(() => later(50));
    const huge = encodeFrame(FRAME_BODY, 1, Buffer.alloc(4 << 20, 'huge'));
    for (let at = 0; at < huge.length; at += 100_000) path.push(huge.subarray(at, at + 100_000));
    path.push(A);
    expect(sink.bytes).toHaveLength(0);
    clock.pass(50);
    expect(sink.chunks.length).toBeGreaterThan(40);
    expect(Buffer.compare(sink.bytes, Buffer.concat([huge, A]))).toBe(0);
  });

  test('copies what it holds back, for the bytes are lent', () => {
    const { clock, sink, path } = setUp(() => later(50));
    const lent = Buffer.from(A);
    path.push(lent);
    lent.fill(0);
    clock.pass(50);
    expect(sink.bytes).toEqual(Buffer.from(A));
  });

  test('stops the source at 16 MiB, and lets it go on when there is room', () => {
    const { clock, source, sink, path } = setUp(() => later(50));
    const frame = encodeFrame(FRAME_BODY, 1, Buffer.alloc(1 << 20));
    let pushed = 0;
    while (path.push(frame.subarray(0, 1 << 19)) && path.push(frame.subarray(1 << 19))) pushed++;
    expect(pushed).toBe(15);
    expect(source.paused).toBe(true);
    path.drained();
    expect(source.paused).toBe(true);
    clock.pass(50);
    expect(source.paused).toBe(false);
    expect(sink.bytes.length).toBeGreaterThan(pushed * frame.length);
  });

  test('counts what small frames cost to keep', () => {
    const { path } = setUp(() => later(50));
    const chunk = Buffer.concat(new Array(8000).fill(HEARTBEAT_FRAME));
    let chunks = 1;
    while (path.push(chunk)) chunks++;
    expect(chunks * chunk.length).toBeLessThan(2 << 20);
  });

  test('stops the source while the sink is full', () => {
    const { source, sink, path } = setUp(() => FORWARD);
    sink.writableNeedDrain = true;
    expect(path.push(A)).toBe(false);
    expect(source.paused).toBe(true);
    sink.writableNeedDrain = false;
    path.drained();
    expect(source.paused).toBe(false);
  });
});

test('what is dropped is in the log, and nowhere else', () => {
  const { sink, path, log } = setUp((_, bytes) => (bytes[0] === HEARTBEAT_FRAME[0] ? DROP : FORWARD));
  path.push(Buffer.concat([PROTOCOL_HEADER, HEARTBEAT_FRAME, A, HEARTBEAT_FRAME, HEARTBEAT_FRAME, B]));
  expect(sink.bytes).toEqual(Buffer.concat([PROTOCOL_HEADER, A, B]));
  expect(origins(log)).toEqual(['wire', 'dropped', 'wire', 'dropped', 'dropped', 'wire']);
});

test('at shutdown all that waits is sent at once, the beginning of a frame included', () => {
  const { clock, sink, path } = setUp(() => later(50));
  path.push(Buffer.concat([A, B, C.subarray(0, 5)]));
  path.close();
  expect(sink.bytes).toEqual(Buffer.concat([A, B, C.subarray(0, 5)]));
  expect(sink.ended).toBe(true);
  expect(clock.alarms).toBe(0);
});

test('a path that is stopped sends nothing more', () => {
  const { clock, sink, path } = setUp(() => later(50));
  path.push(A);
  path.stop();
  expect(clock.alarms).toBe(0);
  clock.pass(100);
  expect(sink.bytes).toHaveLength(0);
});

test('any bytes in any pieces come out as they went in', () => {
  const bytes = Buffer.concat([PROTOCOL_HEADER, A, HEARTBEAT_FRAME, B, C, Buffer.from('garbage'), A]);
  for (let first = 0; first <= bytes.length; first++) {
    const { clock, sink, path } = setUp(() => later(first % 3));
    path.push(bytes.subarray(0, first));
    clock.pass(first % 2);
    path.push(bytes.subarray(first));
    path.end();
    clock.pass(10);
    expect(sink.bytes).toEqual(bytes);
    expect(sink.ended).toBe(true);
  }
});
