// Frames too large to be carried beside the log: gathered in the ring, cut where that cannot be.

import { describe, expect, it } from 'vitest';
import { FrameLog } from '../../src/log/frame-log.ts';
import { SMALLEST_LOG_SIZE } from '../../src/log/record-store.ts';
import { KIND_FRAMES, KIND_OPAQUE } from '../../src/log/runs.ts';
import { encodeFrame, FRAME_BODY, HEARTBEAT_FRAME, SERVER_TO_CLIENT } from '../../src/protocol/frame.ts';
import { encodeMethodFrame } from '../../src/protocol/method.ts';
import { concat, hex, toHex } from '../protocol/wire.ts';
import { chunksOf, eventsOf, recordsOf, transcriptOf } from './records.ts';

function bodyFrame(payloadSize: number, seed = 1): Uint8Array {
  const payload = new Uint8Array(payloadSize);
  for (let i = 0; i < payloadSize; i++) payload[i] = (i * 31 + (i >> 8) * 7 + seed) & 0xff;
  return encodeFrame(FRAME_BODY, 1, payload);
}

const KiB = 1 << 10;
const MiB = 1 << 20;

describe('a large frame', () => {
  it.each([
    ['just carried', 4096 - 8, 8 * MiB, false],
    ['just too large to be carried', 4096 - 7, 8 * MiB, false],
    ['of 5 KiB', 5 * KiB, 8 * MiB, false],
    ['of RabbitMQ’s default frame-max', 131072 - 8, 8 * MiB, false],
    ['of RabbitMQ’s default frame-max in the smallest log', 131072 - 8, SMALLEST_LOG_SIZE, false],
    ['larger than what is reserved first', 300 * KiB, 8 * MiB, false],
    ['of 1.5 MiB', 1536 * KiB, 8 * MiB, false],
    ['larger than a quarter of the log', 3 * MiB, 8 * MiB, true],
    ['larger than the log', 3 * MiB, SMALLEST_LOG_SIZE, true],
  ])('%s is one record, for any chunks', (_what, size, logSize, cut) => {
    const frame = bodyFrame(size);
    const log = new FrameLog({ size: logSize });
    for (const sizes of [[frame.length + 8], [7, 65536], [11, 1460], [3, 5, 4096], [200_000], [frame.length - 1, 1]]) {
      const from = log.nextId;
      const tape = log.openTape(1, SERVER_TO_CLIENT);
      for (const chunk of chunksOf(concat(HEARTBEAT_FRAME, frame, HEARTBEAT_FRAME), 8, ...sizes))
        log.append(tape, chunk, 0);
      const records = recordsOf(log, from);
      const body = records.find((record) => record.bytes[0] === FRAME_BODY)!;
      expect([body.size, body.cut, body.kind]).toEqual([frame.length, cut, KIND_FRAMES]);
      if (!cut) expect(body.bytes.length).toBe(frame.length);
      expect(body.bytes.length).toBeGreaterThan(Math.min(frame.length, logSize / 5) - 1);
      expect(Buffer.compare(body.bytes, frame.subarray(0, body.bytes.length))).toBe(0);
      expect(toHex(records.at(-1)!.bytes)).toBe(toHex(HEARTBEAT_FRAME));
      expect(tape.frames).toBe(3);
    }
  });

  it('stays whole while others write behind it', () => {
    const log = new FrameLog({ size: 8 * MiB });
    const [large, other] = [log.openTape(1, SERVER_TO_CLIENT), log.openTape(2, SERVER_TO_CLIENT)];
    const frame = bodyFrame(1024 * KiB);
    for (const chunk of chunksOf(frame, 50_000)) {
      log.append(large, chunk, 1);
      log.append(other, concat(HEARTBEAT_FRAME, bodyFrame(20_000)), 2);
    }
    const record = recordsOf(log).find((each) => each.connection === 1)!;
    expect(record.cut).toBe(false);
    expect(Buffer.compare(record.bytes, frame)).toBe(0);
    expect(log.nextId - 1).toBe(1 + 2 * Math.ceil(frame.length / 50_000));
  });

  it('that the ring overran is told by its first bytes', () => {
    const log = new FrameLog({ size: SMALLEST_LOG_SIZE });
    const [large, other] = [log.openTape(1, SERVER_TO_CLIENT), log.openTape(2, SERVER_TO_CLIENT)];
    const method = encodeMethodFrame(1, 'connection.start', {
      version_major: 0,
      version_minor: 9,
      server_properties: [],
      mechanisms: 'x'.repeat(20_000),
      locales: 'en_US',
    });
    log.append(large, method.subarray(0, 10_000), 0);
    for (let i = 0; i < 20; i++) log.append(other, bodyFrame(100_000, i), 0);
    log.append(large, method.subarray(10_000), 0);
    expect(eventsOf(log).at(-1)).toMatchObject({
      type: 'method',
      method: 'connection.start',
      size: method.length,
      truncated: true,
      error: expect.stringContaining('expected'),
    });
    expect(log.traffic.counts().find(({ name }) => name === 'connection.start')).toMatchObject({
      frames: 1,
      bytes: method.length,
    });
  });

  it('is known by its method even if it began with less than its ids, and the ring overran it', () => {
    const method = encodeMethodFrame(1, 'connection.secure', { challenge: 'x'.repeat(6000) });
    for (let first = 1; first <= 12; first++) {
      const log = new FrameLog({ size: SMALLEST_LOG_SIZE });
      const [large, other] = [log.openTape(1, SERVER_TO_CLIENT), log.openTape(2, SERVER_TO_CLIENT)];
      log.append(large, method.subarray(0, first), 0);
      log.append(large, method.subarray(first, 12), 0);
      for (let i = 0; i < 10; i++) log.append(other, bodyFrame(100_000, i), 0);
      log.append(large, method.subarray(12), 0);
      expect(eventsOf(log).at(-1), `first ${first} bytes`).toMatchObject({
        method: 'connection.secure',
        truncated: true,
      });
      expect(log.traffic.counts().map(({ name }) => name)).toEqual(['body', 'connection.secure']);
    }
  });

  it('without its end octet is opaque, and noted where it began', () => {
    const frame = bodyFrame(10_000);
    frame[frame.length - 1] = 0;
    const log = new FrameLog({ size: 8 * MiB });
    const tape = log.openTape(1, SERVER_TO_CLIENT);
    for (const chunk of chunksOf(concat(HEARTBEAT_FRAME, frame, hex('0102')), 3000)) log.append(tape, chunk, 0);
    const [, note, opaque, ...rest] = transcriptOf(log);
    expect(note).toContain('"offset":8,"reason":"a frame does not end with 0xCE"');
    expect(opaque).toBe(`bytes ${toHex(frame)}`);
    expect(rest).toEqual(['bytes 0102']);
    expect(log.traffic.opaqueBytes[SERVER_TO_CLIENT]).toBe(frame.length + 2);
  });

  it('without its end octet that is just about to leave the ring does no harm to the note', () => {
    const log = new FrameLog({ size: SMALLEST_LOG_SIZE });
    const ring = log.arena.size;
    for (let slack = 0; slack < 400; slack += 20) {
      const [large, other] = [log.openTape(1, SERVER_TO_CLIENT), log.openTape(2, SERVER_TO_CLIENT)];
      const frame = bodyFrame(5000);
      frame[frame.length - 1] = 0;
      log.append(large, frame.subarray(0, 100), 0);
      const begin = log.arena.head;
      while (log.arena.head - begin < ring - 20_000) log.append(other, bodyFrame(9_000), 0);
      const left = ring - 5008 - slack - (log.arena.head - begin);
      log.append(other, bodyFrame(left - 8), 0);
      const from = log.nextId;
      log.append(large, frame.subarray(100), 0);
      expect(eventsOf(log, from)).toMatchObject([
        { type: 'opaque', reason: 'a frame does not end with 0xCE' },
        { type: 'bytes', direction: 'server-to-client' },
      ]);
    }
  });

  it('that never ends is noted, with its first bytes', () => {
    const frame = bodyFrame(100_000);
    const log = new FrameLog({ size: 8 * MiB });
    const tape = log.openTape(1, SERVER_TO_CLIENT);
    log.append(tape, frame.subarray(0, 50_000), 0);
    log.end(tape, 0);
    const [note, opaque] = transcriptOf(log);
    expect(note).toContain('"type":"unfinished","direction":"server-to-client","size":50000');
    expect(opaque).toBe(`bytes cut ${toHex(frame.subarray(0, 11))}`);
    expect(log.traffic.opaqueBytes[SERVER_TO_CLIENT]).toBe(50_000);
  });
});

