import { describe, expect, it } from 'vitest';
import { CaptureReader } from '../../../src/log/capture/capture-reader.ts';
import { Blocks, Conversation, concat, ethernet, hex, latin1, pcap, START } from './packets.ts';
import { readChunks, readEveryWay, Transcript } from './transcript.ts';

const talk = new Conversation();
const hello = talk.client(0, 'hello');
const world = talk.server(0, 'world', { received: 5 });
const packets = [...talk.handshake, hello, world, ...talk.farewell(5, 5)];
const lines = ['1: open 10.0.0.1:40000 > 10.0.0.2:5672', '1: > hello', '1: < world', '1: closed'];
const midway = ['1: open 10.0.0.1:40000 > 10.0.0.2:5672 midway', '1: > hello', '1: < world', '1: capture-ended'];

describe('a pcap file', () => {
  it.each([
    ['little-endian, microseconds', {}],
    ['big-endian, microseconds', { bigEndian: true }],
    ['little-endian, nanoseconds', { nanoseconds: true }],
    ['big-endian, nanoseconds', { bigEndian: true, nanoseconds: true }],
    ['with the modified record header', { modified: true }],
    ['with the modified record header, big-endian', { modified: true, bigEndian: true }],
  ])('is read: %s', (_, options) => {
    const read = readEveryWay(pcap(packets, options));
    expect(read.lines).toEqual(lines);
    expect(read.times).toEqual([0, 3, 4, 6]);
    expect(read.error).toBeUndefined();
  });

  it('keeps to whole microseconds where the file has nanoseconds', () => {
    const file = pcap([hello], { nanoseconds: true });
    new DataView(file.buffer).setUint32(28, 123_456_789, true);
    expect(readChunks([file]).transcript.times.at(-1)).toBe(Math.floor(START / 1e6) * 1e6 + 123_456);
  });

  it('is summed up', () => {
    expect(readEveryWay(pcap(packets)).summary).toEqual({
      packets: 8,
      bytes: 8 * 40 + 10,
      otherPackets: 0,
      fragments: 0,
      connections: 1,
      ignoredConnections: 0,
      gaps: 0,
      lostBytes: 0,
      reordered: 0,
      retransmitted: 0,
      truncated: null,
      firstTime: START,
      lastTime: START + 7000,
    });
  });

  it('without a packet gives an empty summary', () => {
    const { summary, lines } = readEveryWay(pcap([]));
    expect(lines).toEqual([]);
    expect(summary).toMatchObject({ packets: 0, firstTime: null, lastTime: null, truncated: null });
  });

  it('of a link type that nobody can decode is refused', () => {
    const { error } = readEveryWay(pcap(packets, { linkType: 105 }));
    expect(error?.message).toBe(
      'link type 105 is not supported, expected Ethernet, Linux cooked, BSD loopback or raw IP (at byte 20)',
    );
  });

  it('with an impossible packet length is read up to there', () => {
    const file = concat(pcap([hello]), hex('00000000 00000000 ffffff7f ffffff7f'), new Uint8Array(100));
    const { lines, error, summary } = readEveryWay(file);
    expect(lines).toEqual([midway[0], '1: > hello', '1: capture-ended']);
    expect(error?.offset).toBe(24 + 16 + hello.length);
    expect(error?.message).toContain('a packet of 2147483647 bytes, expected at most 262144');
    expect(summary.packets).toBe(1);
  });
});

