// Readers of the log: from any record, at any pace, and told exactly what they missed.

import { describe, expect, it } from 'vitest';
import { Cursor } from '../../src/log/cursor.ts';
import { FrameLog } from '../../src/log/frame-log.ts';
import { SMALLEST_LOG_SIZE } from '../../src/log/record-store.ts';
import type { Tape } from '../../src/log/tape.ts';
import { encodeFrame, FRAME_BODY, HEARTBEAT_FRAME, SERVER_TO_CLIENT } from '../../src/protocol/frame.ts';
import { encodeMethodFrame } from '../../src/protocol/method.ts';
import { concat, hex, toHex } from '../protocol/wire.ts';
import { recordsOf } from './records.ts';

/** A log whose record n is an acknowledgement with delivery tag n, in chunks of the given numbers of frames. */
function ackLog(total: number, perChunk: number): { log: FrameLog; tape: Tape } {
  const log = new FrameLog({ size: SMALLEST_LOG_SIZE });
  const tape = log.openTape(1, SERVER_TO_CLIENT);
  for (let id = 1; id <= total; id += perChunk) {
    const count = Math.min(perChunk, total - id + 1);
    log.append(tape, concat(...Array.from({ length: count }, (_, i) => ack(id + i))), id);
  }
  return { log, tape };
}

function ack(tag: number): Uint8Array {
  return encodeMethodFrame(1, 'basic.ack', { delivery_tag: BigInt(tag), multiple: false });
}

function tagAt(cursor: Cursor): number {
  const view = new DataView(cursor.bytes.buffer, cursor.bytes.byteOffset);
  return Number(view.getBigUint64(cursor.start + 11));
}

