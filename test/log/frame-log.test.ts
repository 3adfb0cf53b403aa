// The frame log by example: which bytes become which records. Random streams are in test/property/frame-log.test.ts.

import { describe, expect, it } from 'vitest';
import { FrameLog } from '../../src/log/frame-log.ts';
import { ORIGINS } from '../../src/log/runs.ts';
import type { Tape } from '../../src/log/tape.ts';
import { encodeContentHeaderFrame } from '../../src/protocol/content-header.ts';
import {
  CLIENT_TO_SERVER,
  type Direction,
  encodeFrame,
  FRAME_BODY,
  HEARTBEAT_FRAME,
  SERVER_TO_CLIENT,
} from '../../src/protocol/frame.ts';
import { encodeMethodFrame } from '../../src/protocol/method.ts';
import { PROTOCOL_HEADER } from '../../src/protocol/protocol-header.ts';
import { CLIENT_FRAMES, concat, hex, latin1, SERVER_FRAMES, toHex, WIRE_STREAMS } from '../protocol/wire.ts';
import { chunksOf, recordsOf, transcriptOf } from './records.ts';

const HEARTBEAT = toHex(HEARTBEAT_FRAME);
const OPEN_FRAME = encodeMethodFrame(0, 'connection.open', { virtual_host: '/' });

function smallLog(options: { showSecrets?: boolean } = {}): FrameLog {
  return new FrameLog({ size: 1 << 20, ...options });
}

function feed(log: FrameLog, tape: Tape, chunks: Iterable<Uint8Array>): void {
  for (const chunk of chunks) log.append(tape, chunk.slice(), 0);
}

/** What the log makes of a stream that comes in these chunks and ends. */
function heard(direction: Direction, chunks: Iterable<Uint8Array>, log = smallLog({ showSecrets: true })): string[] {
  const from = log.nextId;
  const tape = log.openTape(1, direction);
  feed(log, tape, chunks);
  log.end(tape, 0);
  return transcriptOf(log, from);
}

describe('a real conversation', () => {
  const frames: [string, Direction, readonly Uint8Array[]][] = [
    ['the client', CLIENT_TO_SERVER, CLIENT_FRAMES],
    ['the server', SERVER_TO_CLIENT, SERVER_FRAMES],
  ];

  it.each(frames)('from %s is one record a frame, at every split and byte by byte', (_peer, direction, list) => {
    const stream = WIRE_STREAMS[direction];
    const expected = list.map((frame) => `${frame[0] === 0x41 ? 'protocol-header' : 'frame'} ${toHex(frame)}`);
    const log = smallLog({ showSecrets: true });
    expect(heard(direction, [stream], log)).toEqual(expected);
    expect(heard(direction, chunksOf(stream, 1), log)).toEqual(expected);
    for (let at = 1; at < stream.length; at++) {
      const lines = heard(direction, [stream.subarray(0, at), stream.subarray(at)], log);
      if (lines.join() !== expected.join()) expect(lines, `split at ${at}`).toEqual(expected);
    }
  });

  it('is filed under connection, direction, time and origin', () => {
    const log = smallLog();
    const client = log.openTape(7, CLIENT_TO_SERVER);
    const server = log.openTape(8, SERVER_TO_CLIENT);
    log.append(client, PROTOCOL_HEADER, 1000.5);
    log.append(server, HEARTBEAT_FRAME, 2000, ORIGINS.indexOf('delayed'));
    log.append(server, concat(HEARTBEAT_FRAME, HEARTBEAT_FRAME), 3000);
    const filed = recordsOf(log).map((r) => [r.id, r.time, r.connection, r.direction, r.origin, r.size]);
    expect(filed).toEqual([
      [1, 1000.5, 7, CLIENT_TO_SERVER, 'wire', 8],
      [2, 2000, 8, SERVER_TO_CLIENT, 'delayed', 8],
      [3, 3000, 8, SERVER_TO_CLIENT, 'wire', 8],
      [4, 3000, 8, SERVER_TO_CLIENT, 'wire', 8],
    ]);
    expect([client.frames, client.bytes, server.frames, server.bytes]).toEqual([1, 8, 3, 24]);
  });

  it('leaves nothing of a chunk that is reused by its owner', () => {
    const log = smallLog();
    const tape = log.openTape(1, SERVER_TO_CLIENT);
    const chunk = concat(HEARTBEAT_FRAME, HEARTBEAT_FRAME.subarray(0, 5));
    log.append(tape, chunk, 0);
    chunk.fill(0xff);
    log.append(tape, HEARTBEAT_FRAME.subarray(5), 0);
    expect(transcriptOf(log)).toEqual([`frame ${HEARTBEAT}`, `frame ${HEARTBEAT}`]);
  });
});

