import { describe, expect, it } from 'vitest';
import { CaptureReader } from '../../../src/log/capture/capture-reader.ts';
import type { CaptureSink } from '../../../src/log/capture/capture-sink.ts';
import { ACK, Conversation, FIN, type Packet, pcap, RST, START, SYN } from './packets.ts';
import { readEveryWay } from './transcript.ts';

const talk = new Conversation();
const open = '1: open 10.0.0.1:40000 > 10.0.0.2:5672';
const ended = '1: capture-ended';

const nobody: CaptureSink<null> = { open: () => null, data: () => {}, gap: () => {}, end: () => {} };

/** The client's segments as `offset:payload`, after the handshake. */
function client(...segments: readonly string[]): Uint8Array[] {
  return segments.map((segment) => {
    const [at, payload] = segment.split(':') as [string, string];
    return talk.client(Number(at), payload);
  });
}

function read(...packets: readonly (Uint8Array | Packet)[]) {
  return readEveryWay(pcap([...talk.handshake, ...packets]));
}

describe('a TCP stream', () => {
  it('gives segments in order as they are', () => {
    const { lines, summary } = read(...client('0:one', '3:two', '6:three'));
    expect(lines).toEqual([open, '1: > onetwothree', ended]);
    expect(summary).toMatchObject({ reordered: 0, retransmitted: 0, gaps: 0 });
  });

  it('drops a retransmission', () => {
    const { lines, summary } = read(...client('0:one', '0:one', '3:two', '0:one'));
    expect(lines).toEqual([open, '1: > onetwo', ended]);
    expect(summary.retransmitted).toBe(2);
  });

  it('takes the new part of a segment that repeats old bytes, and keeps the old bytes as they first came', () => {
    expect(read(...client('0:one', '1:XXtwo', '5:X!')).lines).toEqual([open, '1: > onetwo!', ended]);
  });

  it('puts segments in order', () => {
    const { lines, summary, times } = read(...client('3:two', '6:three', '0:one'));
    expect(lines).toEqual([open, '1: > onetwothree', ended]);
    expect(summary).toMatchObject({ reordered: 1, retransmitted: 0, gaps: 0 });
    expect(times).toEqual([0, 5, 5, 5, 5]);
  });

  it('keeps the first copy of bytes that wait, too', () => {
    const { lines, summary } = read(...client('2:cd', '2:XX', '6:gh', '1:Xcdef', '3:XXXX', '0:aXXXXXXXi'));
    expect(lines).toEqual([open, '1: > aXcdefghi', ended]);
    expect(summary.gaps).toBe(0);
  });

  it('counts a segment that waits already as a retransmission', () => {
    expect(read(...client('3:two', '3:two', '0:one')).summary).toMatchObject({ retransmitted: 1, reordered: 1 });
  });

  it('goes on past the end of the sequence numbers', () => {
    const wrapping = new Conversation({ clientStart: 2 ** 32 - 4 });
    const segments = [wrapping.client(0, 'one'), wrapping.client(6, 'three'), wrapping.client(3, 'two')];
    const { lines } = readEveryWay(pcap([...wrapping.handshake, ...segments, wrapping.client(0, 'one')]));
    expect(lines).toEqual([open, '1: > onetwothree', ended]);
  });

  it('goes on past the sign bit of the sequence numbers', () => {
    const wrapping = new Conversation({ clientStart: 2 ** 31 - 4 });
    const segments = [wrapping.client(0, 'one'), wrapping.client(6, 'three'), wrapping.client(3, 'two')];
    expect(readEveryWay(pcap([...wrapping.handshake, ...segments])).lines).toEqual([open, '1: > onetwothree', ended]);
  });

  it('does not take keep-alive probes for data or retransmissions', () => {
    const { lines, summary } = read(...client('0:one', '2:', '2:?', '3:two'), talk.server(0, '', { received: 3 }));
    expect(lines).toEqual([open, '1: > onetwo', ended]);
    expect(summary.retransmitted).toBe(0);
  });

  it('takes a probe of a closed window once, whether it was accepted or sent again', () => {
    expect(read(...client('0:one', '3:t', '3:t', '3:two')).lines).toEqual([open, '1: > onetwo', ended]);
  });

  it('takes data that comes with the SYN (fast open)', () => {
    const syn = talk.client(-1, 'one', { flags: SYN });
    const answer = talk.server(-1, '', { flags: SYN | ACK, received: 3 });
    expect(readEveryWay(pcap([syn, answer, talk.client(3, 'two')])).lines).toEqual([open, '1: > onetwo', ended]);
  });
});