describe('a cursor', () => {
  it('starts before the next record, unless told otherwise', () => {
    const { log, tape } = ackLog(10, 10);
    const cursor = new Cursor(log);
    expect([cursor.next(), cursor.lag]).toEqual([false, 0]);
    log.append(tape, ack(11), 0);
    expect(cursor.lag).toBe(1);
    expect([cursor.next(), cursor.id, tagAt(cursor), cursor.next(), cursor.takeMissed()]).toEqual([
      true,
      11,
      11,
      false,
      0,
    ]);
  });

  it.each([1, 3, 10, 100])('can be sent to every record, %d to a run', (perChunk) => {
    const { log } = ackLog(100, perChunk);
    const cursor = new Cursor(log);
    for (let from = 0; from <= 105; from++) {
      const expected = Math.max(1, from);
      for (const reader of [cursor, new Cursor(log, from)]) {
        if (reader === cursor) reader.seek(from);
        expect([reader.lag, reader.takeMissed()]).toEqual([Math.max(0, 101 - expected), 0]);
        const found = reader.next();
        expect(found).toBe(from <= 100);
        if (found) expect([reader.id, tagAt(reader)]).toEqual([expected, expected]);
        expect(reader.takeMissed()).toBe(0);
      }
    }
  });

  it('sent to a record that is gone starts with the oldest', () => {
    const { log } = ackLog(100_000, 50);
    expect(log.firstId).toBeGreaterThan(1);
    const cursor = new Cursor(log, 1);
    expect(cursor.next()).toBe(true);
    expect([cursor.id, tagAt(cursor)]).toEqual([log.firstId, log.firstId]);
    for (let id = log.firstId; id < log.nextId; id += 997) {
      cursor.seek(id);
      cursor.next();
      expect([cursor.id, tagAt(cursor)]).toEqual([id, id]);
    }
  });

  it('that falls behind is told exactly how many records it missed, also in the middle of a run', () => {
    const { log, tape } = ackLog(100, 100);
    const cursor = new Cursor(log, 1);
    for (let i = 0; i < 30; i++) cursor.next();
    expect(cursor.id).toBe(30);
    for (let id = 101; id <= 100_000; id++) log.append(tape, ack(id), 0);
    expect(cursor.next()).toBe(true);
    expect([cursor.id, tagAt(cursor)]).toEqual([log.firstId, log.firstId]);
    expect([cursor.takeMissed(), cursor.takeMissed()]).toEqual([log.firstId - 31, 0]);
  });

  it('that missed all there was is told so, and goes on', () => {
    const { log, tape } = ackLog(1, 1);
    const cursor = new Cursor(log, 1);
    for (let id = 2; id <= 5000; id++) log.append(tape, ack(id), 0);
    const unfinished = encodeFrame(FRAME_BODY, 1, new Uint8Array(200_000)).subarray(0, 200_007);
    for (let i = 2; i < 7; i++) log.append(log.openTape(i, SERVER_TO_CLIENT), unfinished, 0);
    expect(cursor.next()).toBe(false);
    expect([cursor.takeMissed(), cursor.lag, log.firstId]).toEqual([5000, 0, 5001]);
    log.append(tape, ack(5001), 0);
    expect([cursor.next(), cursor.id, tagAt(cursor), cursor.takeMissed()]).toEqual([true, 5001, 5001, 0]);
  });

  it('never shows bytes that an unfinished frame has overwritten', () => {
    const log = new FrameLog({ size: SMALLEST_LOG_SIZE });
    const [whole, half] = [log.openTape(1, SERVER_TO_CLIENT), log.openTape(2, SERVER_TO_CLIENT)];
    const body = (octet: number) => encodeFrame(FRAME_BODY, octet, new Uint8Array(700).fill(octet));
    for (let i = 0; i < 5000; i++) {
      const octet = 1 + (i % 250);
      log.append(whole, body(octet), i);
      log.append(half, body(octet).subarray(0, 650), i);
      const cursor = new Cursor(log, 1);
      expect(cursor.next()).toBe(true);
      const seen = cursor.bytes.subarray(cursor.start, cursor.end);
      if (Buffer.compare(seen, body(cursor.channel)) !== 0) throw new Error(`record ${cursor.id} was overwritten`);
      log.append(half, body(octet).subarray(650), i);
    }
    expect(log.firstId).toBeGreaterThan(1);
  });

  it('reads at its own pace, beside others', () => {
    const { log, tape } = ackLog(50, 10);
    const [fast, slow] = [new Cursor(log, 1), new Cursor(log, 1)];
    const read: number[] = [];
    while (fast.next()) {
      if (fast.id % 3 === 0) {
        slow.next();
        read.push(slow.id);
        expect(tagAt(slow)).toBe(slow.id);
      }
      expect(tagAt(fast)).toBe(fast.id);
    }
    log.append(tape, ack(51), 0);
    while (slow.next()) read.push(slow.id);
    expect(read).toEqual(Array.from({ length: 51 }, (_, i) => i + 1));
    expect([fast.next(), fast.id, fast.next()]).toEqual([true, 51, false]);
  });

  it('reads whole runs: the bytes of a chunk’s frames side by side', () => {
    const { log, tape } = ackLog(10, 4);
    log.append(tape, ack(11).subarray(0, 5), 0);
    const cursor = new Cursor(log, 1);
    const runs: [number, string][] = [];
    while (cursor.nextRun()) runs.push([cursor.id, toHex(cursor.bytes.subarray(cursor.start, cursor.end))]);
    const chunk = (...ids: number[]) => toHex(concat(...ids.map(ack)));
    expect(runs).toEqual([
      [4, chunk(1, 2, 3, 4)],
      [8, chunk(5, 6, 7, 8)],
      [10, chunk(9, 10)],
    ]);
    expect(cursor.takeMissed()).toBe(0);
  });

  it('of runs that falls behind is told exactly how many records it missed', () => {
    const { log, tape } = ackLog(100, 10);
    const cursor = new Cursor(log, 1);
    cursor.nextRun();
    for (let id = 101; id <= 100_000; id++) log.append(tape, ack(id), 0);
    let read = 10;
    while (cursor.nextRun()) read++;
    expect(cursor.takeMissed() + read).toBe(100_000);
    expect(cursor.id).toBe(100_000);
  });

  it('knows how many bytes lie before it', () => {
    const { log, tape } = ackLog(10, 5);
    const cursor = new Cursor(log, 1);
    expect(cursor.lagBytes).toBe(10 * 21);
    cursor.next();
    expect(cursor.lagBytes).toBe(10 * 21);
    while (cursor.next());
    expect(cursor.lagBytes).toBe(0);
    log.append(tape, ack(11), 0);
    expect(cursor.lagBytes).toBe(21);
  });

  it('knows the method of a frame, and that there is none', () => {
    const log = new FrameLog({ size: SMALLEST_LOG_SIZE });
    const tape = log.openTape(1, SERVER_TO_CLIENT);
    const unknown = hex('01 0001 00000004 003c0063 ce');
    log.append(tape, concat(ack(1), HEARTBEAT_FRAME, unknown, hex('01 0001 00000002 003c ce')), 0);
    const cursor = new Cursor(log, 1);
    const methods: unknown[] = [];
    while (cursor.next()) methods.push(cursor.method?.name);
    expect(methods).toEqual(['basic.ack', undefined, undefined, undefined]);
  });

  it('shows records that hold nothing but their frame', () => {
    const { log } = ackLog(3, 3);
    expect(recordsOf(log).map(({ bytes }) => bytes.length)).toEqual([21, 21, 21]);
  });
});

describe('the log', () => {
  it('wakes those who wait, once, when something is written', () => {
    const { log, tape } = ackLog(1, 1);
    let woken = 0;
    log.wake(() => woken++);
    log.wake(() => {
      woken++;
      log.wake(() => woken++);
    });
    log.append(tape, ack(2), 0);
    expect(woken).toBe(2);
    log.note(1, { type: 'gap', direction: 'server-to-client', size: 1 }, 0);
    expect(woken).toBe(3);
    log.append(tape, ack(3), 0);
    expect(woken).toBe(3);
  });

  it('forgets those who wait no longer', () => {
    const { log, tape } = ackLog(1, 1);
    const woken: string[] = [];
    const leaver = (): void => void woken.push('leaver');
    log.wake(leaver);
    log.wake(() => woken.push('stayer'));
    log.forget(leaver);
    log.append(tape, ack(2), 0);
    expect(woken).toEqual(['stayer']);
  });

  it('stays within its bound', () => {
    const log = new FrameLog({ size: 4 << 20 });
    const columns = Object.values(log.runs).filter((column) => ArrayBuffer.isView(column));
    const bytes = columns.reduce((sum, column) => sum + column.byteLength, log.arena.bytes.byteLength);
    expect(bytes).toBeLessThanOrEqual(4 << 20);
    expect(bytes).toBeGreaterThan(0.99 * (4 << 20));
  });
});
