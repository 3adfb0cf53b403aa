import { describe, expect, it } from 'vitest';
import { encodeFrame, FRAME_BODY, HEARTBEAT_FRAME } from '../../src/protocol/frame.ts';
import {
  FrameSplitter,
  frameEnd,
  frameSize,
  INCOMPLETE,
  LARGEST_HELD,
  NOT_A_FRAME,
  type UnitKind,
} from '../../src/protocol/frame-splitter.ts';
import { PROTOCOL_HEADER } from '../../src/protocol/protocol-header.ts';
import { CLIENT_FRAMES, concat, hex, latin1, SERVER_FRAMES, toHex } from './wire.ts';

/** Kind and bytes of each unit; what is opaque or in pieces comes as it likes, so neighbours are joined. */
function split(chunks: Iterable<Uint8Array>): string[] {
  const units: { kind: UnitKind; digits: string }[] = [];
  const splitter = new FrameSplitter((kind, bytes) => {
    const before = units.at(-1);
    if (before?.kind === kind && (kind === 'opaque' || kind === 'piece')) before.digits += toHex(bytes);
    else units.push({ kind, digits: toHex(bytes) });
  });
  for (const chunk of chunks) splitter.push(chunk.slice());
  splitter.end();
  return units.map(({ kind, digits }) => `${kind} ${digits}`);
}

function* everyByte(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
}

const framesAsUnits = (frames: readonly Uint8Array[]) =>
  frames.map((frame) => `${frame[0] === 0x41 ? 'protocol-header' : 'frame'} ${toHex(frame)}`);

const STREAMS: [string, Uint8Array, string[]][] = [
  ['what amqplib sends', concat(...CLIENT_FRAMES), framesAsUnits(CLIENT_FRAMES)],
  ['what RabbitMQ answers', concat(...SERVER_FRAMES), framesAsUnits(SERVER_FRAMES)],
  [
    'a header that the server refuses with its own',
    concat(PROTOCOL_HEADER, HEARTBEAT_FRAME),
    ['protocol-header 414d515000000901', `frame ${toHex(HEARTBEAT_FRAME)}`],
  ],
  ['AMQP 1.0', hex('414d515003010000 00000008'), ['protocol-header 414d515003010000', 'opaque 00000008']],
  ['HTTP', latin1('GET / HTTP/1.1\r\n\r\n'), [`opaque ${toHex(latin1('GET / HTTP/1.1\r\n\r\n'))}`]],
  ['a stream that ends in "AMQ"', latin1('AMQ'), ['opaque 414d51']],
  ['a word that begins like the header', latin1('AMQX'), ['opaque 414d5158']],
  [
    'garbage after a frame',
    concat(HEARTBEAT_FRAME, hex('09aabb'), HEARTBEAT_FRAME),
    [`frame ${toHex(HEARTBEAT_FRAME)}`, `opaque 09aabb${toHex(HEARTBEAT_FRAME)}`],
  ],
  [
    'a frame without its end octet',
    concat(HEARTBEAT_FRAME, hex('01 0001 00000002 aabb cf 08')),
    [`frame ${toHex(HEARTBEAT_FRAME)}`, 'opaque 01000100000002aabbcf08'],
  ],
  [
    'an end in the middle of a frame',
    concat(HEARTBEAT_FRAME, hex('01 0001 000000')),
    [`frame ${toHex(HEARTBEAT_FRAME)}`, 'opaque 010001000000'],
  ],
];

describe.each(STREAMS)('%s', (_name, bytes, units) => {
  it('is cut into its units when it comes whole', () => {
    expect(split([bytes])).toEqual(units);
  });

  it('is cut into the same units when it comes byte by byte', () => {
    expect(split(everyByte(bytes))).toEqual(units);
  });

  it('is cut into the same units at every split', () => {
    for (let at = 0; at <= bytes.length; at++)
      expect(split([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(units);
  });
});

describe('a frame larger than what is held', () => {
  const large = encodeFrame(FRAME_BODY, 1, new Uint8Array(LARGEST_HELD).fill(7));
  const stream = concat(HEARTBEAT_FRAME, large, HEARTBEAT_FRAME);
  const units = [`frame ${toHex(HEARTBEAT_FRAME)}`, `piece ${toHex(large)}`, `frame ${toHex(HEARTBEAT_FRAME)}`];

  it.each([
    ['whole', stream.length],
    ['in chunks of 64 KiB', 65536],
    ['in chunks of 1009 bytes', 1009],
  ])('comes in pieces when it arrives %s', (_how, size) => {
    const chunks = Array.from({ length: Math.ceil(stream.length / size) }, (_, i) =>
      stream.subarray(i * size, (i + 1) * size),
    );
    expect(split(chunks)).toEqual(units);
  });

  it('is not held back while it comes', () => {
    const sizes: number[] = [];
    const splitter = new FrameSplitter((_kind, bytes) => sizes.push(bytes.length));
    for (let at = 0; at < large.length; at += 65536) splitter.push(large.subarray(at, at + 65536));
    expect(sizes.slice(0, 3)).toEqual([65536, 65536, 65536]);
  });

  it('may claim four gigabytes', () => {
    const kinds: string[] = [];
    const splitter = new FrameSplitter((kind, bytes) => kinds.push(`${kind} ${bytes.length}`));
    splitter.push(hex('03 0001 ffffffff'));
    for (let i = 0; i < 3; i++) splitter.push(new Uint8Array(1000));
    expect(kinds).toEqual(['piece 7', 'piece 1000', 'piece 1000', 'piece 1000']);
  });

  it('that just fits is held', () => {
    const fitting = encodeFrame(FRAME_BODY, 1, new Uint8Array(LARGEST_HELD - 8));
    expect(split([fitting.subarray(0, 100), fitting.subarray(100)])).toEqual([`frame ${toHex(fitting)}`]);
  });
});

it('a unit that comes byte by byte takes little more memory than its bytes', () => {
  const splitter = new FrameSplitter(() => {});
  const memory = () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const byte = Uint8Array.of(7);
  splitter.push(hex('03 0001 000fff00'));
  const before = memory();
  for (let i = 0; i < 900_000; i++) splitter.push(byte);
  expect(memory() - before).toBeLessThan(64 << 20);
});

describe('frameEnd', () => {
  const bytes = concat(hex('ff'), HEARTBEAT_FRAME, hex('08'));

  it('finds where a frame ends, and looks no further than it may', () => {
    expect(frameEnd(bytes, 1, bytes.length)).toBe(9);
    for (let end = 1; end < 9; end++) expect(frameEnd(bytes, 1, end)).toBe(INCOMPLETE);
    expect(frameEnd(bytes, 9, 10)).toBe(INCOMPLETE);
  });

  it('says that no frame stands there', () => {
    expect(frameEnd(bytes, 0, bytes.length)).toBe(NOT_A_FRAME);
    expect(frameEnd(hex('08 0000 00000000 cf'), 0, 8)).toBe(NOT_A_FRAME);
    for (const type of [0, 4, 5, 6, 7, 9, 255]) expect(frameEnd(Uint8Array.of(type), 0, 1)).toBe(NOT_A_FRAME);
  });

  it('reads sizes beyond 2^31', () => {
    expect(frameSize(hex('03 0001 ffffffff'), 0)).toBe(4294967303);
  });
});