describe('a hole', () => {
  it('is told when the capture ends', () => {
    const { lines, summary } = read(...client('0:one', '6:three'));
    expect(lines).toEqual([open, '1: > one', '1: > lost 3', '1: > three', ended]);
    expect(summary).toMatchObject({ gaps: 1, lostBytes: 3 });
  });

  it('is told when the connection is reset', () => {
    const reset = talk.server(0, '', { flags: RST | ACK });
    expect(read(...client('0:one', '6:three'), reset).lines.slice(2)).toEqual([
      '1: > lost 3',
      '1: > three',
      '1: reset',
    ]);
  });

  it('at the end is told when the connection closes', () => {
    const farewell = talk.farewell(6, 0);
    const late = { bytes: talk.client(7, '', { received: 1 }), time: START + 60_000_000 };
    expect(read(...client('0:one'), ...farewell.slice(0, 2), late).lines).toEqual([
      open,
      '1: > one',
      '1: > lost 3',
      '1: closed',
    ]);
  });

  it('that the receiver has acknowledged is given up when what follows has waited 20 ms', () => {
    const acknowledged = talk.server(0, 'seen', { received: 11 });
    const soon = { bytes: talk.server(4, ' soon', { received: 11 }), time: START + 23_000 };
    const later = { bytes: talk.server(9, ' later', { received: 11 }), time: START + 25_000 };
    const { lines } = read(...client('0:one', '6:three'), acknowledged, soon, later);
    expect(lines).toEqual([open, '1: > one', '1: < seen soon later', '1: > lost 3', '1: > three', ended]);
    expect(read(...client('0:one', '6:three'), acknowledged, soon, later, talk.client(11, '!')).lines).toEqual([
      open,
      '1: > one',
      '1: < seen soon later',
      '1: > lost 3',
      '1: > three!',
      ended,
    ]);
  });

  it('is filled if its bytes come behind their acknowledgement, as captures of several queues show them', () => {
    const acknowledged = talk.server(0, 'seen', { received: 11 });
    expect(read(...client('6:three'), acknowledged, ...client('0:onetwo')).lines).toEqual([
      open,
      '1: < seen',
      '1: > onetwothree',
      ended,
    ]);
  });

  it('that nobody acknowledged is given up after 10 s', () => {
    const retransmitted = { bytes: talk.client(0, 'one'), time: START + 9_000_000 };
    const late = { bytes: talk.client(11, '!'), time: START + 15_000_000 };
    expect(read(...client('3:two'), retransmitted).summary.gaps).toBe(0);
    const { lines, times } = read(...client('0:one', '6:three'), late, {
      bytes: talk.client(3, 'two'),
      time: START + 15_000_001,
    });
    expect(lines).toEqual([open, '1: > one', '1: > lost 3', '1: > three!', ended]);
    expect(times).toEqual([0, 3, 4, 4, 15_000, 15_000.001]);
  });

  it('does not count the time before it, when nothing was sent', () => {
    const later = START + 3_600_000_000;
    const packets = [
      { bytes: talk.client(6, 'three'), time: later },
      { bytes: talk.client(3, 'two'), time: later + 100 },
    ];
    expect(read(...client('0:one'), ...packets).lines).toEqual([open, '1: > onetwothree', ended]);
  });

  it('is told at once if the capture cut the packet off', () => {
    const packet = talk.client(0, 'onetwo');
    const cut = { bytes: packet.subarray(0, packet.length - 3), length: packet.length };
    const { lines, summary } = read(cut, ...client('6:three'));
    expect(lines).toEqual([open, '1: > one', '1: > lost 3', '1: > three', ended]);
    expect(summary).toMatchObject({ gaps: 1, lostBytes: 3, truncated: null });
  });

  it('is told at once if the capture cut off the whole payload', () => {
    const packet = talk.client(0, 'onetwo');
    expect(read({ bytes: packet.subarray(0, 40), length: packet.length }, ...client('6:three')).lines).toEqual([
      open,
      '1: > lost 6',
      '1: > three',
      ended,
    ]);
  });

  it('is not told if the capture cut off the very end, since nothing follows', () => {
    const packet = talk.client(0, 'onetwo');
    expect(read({ bytes: packet.subarray(0, 43), length: packet.length }).lines).toEqual([open, '1: > one', ended]);
  });

  it('of a cut packet can still be filled by a retransmission', () => {
    const packet = talk.client(0, 'onetwo');
    const cut = { bytes: packet.subarray(0, 43), length: packet.length };
    expect(read(cut, ...client('0:XXXtwo', '6:three')).lines).toEqual([open, '1: > onetwothree', ended]);
  });

  it('of more than half the sequence space is told with its size', () => {
    const lost = 3_000_000_000;
    expect(read(...client('0:one'), talk.client(3 + lost, 'far')).lines).toEqual([
      open,
      '1: > one',
      `1: > lost ${lost}`,
      '1: > far',
      ended,
    ]);
  });

  it('is given up when too much waits behind it', () => {
    const big = new Uint8Array(60_000).fill(0x61);
    const packets = Array.from({ length: 250 }, (_, i) => talk.client(1 + i * big.length, big));
    const reader = new CaptureReader(nobody);
    reader.write(pcap([...talk.handshake, ...packets.slice(0, 200)]));
    expect(reader.summary.gaps).toBe(0);
    reader.write(pcap(packets.slice(200)).subarray(24));
    expect(reader.summary).toMatchObject({ gaps: 1, lostBytes: 1 });
  });

  it('in each of many connections holds back 64 MiB in all at most', () => {
    const big = new Uint8Array(65_000).fill(0x61);
    const reader = new CaptureReader(nobody);
    for (let port = 20_000; port < 20_110; port++) {
      const each = new Conversation({ clientPort: port });
      const packets = Array.from({ length: 10 }, (_, i) => each.client(1 + i * big.length, big));
      const file = pcap([each.syn, ...packets]);
      reader.write(port === 20_000 ? file : file.subarray(24));
    }
    const { gaps } = reader.summary;
    expect(gaps).toBeGreaterThan(0);
    expect(gaps).toBeLessThan(20);
    expect(reader.end().gaps).toBe(110);
  });
});