describe('the first bytes of a stream', () => {
  const opaque = (offset: number, reason: string, direction = 'client-to-server') =>
    `note ${JSON.stringify({ type: 'opaque', direction, offset, reason })}`;
  const unfinished = (size: number, direction = 'client-to-server') =>
    `note ${JSON.stringify({ type: 'unfinished', direction, size, reason: 'the stream ended inside a frame' })}`;

  const cases: [string, Direction, Uint8Array, string[]][] = [
    [
      'HTTP',
      CLIENT_TO_SERVER,
      latin1('GET / HTTP/1.1\r\n\r\n'),
      [opaque(0, 'looks like HTTP'), `bytes ${toHex(latin1('GET / HTTP/1.1\r\n\r\n'))}`],
    ],
    ['TLS', CLIENT_TO_SERVER, hex('16030102000100'), [opaque(0, 'looks like TLS'), 'bytes 16030102000100']],
    [
      'AMQP 1.0',
      CLIENT_TO_SERVER,
      hex('414d515003010000 0000000802010000'),
      ['protocol-header 414d515003010000', opaque(8, 'looks like AMQP 1.0 (SASL)'), 'bytes 0000000802010000'],
    ],
    [
      'AMQP 1.0 and nothing else',
      CLIENT_TO_SERVER,
      hex('414d515000010000'),
      ['protocol-header 414d515000010000', opaque(8, 'looks like AMQP 1.0')],
    ],
    [
      'a server that answers with its protocol header',
      SERVER_TO_CLIENT,
      PROTOCOL_HEADER,
      ['protocol-header 414d515000000901'],
    ],
    [
      'an AMQP 0-8 header and frames',
      CLIENT_TO_SERVER,
      concat(hex('414d515001010800'), HEARTBEAT_FRAME),
      ['protocol-header 414d515001010800', `frame ${HEARTBEAT}`],
    ],
    ['frames from the server', SERVER_TO_CLIENT, HEARTBEAT_FRAME, [`frame ${HEARTBEAT}`]],
    [
      'frames from a client without a header',
      CLIENT_TO_SERVER,
      HEARTBEAT_FRAME,
      [opaque(0, 'no AMQP 0-9-1 frame begins here'), `bytes ${HEARTBEAT}`],
    ],
    ['"AMQ" and the end', CLIENT_TO_SERVER, latin1('AMQ'), [unfinished(3), 'bytes 414d51']],
    [
      '"AMQP" from the server and the end',
      SERVER_TO_CLIENT,
      latin1('AMQP'),
      [unfinished(4, 'server-to-client'), 'bytes 414d5150'],
    ],
    [
      'a word that begins like the header',
      CLIENT_TO_SERVER,
      latin1('AMQX'),
      [opaque(0, 'no AMQP 0-9-1 frame begins here'), 'bytes 414d5158'],
    ],
    [
      'a server that speaks HTTP',
      SERVER_TO_CLIENT,
      latin1('HTTP/1.1 400 Bad Request\r\n'),
      [opaque(0, 'looks like HTTP', 'server-to-client'), `bytes ${toHex(latin1('HTTP/1.1 400 Bad Request\r\n'))}`],
    ],
    ['nothing', CLIENT_TO_SERVER, new Uint8Array(0), []],
  ];

  it.each(cases)('%s', (_what, direction, bytes, expected) => {
    expect(heard(direction, [bytes])).toEqual(expected);
  });

  it.each(cases.filter(([what]) => /AMQ/.test(what)))('%s, byte by byte', (_what, direction, bytes, expected) => {
    const lines = heard(direction, chunksOf(bytes, 1));
    expect(lines.filter((line) => !line.startsWith('bytes'))).toEqual(expected.filter((l) => !l.startsWith('bytes')));
    const joined = (all: string[]) =>
      all
        .filter((l) => l.startsWith('bytes'))
        .map((l) => l.slice(6))
        .join('');
    expect(joined(lines)).toBe(joined(expected));
  });
});

