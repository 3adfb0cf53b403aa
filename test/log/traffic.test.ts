import { describe, expect, it } from 'vitest';
import { FrameLog } from '../../src/log/frame-log.ts';
import { SLOTS, trafficSlot } from '../../src/log/traffic.ts';
import {
  CLIENT_TO_SERVER,
  encodeFrame,
  FRAME_BODY,
  FRAME_METHOD,
  HEARTBEAT_FRAME,
  SERVER_TO_CLIENT,
} from '../../src/protocol/frame.ts';
import { encodeMethodFrame } from '../../src/protocol/method.ts';
import { METHODS } from '../../src/protocol/method-table.ts';
import { concat, hex, WIRE_STREAMS } from '../protocol/wire.ts';
import { chunksOf } from './records.ts';

describe('traffic counts', () => {
  it('of a real conversation, by method and direction', () => {
    const log = new FrameLog({ size: 1 << 20 });
    log.append(log.openTape(1, CLIENT_TO_SERVER), WIRE_STREAMS[CLIENT_TO_SERVER], 0);
    const counts = log.traffic.counts().map(({ name, frames, bytes }) => `${name} ${frames} ${bytes}`);
    expect(counts.slice(0, 4).sort()).toEqual([
      'basic.publish 2 75',
      'channel.open 2 26',
      'header 2 230',
      'queue.declare 2 97',
    ]);
    expect(counts.slice(4).sort()).toEqual([
      'basic.ack 1 21',
      'basic.cancel 1 27',
      'basic.consume 1 44',
      'basic.get 1 26',
      'basic.qos 1 19',
      'body 1 22',
      'channel.close-ok 1 12',
      'confirm.select 1 13',
      'connection.close 1 33',
      'connection.open 1 16',
      'connection.start-ok 1 356',
      'connection.tune-ok 1 20',
      'exchange.declare 1 36',
      'queue.bind 1 50',
      'queue.delete 1 26',
      'queue.unbind 1 49',
    ]);
  });

  it('have one line for all methods that nobody knows', () => {
    const log = new FrameLog({ size: 1 << 20 });
    const payloads = ['003c0063', '00100001', 'ffffffff', '00000001', '00000008', '00010003', '0009007f', '003c', ''];
    const frames = payloads.map((digits) => encodeFrame(FRAME_METHOD, 1, hex(digits)));
    log.append(log.openTape(1, SERVER_TO_CLIENT), concat(...frames, HEARTBEAT_FRAME), 0);
    expect(log.traffic.counts()).toEqual([
      { name: 'unknown', direction: 'server-to-client', frames: 9, bytes: 9 * 8 + 7 * 4 + 2 },
      { name: 'heartbeat', direction: 'server-to-client', frames: 1, bytes: 8 },
    ]);
  });

  it('are the same whether frames are found in the scan, gathered or made by the spy', () => {
    const frames = [
      encodeMethodFrame(1, 'queue.purge-ok', { message_count: 5 }),
      encodeFrame(FRAME_BODY, 1, new Uint8Array(6000)),
      encodeMethodFrame(0, 'connection.secure', { challenge: 'x'.repeat(6000) }),
      encodeFrame(FRAME_METHOD, 1, hex('003c')),
      HEARTBEAT_FRAME,
    ];
    const logs = [0, 1, 2].map(() => new FrameLog({ size: 1 << 20 }));
    const [scanned, gathered, made] = logs as [FrameLog, FrameLog, FrameLog];
    scanned.append(scanned.openTape(1, SERVER_TO_CLIENT), concat(...frames), 0);
    const tape = gathered.openTape(1, SERVER_TO_CLIENT);
    for (const chunk of chunksOf(concat(...frames), 1)) gathered.append(tape, chunk, 0);
    for (const frame of frames) made.appendFrame(made.openTape(1, SERVER_TO_CLIENT), frame, 0, 1);
    expect(gathered.traffic.counts()).toEqual(scanned.traffic.counts());
    expect(made.traffic.counts()).toEqual(scanned.traffic.counts());
    expect(
      scanned.traffic
        .counts()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['body', 'connection.secure', 'heartbeat', 'queue.purge-ok', 'unknown']);
  });

  it('have a slot of its own for every method, apart from those of frame types', () => {
    const slots = METHODS.map(({ classId, methodId }) => trafficSlot(classId * 65536 + methodId));
    expect(new Set(slots).size).toBe(METHODS.length);
    expect(Math.min(...slots)).toBeGreaterThan(8);
    expect(Math.max(...slots)).toBeLessThan(SLOTS);
  });

  it('count opaque bytes by direction', () => {
    const log = new FrameLog({ size: 1 << 20 });
    const tape = log.openTape(1, SERVER_TO_CLIENT);
    for (const chunk of [hex('ffff'), hex('ff')]) log.append(tape, chunk, 0);
    expect([...log.traffic.opaqueBytes]).toEqual([0, 3]);
    expect(log.traffic.counts()).toEqual([]);
  });
});
