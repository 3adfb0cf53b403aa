import { describe, expect, it } from 'vitest';
import { concat, hex, ipv4, ipv6, pcap, tcp } from './packets.ts';
import { readEveryWay } from './transcript.ts';

const hello = tcp({ payload: 'hello' });
const lines = ['1: open 10.0.0.1:40000 > 10.0.0.2:5672 midway', '1: > hello', '1: capture-ended'];
const lines6 = ['1: open 2001:db8::1:40000 > 2001:db8::2:5672 midway', '1: > hello', '1: capture-ended'];

describe('an IPv4 packet', () => {
  it('may have options', () => {
    expect(readEveryWay(pcap([ipv4(hello, { options: hex('94040000 01010101') })])).lines).toEqual(lines);
  });

  it('ends where its total length says, whatever padding follows', () => {
    expect(readEveryWay(pcap([concat(ipv4(hello), hex('000000'))])).lines).toEqual(lines);
  });

  it('without a total length (segmentation offload) ends with the captured packet', () => {
    expect(readEveryWay(pcap([ipv4(hello, { totalLength: 0 })])).lines).toEqual(lines);
  });

  it('without a total length that was cut lacks what the wire had', () => {
    const packet = ipv4(hello, { totalLength: 0 });
    const next = ipv4(tcp({ seq: 5, payload: '!' }));
    const file = pcap([{ bytes: packet.subarray(0, packet.length - 2), length: packet.length }, next]);
    expect(readEveryWay(file).lines).toEqual([lines[0], '1: > hel', '1: > lost 2', '1: > !', '1: capture-ended']);
  });

  it('may be a fragment, which is counted and shows up as a gap', () => {
    const first = ipv4(tcp({ seq: 5, payload: 'AAA' }), { fragment: 0x2000 });
    const second = ipv4(hex('4242'), { fragment: 0x0003 });
    const next = ipv4(tcp({ seq: 10, payload: 'CC' }));
    const { lines: read, summary } = readEveryWay(pcap([ipv4(hello), first, second, next]));
    expect(read).toEqual([lines[0], '1: > hello', '1: > lost 5', '1: > CC', '1: capture-ended']);
    expect(summary).toMatchObject({ fragments: 2, otherPackets: 0, gaps: 1, lostBytes: 5 });
  });

  it.each([
    ['is cut in its header', ipv4(hello).subarray(0, 19)],
    ['carries UDP', ipv4(hello, { protocol: 17 })],
    ['claims a header of 16 bytes', concat(hex('44'), ipv4(hello).subarray(1))],
    ['claims a header longer than itself', concat(hex('4f'), ipv4(hex('')).subarray(1))],
    ['claims a total length shorter than its header', ipv4(hello, { totalLength: 10 })],
    ['is cut in the TCP header', ipv4(hello).subarray(0, 39)],
    ['holds a TCP header longer than the segment', ipv4(concat(hello.subarray(0, 12), hex('f0'), hello.subarray(13)))],
    ['holds a TCP header of 16 bytes', ipv4(concat(hello.subarray(0, 12), hex('40'), hello.subarray(13)))],
  ])('is counted and stepped over if it %s', (_, packet) => {
    const { lines: read, summary } = readEveryWay(pcap([packet]));
    expect(read).toEqual([]);
    expect(summary).toMatchObject({ packets: 1, otherPackets: 1 });
  });
});

describe('a TCP segment', () => {
  it('may have options', () => {
    const packet = ipv4(tcp({ options: hex('0101080a 00000001 00000002'), payload: 'hello' }));
    expect(readEveryWay(pcap([packet])).lines).toEqual(lines);
  });

  it('cut in its options counts with its length', () => {
    const packet = ipv4(tcp({ options: hex('0101080a 00000001 00000002'), payload: 'hello' }));
    const next = ipv4(tcp({ seq: 5, payload: '!' }));
    const file = pcap([{ bytes: packet.subarray(0, 45), length: packet.length }, next]);
    expect(readEveryWay(file).lines).toEqual([lines[0], '1: > lost 5', '1: > !', '1: capture-ended']);
  });
});

describe('an IPv6 packet', () => {
  it.each([
    ['hop-by-hop options', 0, '06 00 000000000000'],
    [
      'routing, destination options and 16 more bytes',
      43,
      '3c 00 000000000000 06 02 000000000000 00000000000000000000000000000000',
    ],
    ['an authentication header', 51, '06 04 0000 00000001 00000002 000000000000000000000000'],
    ['a fragment header that says it is whole', 44, '06 00 0000 00000001'],
  ])('may have %s before TCP', (_, next, extensions) => {
    expect(readEveryWay(pcap([ipv6(hello, { next, extensions: hex(extensions) })])).lines).toEqual(lines6);
  });

  it('without a payload length (segmentation offload) ends with the captured packet', () => {
    expect(readEveryWay(pcap([ipv6(hello, { payloadLength: 0 })])).lines).toEqual(lines6);
  });

  it('ends where its payload length says, whatever padding follows', () => {
    expect(readEveryWay(pcap([concat(ipv6(hello), hex('0000'))])).lines).toEqual(lines6);
  });

  it('may be a fragment, which is counted', () => {
    const packet = ipv6(hello, { next: 44, extensions: hex('06 00 0001 00000001') });
    expect(readEveryWay(pcap([packet])).summary).toMatchObject({ fragments: 1, otherPackets: 0, connections: 0 });
  });

  it('with IPv4 addresses in it is shown as IPv4', () => {
    const mapped = `${'0'.repeat(20)}ffff`;
    const packet = ipv6(hello, { source: `${mapped}0a000001`, target: `${mapped}0a000002` });
    expect(readEveryWay(pcap([packet])).lines).toEqual(lines);
  });

  it.each([
    ['is cut in its header', ipv6(hello).subarray(0, 39)],
    ['is cut in an extension header', ipv6(hello, { next: 0, extensions: hex('06 00 000000000000') }).subarray(0, 47)],
    ['carries ICMP', ipv6(hello, { next: 58 })],
    [
      'claims an extension header longer than itself',
      ipv6(hex(''), { next: 0, extensions: hex('06 ff 000000000000') }),
    ],
  ])('is counted and stepped over if it %s', (_, packet) => {
    expect(readEveryWay(pcap([packet])).summary).toMatchObject({ packets: 1, otherPackets: 1, connections: 0 });
  });
});