describe('a pcapng file', () => {
  const micros = (index: number) => BigInt(START + index * 1000);

  it.each([
    ['little-endian', new Blocks(false)],
    ['big-endian', new Blocks(true)],
  ])('is read: %s', (_, blocks) => {
    const file = concat(
      blocks.section(),
      blocks.interface(101),
      ...packets.map((packet, index) => blocks.enhanced(packet, micros(index))),
    );
    const read = readEveryWay(file);
    expect(read.lines).toEqual(lines);
    expect(read.times).toEqual([0, 3, 4, 6]);
  });

  it('is read over several sections of different byte orders, each with its own interfaces', () => {
    const little = new Blocks(false);
    const big = new Blocks(true);
    const file = concat(
      little.section(),
      little.interface(1),
      little.enhanced(ethernet(hello), micros(0)),
      big.section(),
      big.interface(113),
      big.interface(101),
      big.enhanced(world, micros(1), { interface: 1 }),
    );
    expect(readEveryWay(file).lines).toEqual(midway);
  });

  it('is read from simple and obsolete packet blocks, and past blocks of other kinds', () => {
    const blocks = new Blocks();
    const file = concat(
      blocks.section(),
      blocks.block(0x0bad, latin1('custom')),
      blocks.interface(101),
      blocks.packet(hello, micros(0)),
      blocks.block(5, new Uint8Array(33)),
      blocks.simple(world),
    );
    const read = readEveryWay(file);
    expect(read.lines).toEqual(midway);
    expect(read.times).toEqual([0, 0, 0, 0]);
  });

  it('takes a simple packet as cut to the snapshot length', () => {
    const blocks = new Blocks();
    const file = concat(
      blocks.section(),
      blocks.interface(101, { snaplen: 43 }),
      blocks.simple(hello.subarray(0, 43), hello.length),
      blocks.simple(talk.client(5, '!!')),
    );
    expect(readEveryWay(file).lines).toEqual([midway[0], '1: > hel', '1: > lost 2', '1: > !!', '1: capture-ended']);
  });

  it.each([
    ['seconds', 0, BigInt(START / 1e6)],
    ['milliseconds', 3, BigInt(START / 1e3)],
    ['microseconds', 6, BigInt(START)],
    ['nanoseconds', 9, BigInt(START) * 1000n + 999n],
    ['2^-10 seconds', 0x8a, BigInt(START / 1e6) << 10n],
    ['2^-30 seconds', 0x9e, BigInt(START / 1e6) << 30n],
  ])('has its times in %s', (_, resolution, units) => {
    const blocks = new Blocks();
    const file = concat(blocks.section(), blocks.interface(101, { resolution }), blocks.enhanced(hello, units));
    expect(readChunks([file]).times).toEqual([0, 0, 0]);
  });

  it('has its times in picoseconds after an offset', () => {
    const blocks = new Blocks();
    const description = blocks.interface(101, { resolution: 12, offset: START / 1e6 });
    const file = concat(blocks.section(), description, blocks.enhanced(hello, 4_321_000_999_999n));
    expect(readChunks([file]).times).toEqual([4321, 4321, 4321]);
  });

  it.each([3600, -3600])('has its times shifted by %i seconds', (offset) => {
    const blocks = new Blocks(offset > 0);
    const units = BigInt(START - offset * 1e6);
    const file = concat(blocks.section(), blocks.interface(101, { offset }), blocks.enhanced(hello, units));
    expect(readChunks([file]).times).toEqual([0, 0, 0]);
  });

  it('never gives a time that no date can hold', () => {
    const blocks = new Blocks();
    for (const offset of [2 ** 52, -(2 ** 52)]) {
      const file = concat(blocks.section(), blocks.interface(101, { offset }), blocks.enhanced(hello, 2n ** 64n - 1n));
      for (const time of readChunks([file]).transcript.times) {
        expect(() => new Date(time / 1000).toISOString()).not.toThrow();
      }
    }
  });

  it.each([
    ['a block length that is no multiple of four', 4, '00000022', 'a block of 34 bytes'],
    ['a block length that is too small', 4, '00000008', 'a block of 8 bytes'],
    ['a block length that is too large', 4, '7ffffff0', 'a block of 2147483632 bytes'],
    ['a different length at the end of a block', 44, '00000040', 'a block ends with length 64, expected 48'],
    ['an interface that no block describes', 8, '00000001', 'a packet of interface 1'],
    ['more data than the block has', 20, '00000020', 'a packet of 32 bytes in a block of 48'],
  ])('is refused for %s', (_, at, value, message) => {
    const blocks = new Blocks(true);
    const before = concat(blocks.section(), blocks.interface(101), blocks.enhanced(hello, micros(0)));
    const bad = blocks.enhanced(new Uint8Array(16), 0n);
    bad.set(hex(value), at);
    const { lines, error } = readEveryWay(concat(before, bad, new Uint8Array(64)));
    expect(error?.message).toContain(message);
    expect(error?.offset).toBe(before.length);
    expect(lines).toEqual([midway[0], '1: > hello', '1: capture-ended']);
  });

  it('is refused for a version other than 1', () => {
    const section = new Blocks().section();
    section[12] = 2;
    expect(readEveryWay(section).error?.message).toContain('pcapng version 2, expected 1');
  });

  it('is refused for a section header without the byte-order magic', () => {
    const section = new Blocks().section();
    section[8] = 0;
    expect(readEveryWay(section).error?.message).toContain('without the byte-order magic');
  });
});