describe('bytes that are no frame', () => {
  const begin = concat(PROTOCOL_HEADER, OPEN_FRAME, HEARTBEAT_FRAME);
  const garbage: [string, Uint8Array][] = [
    ['of an unknown type', hex('09 0000 00000000 ce')],
    ['of type 0', hex('00 0000 00000000 ce')],
    ['of type 4, heartbeat in the old grammar', hex('04 0000 00000000 ce')],
    ['without its end octet', hex('01 0001 00000002 aabb cf')],
  ];

  it.each(garbage)('turn the rest of the stream opaque, a frame %s', (_what, bytes) => {
    const stream = concat(begin, bytes, HEARTBEAT_FRAME);
    const log = smallLog();
    for (let split = 0; split <= stream.length; split++) {
      const from = log.nextId;
      const tape = log.openTape(1, CLIENT_TO_SERVER);
      feed(log, tape, [stream.subarray(0, split), stream.subarray(split)]);
      feed(log, tape, chunksOf(latin1('more'), 2));
      log.end(tape, 0);
      const [header, open, heartbeat, note, ...rest] = transcriptOf(log, from);
      expect([header?.slice(0, 15), open?.slice(0, 5), heartbeat]).toEqual([
        'protocol-header',
        'frame',
        `frame ${HEARTBEAT}`,
      ]);
      expect(JSON.parse(note!.slice(5))).toEqual({
        type: 'opaque',
        direction: 'client-to-server',
        offset: begin.length,
        reason: 'no AMQP 0-9-1 frame begins here',
      });
      const flowed = rest.map((line) => line.replace('bytes ', '')).join('');
      expect(flowed).toBe(toHex(concat(bytes, HEARTBEAT_FRAME, latin1('more'))));
      expect(tape.phase).toBe('opaque');
    }
    expect(log.traffic.opaqueBytes[CLIENT_TO_SERVER]).toBe((stream.length + 1) * (bytes.length + 8 + 4));
  });

  it('of one connection do not touch the others', () => {
    const log = smallLog();
    const [one, other] = [log.openTape(1, SERVER_TO_CLIENT), log.openTape(2, SERVER_TO_CLIENT)];
    log.append(one, HEARTBEAT_FRAME.subarray(0, 4), 0);
    log.append(other, latin1('garbage'), 0);
    log.append(one, HEARTBEAT_FRAME.subarray(4), 0);
    expect(transcriptOf(log).at(-1)).toBe(`frame ${HEARTBEAT}`);
    expect([one.phase, other.phase]).toEqual(['frames', 'opaque']);
  });
});

describe('an end inside a frame', () => {
  it('is noted, and the bytes that came are kept, at every place', () => {
    const frame = encodeMethodFrame(1, 'basic.ack', { delivery_tag: 5n, multiple: true });
    const log = smallLog();
    for (let size = 1; size < frame.length; size++) {
      const from = log.nextId;
      const tape = log.openTape(1, SERVER_TO_CLIENT);
      feed(log, tape, [HEARTBEAT_FRAME, frame.subarray(0, size)]);
      log.end(tape, 0);
      expect(transcriptOf(log, from)).toEqual([
        `frame ${HEARTBEAT}`,
        `note {"type":"unfinished","direction":"server-to-client","size":${size},"reason":"the stream ended inside a frame"}`,
        `bytes ${toHex(frame.subarray(0, size))}`,
      ]);
    }
  });

  it('at a frame boundary leaves no note', () => {
    expect(heard(SERVER_TO_CLIENT, [HEARTBEAT_FRAME])).toEqual([`frame ${HEARTBEAT}`]);
  });
});

