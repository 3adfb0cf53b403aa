import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Cursor } from '../../src/log/cursor.ts';
import { FrameLog } from '../../src/log/frame-log.ts';
import { Pump, type PumpState } from '../../src/log/pump.ts';
import { CLIENT_TO_SERVER, encodeFrame, FRAME_BODY, HEARTBEAT_FRAME } from '../../src/protocol/frame.ts';

/** A log on which a pump reads; it takes `room` records before it is full. */
class Rig {
  readonly log = new FrameLog({ size: 1 << 20, showSecrets: true });
  readonly tape = this.log.openTape(1, CLIENT_TO_SERVER);
  readonly ids: number[] = [];
  readonly states: PumpState[] = [];
  missed = 0;
  room: number;
  readonly pump: Pump;
  #changed: () => void = () => {};

  constructor(room = Number.POSITIVE_INFINITY) {
    this.room = room;
    this.log.append(this.tape, Buffer.from('AMQP\x00\x00\x09\x01', 'latin1'), 0);
    this.pump = new Pump(this.log, new Cursor(this.log, 1), {
      gatherMs: 0,
      read: ({ id }) => {
        this.ids.push(id);
        this.room--;
        return this.room > 0;
      },
      flush: (state) => {
        this.states.push(state);
        this.#changed();
      },
      missed: (count) => {
        this.missed += count;
      },
    });
    onTestFinished(() => this.pump.stop());
  }

  append(count: number, size = 0): void {
    const frame = size === 0 ? HEARTBEAT_FRAME : encodeFrame(FRAME_BODY, 1, new Uint8Array(size));
    for (let i = 0; i < count; i++) this.log.append(this.tape, frame, 0);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

describe('a pump', () => {
  it('reads what is there, sleeps, and wakes for more', async () => {
    const rig = new Rig();
    rig.append(1000);
    await rig.until(() => rig.states.at(-1) === 'end');
    expect(rig.ids).toEqual(range(1, 1001));
    rig.append(10);
    await rig.until(() => rig.ids.length === 1011);
    expect(rig.ids).toEqual(range(1, 1011));
    expect(rig.states.at(-1)).toBe('end');
  });

  it('never reads while the log is being written to', () => {
    const rig = new Rig();
    rig.append(100);
    expect(rig.ids).toEqual([]);
  });

  it('stops when its receiver is full, and goes on where it was when told to', async () => {
    const rig = new Rig(10);
    rig.append(100);
    await rig.until(() => rig.states.at(-1) === 'full');
    rig.append(100);
    await setImmediate();
    expect(rig.ids).toEqual(range(1, 10));
    rig.room = 500;
    rig.pump.resume();
    await rig.until(() => rig.states.at(-1) === 'end');
    expect(rig.ids).toEqual(range(1, 201));
  });

  it('is not hurried by being told to go on when it is not full', async () => {
    const rig = new Rig();
    rig.append(100);
    for (let i = 0; i < 5; i++) rig.pump.resume();
    await rig.until(() => rig.states.at(-1) === 'end');
    for (let i = 0; i < 5; i++) rig.pump.resume();
    rig.append(100);
    await rig.until(() => rig.ids.length === 201);
    expect(rig.ids).toEqual(range(1, 201));
  });

  it('is told exactly what the ring took away while it was full', async () => {
    const rig = new Rig(10);
    rig.append(100);
    await rig.until(() => rig.states.at(-1) === 'full');
    rig.append(100, 100_000);
    rig.room = Number.POSITIVE_INFINITY;
    rig.pump.resume();
    await rig.until(() => rig.states.at(-1) === 'end');
    expect(rig.missed).toBeGreaterThan(150);
    expect(rig.ids.length + rig.missed).toBe(201);
    expect(rig.ids).toEqual([...range(1, 10), ...range(11 + rig.missed, 201)]);
  });

  it('drains all at once when told to', () => {
    const rig = new Rig();
    rig.append(1000);
    rig.pump.drain();
    expect(rig.ids).toEqual(range(1, 1001));
    expect(rig.states).toEqual(['end']);
  });

  it('reads no more once stopped', async () => {
    const rig = new Rig();
    rig.append(1000);
    rig.pump.stop();
    rig.append(10);
    rig.pump.resume();
    rig.pump.drain();
    await setImmediate();
    await setImmediate();
    expect(rig.ids).toEqual([]);
  });

  it('beside others gets all there is', async () => {
    const rigs = Array.from({ length: 10 }, () => new Rig());
    for (const rig of rigs) rig.append(3000);
    await Promise.all(rigs.map((rig) => rig.until(() => rig.ids.length === 3001)));
    for (const rig of rigs) expect(rig.ids).toEqual(range(1, 3001));
  });
});