describe('a claim of four gigabytes', () => {
  const claim = concat(hex('03 0001 ffffffff'), new Uint8Array(20).fill(7));

  it('costs no more of the ring than a small step', () => {
    const log = new FrameLog({ size: 8 * MiB });
    const before = log.arena.head;
    for (let i = 0; i < 4; i++) log.append(log.openTape(i, SERVER_TO_CLIENT), claim, 0);
    expect(log.arena.head - before).toBeLessThan(4 * 260 * KiB);
  });

  it('that is made good piece by piece costs no more than a quarter of the log', () => {
    const log = new FrameLog({ size: 2 * MiB });
    const tape = log.openTape(1, SERVER_TO_CLIENT);
    log.append(tape, claim, 0);
    const chunk = new Uint8Array(64 * KiB);
    for (let i = 0; i < 200; i++) log.append(tape, chunk, 0);
    expect(tape.unfinished).toBe(claim.length + 200 * chunk.length);
    expect(tape.large!.kept).toBeLessThanOrEqual(log.arena.size / 4);
    log.end(tape, 0);
    const [, record] = recordsOf(log);
    expect([record!.kind, record!.cut]).toEqual([KIND_OPAQUE, true]);
  });
});

it('a log of several gigabytes cuts frames at a size that fits a string', () => {
  // The bound itself is what can be tested: nobody has the memory to fill such a log in a test.
  const log = new FrameLog({ size: 400 * MiB });
  const tape = log.openTape(1, SERVER_TO_CLIENT);
  log.append(tape, hex('03 0001 10000000'), 0);
  const chunk = new Uint8Array(4 * MiB);
  for (let i = 0; i < 20; i++) log.append(tape, chunk, 0);
  expect(tape.large!.kept).toBe(64 * MiB);
});