describe('the end of a connection', () => {
  it('is closed when both sides have finished', () => {
    const { lines, times } = read(...client('0:one'), ...talk.farewell(3, 0));
    expect(lines).toEqual([open, '1: > one', '1: closed']);
    expect(times.at(-1)).toBe(5);
  });

  it('waits for the bytes before a FIN that came early', () => {
    const [fin, answer] = talk.farewell(6, 0) as [Uint8Array, Uint8Array];
    expect(read(fin, answer, ...client('3:two', '0:one')).lines).toEqual([open, '1: > onetwo', '1: closed']);
  });

  it('takes a FIN that comes with data', () => {
    const packets = [
      talk.client(0, 'one', { flags: FIN | ACK }),
      talk.server(0, 'two', { flags: FIN | ACK, received: 4 }),
    ];
    expect(read(...packets).lines).toEqual([open, '1: > one', '1: < two', '1: closed']);
  });

  it('lets the other side go on after a FIN (half-close)', () => {
    const packets = [
      talk.client(0, 'one', { flags: FIN | ACK }),
      talk.server(0, 'two', { received: 4 }),
      talk.server(3, 'three', { flags: FIN | ACK, received: 4 }),
    ];
    expect(read(...packets).lines).toEqual([open, '1: > one', '1: < twothree', '1: closed']);
  });

  it('is told once, whatever comes late', () => {
    const late = [...client('0:one'), ...talk.farewell(3, 0), talk.client(4, '', { flags: RST })];
    expect(read(...client('0:one'), ...talk.farewell(3, 0), ...late).lines).toEqual([open, '1: > one', '1: closed']);
  });

  it('is a reset if one side resets', () => {
    const packets = [...client('0:one'), talk.server(0, '', { flags: RST | ACK, received: 3 })];
    expect(read(...packets).lines).toEqual([open, '1: > one', '1: reset']);
  });

  it('is a reset if nobody listens', () => {
    const packets = [talk.syn, talk.server(-9000, '', { flags: RST | ACK, received: 0 })];
    expect(readEveryWay(pcap(packets)).lines).toEqual([open, '1: reset']);
  });
});