describe('a gap', () => {
  const note = (fields: object) => `note ${JSON.stringify(fields)}`;
  const direction = 'server-to-client';
  const ack = encodeMethodFrame(1, 'basic.ack', { delivery_tag: 5n, multiple: true });

  it('gives up what is unfinished, skips to the next frame and says so', () => {
    const log = smallLog();
    const tape = log.openTape(1, SERVER_TO_CLIENT);
    feed(log, tape, [HEARTBEAT_FRAME, ack.subarray(0, 9)]);
    log.gap(tape, 100, 0);
    feed(log, tape, [hex('aabbcc'), ack, ack]);
    log.end(tape, 0);
    expect(transcriptOf(log)).toEqual([
      `frame ${HEARTBEAT}`,
      note({ type: 'unfinished', direction, size: 9, reason: 'bytes are missing from the capture' }),
      `bytes ${toHex(ack.subarray(0, 9))}`,
      note({ type: 'gap', direction, size: 100 }),
      note({ type: 'resync', direction, skipped: 3 }),
      `frame ${toHex(ack)}`,
      `frame ${toHex(ack)}`,
    ]);
  });

  it('while seeking counts what was passed over before it', () => {
    const log = smallLog();
    const tape = log.openTape(1, SERVER_TO_CLIENT, true);
    feed(log, tape, [hex('aabbcc')]);
    log.gap(tape, 7, 0);
    feed(log, tape, [hex('dd'), ack, ack]);
    expect(transcriptOf(log)).toEqual([
      note({ type: 'gap', direction, size: 7 }),
      note({ type: 'resync', direction, skipped: 4 }),
      `frame ${toHex(ack)}`,
      `frame ${toHex(ack)}`,
    ]);
  });

  it('leaves an opaque stream opaque', () => {
    const log = smallLog();
    const tape = log.openTape(1, SERVER_TO_CLIENT);
    feed(log, tape, [latin1('x')]);
    log.gap(tape, 7, 0);
    feed(log, tape, [ack]);
    expect(transcriptOf(log).slice(2)).toEqual([note({ type: 'gap', direction, size: 7 }), `bytes ${toHex(ack)}`]);
  });
});

describe('a stream joined in the middle', () => {
  const frames = [
    ...SERVER_FRAMES.slice(10),
    encodeMethodFrame(1, 'basic.deliver', {
      consumer_tag: 'c',
      delivery_tag: 9n,
      redelivered: false,
      exchange: 'e',
      routing_key: 'k',
    }),
    encodeContentHeaderFrame(1, 3n, {}),
    encodeFrame(FRAME_BODY, 1, latin1('abc')),
  ];
  const stream = concat(...frames);

  it('is read from the first frame boundary, wherever it was joined and however it comes', () => {
    const log = smallLog({ showSecrets: true });
    for (let joined = 0; joined < 300; joined++) {
      for (const sizes of [[stream.length], [1], [7, 100]]) {
        const from = log.nextId;
        const tape = log.openTape(1, SERVER_TO_CLIENT, true);
        feed(log, tape, chunksOf(stream.subarray(joined), ...sizes));
        log.end(tape, 0);
        const lines = transcriptOf(log, from);
        const found = lines[0]?.startsWith('note') ? JSON.parse(lines.shift()!.slice(5)) : { skipped: 0 };
        const begin = joined + found.skipped;
        const records = lines.map((line) => line.replace('frame ', ''));
        expect(records.join(''), `joined at ${joined}`).toBe(toHex(stream.subarray(begin)));
        const boundaries = frames.map((_frame, i) => frames.slice(0, i).reduce((at, frame) => at + frame.length, 0));
        expect(boundaries, `joined at ${joined}`).toContain(begin);
      }
    }
  });

  it('is read from its header, if it was joined at the beginning after all', () => {
    const log = smallLog();
    const tape = log.openTape(1, CLIENT_TO_SERVER, true);
    feed(log, tape, chunksOf(concat(PROTOCOL_HEADER, HEARTBEAT_FRAME), 3));
    expect(transcriptOf(log)).toEqual(['protocol-header 414d515000000901', `frame ${HEARTBEAT}`]);
    feed(log, tape, chunksOf(HEARTBEAT_FRAME, 1));
    expect(transcriptOf(log).at(-1)).toBe(`frame ${HEARTBEAT}`);
  });

  it('without any boundary is passed over whole, in little memory', () => {
    const log = smallLog();
    const tape = log.openTape(1, CLIENT_TO_SERVER, true);
    const chunk = new Uint8Array(1460).fill(0x55);
    for (let i = 0; i < 2000; i++) log.append(tape, chunk, 0);
    expect(tape.carry!.length).toBeLessThan(2 << 20);
    log.end(tape, 0);
    expect(transcriptOf(log)).toEqual([
      `note ${JSON.stringify({ type: 'resync', direction: 'client-to-server', skipped: 2000 * 1460 })}`,
    ]);
  });
});