describe('what is no capture', () => {
  it.each([
    ['an empty file', hex(''), 'a capture of 0 bytes, expected a pcap or pcapng file (at byte 0)'],
    ['three bytes', hex('d4c3b2'), 'a capture of 3 bytes, expected a pcap or pcapng file (at byte 3)'],
    [
      'a cut file header',
      pcap([]).subarray(0, 23),
      'a capture of 23 bytes, expected a pcap or pcapng file (at byte 23)',
    ],
    ['text', latin1('hello'), 'not a capture: begins with 68 65 6c 6c, expected a pcap or pcapng file (at byte 0)'],
  ])('is refused: %s', (_, bytes, message) => {
    expect(readEveryWay(bytes).error?.message).toBe(message);
  });

  it('is refused with a hint if it is compressed', () => {
    expect(readEveryWay(hex('1f8b080000')).error?.message).toContain('compressed with gzip: decompress it first');
  });
});

describe('a reader', () => {
  it('emits what is complete before write() returns', () => {
    const transcript = new Transcript();
    const reader = new CaptureReader(transcript);
    const file = pcap(packets);
    const endOfHello = 24 + [...talk.handshake, hello].reduce((sum, packet) => sum + 16 + packet.length, 0);
    reader.write(file.subarray(0, endOfHello - 1));
    expect(transcript.lines).toEqual([lines[0]]);
    reader.write(file.subarray(endOfHello - 1, endOfHello));
    expect(transcript.lines).toEqual(lines.slice(0, 2));
    expect(reader.summary.packets).toBe(4);
  });

  it('ignores what is written after its end, and ends once', () => {
    const transcript = new Transcript();
    const reader = new CaptureReader(transcript);
    reader.write(pcap([hello]));
    const summary = reader.end();
    reader.write(pcap([world]));
    expect(reader.end()).toEqual(summary);
    expect(transcript.lines).toHaveLength(3);
  });

  it('emits the bytes before the cut of a truncated capture, whatever the cut', () => {
    const file = pcap([hello, world]);
    const all = readChunks([file]).lines;
    for (let size = 24; size <= file.length; size++) {
      const { lines, summary, error } = readEveryWay(file.subarray(0, size));
      expect(error).toBeUndefined();
      const ends = [24, 24 + 16 + hello.length, file.length];
      const begin = ends.findLast((end) => end <= size)!;
      const needed = size - begin < 16 ? 16 : 16 + hello.length;
      expect(summary.truncated).toEqual(size === begin ? null : { offset: begin, missing: needed - (size - begin) });
      for (const [index, line] of lines.entries()) {
        if (!line.endsWith('capture-ended')) expect(all[index]?.startsWith(line)).toBe(true);
      }
    }
    expect(readEveryWay(file.subarray(0, 24 + 16 + hello.length - 2)).lines).toContain('1: > hel');
  });

  it('emits the bytes before the cut of a truncated pcapng capture', () => {
    const blocks = new Blocks();
    const file = concat(
      blocks.section(),
      blocks.interface(101),
      blocks.enhanced(hello, BigInt(START)),
      blocks.simple(world),
    );
    for (let size = 28; size <= file.length; size++) {
      expect(readEveryWay(file.subarray(0, size)).error).toBeUndefined();
    }
    const endOfHello = file.length - blocks.simple(world).length - 4 - 3;
    expect(readEveryWay(file.subarray(0, endOfHello - 1)).lines).toContain('1: > hell');
    expect(readEveryWay(file.subarray(0, endOfHello + 1)).lines).toContain('1: > hello');
    expect(readEveryWay(file.subarray(0, file.length - 4 - 3 - 2)).lines).toContain('1: < wor');
  });
});