describe('a frame made by the spy', () => {
  it('is filed with its origin, and leaves the stream as it is', () => {
    const log = smallLog();
    const tape = log.openTape(1, SERVER_TO_CLIENT);
    const blocked = encodeMethodFrame(0, 'connection.blocked', { reason: 'test' });
    log.append(tape, HEARTBEAT_FRAME.subarray(0, 3), 1);
    log.appendFrame(tape, blocked, 2, ORIGINS.indexOf('injected'));
    log.append(tape, HEARTBEAT_FRAME.subarray(3), 3);
    expect(recordsOf(log).map((r) => [toHex(r.bytes), r.origin, r.time])).toEqual([
      [toHex(blocked), 'injected', 2],
      [HEARTBEAT, 'wire', 3],
    ]);
    expect([tape.frames, tape.bytes]).toEqual([1, 8]);
  });

  it('that is too large is cut', () => {
    const log = smallLog();
    const frame = encodeFrame(FRAME_BODY, 1, new Uint8Array(500_000).fill(7));
    log.appendFrame(log.openTape(1, SERVER_TO_CLIENT), frame, 0, ORIGINS.indexOf('dropped'));
    const [record] = recordsOf(log);
    expect([record!.cut, record!.size, record!.origin]).toEqual([true, frame.length, 'dropped']);
    expect(toHex(record!.bytes)).toBe(toHex(frame.subarray(0, record!.bytes.length)));
  });
});

describe('whoever listens to class connection', () => {
  it('hears each of its methods, on any channel, large or small, masked', () => {
    const log = smallLog();
    const heardMethods: string[] = [];
    log.onConnectionMethod = (tape, bytes, start, end) => {
      const text = Buffer.from(bytes.subarray(start + 4, end)).toString('latin1');
      heardMethods.push(
        `${tape.connection}: ${(bytes[start + 2]! << 8) | bytes[start + 3]!} ${text.length} ${text.includes('hunter2')}`,
      );
    };
    const tape = log.openTape(3, CLIENT_TO_SERVER);
    const secret = `hunter2${'x'.repeat(6000)}`;
    const large = encodeMethodFrame(0, 'connection.update-secret', { new_secret: secret, reason: 'r' });
    const small = encodeMethodFrame(5, 'connection.secure-ok', { response: 'hunter2' });
    const stream = concat(
      PROTOCOL_HEADER,
      small,
      large,
      encodeMethodFrame(1, 'tx.select', {}),
      OPEN_FRAME,
      HEARTBEAT_FRAME,
    );
    feed(log, tape, chunksOf(stream, 500));
    log.appendFrame(tape, small, 0, 1);
    expect(heardMethods).toEqual(['3: 21 11 false', '3: 70 6013 false', '3: 40 4 false', '3: 21 11 false']);
  });
});
