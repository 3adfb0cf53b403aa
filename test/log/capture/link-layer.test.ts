import { describe, expect, it } from 'vitest';
import { Blocks, Conversation, concat, ethernet, hex, ipv6, pcap, START, tcp } from './packets.ts';
import { readEveryWay } from './transcript.ts';

const packet = new Conversation().client(0, 'hello');
const packet6 = ipv6(tcp({ payload: 'hello' }));
const lines = ['1: open 10.0.0.1:40000 > 10.0.0.2:5672 midway', '1: > hello', '1: capture-ended'];
const lines6 = ['1: open 2001:db8::1:40000 > 2001:db8::2:5672 midway', ...lines.slice(1)];

function frame(header: string, of = packet): Uint8Array {
  return concat(hex(header), of);
}

describe('IPv4 is found in', () => {
  it.each([
    ['Ethernet', 1, ethernet(packet)],
    ['Ethernet with a VLAN tag', 1, ethernet(packet, [0x8100])],
    ['Ethernet with stacked VLAN tags (802.1ad)', 1, ethernet(packet, [0x88a8, 0x8100])],
    ['Ethernet with stacked VLAN tags (old style)', 1, ethernet(packet, [0x9100, 0x8100])],
    ['Ethernet with padding behind the packet', 1, concat(ethernet(packet), new Uint8Array(9))],
    ['Ethernet with a frame check sequence announced', 0x24000001, concat(ethernet(packet), hex('deadbeef'))],
    ['Linux cooked capture v1', 113, frame('0000 0304 0006 000000000000 0000 0800')],
    ['Linux cooked capture v1 with a VLAN tag', 113, frame('0000 0304 0006 000000000000 0000 8100 0007 0800')],
    ['Linux cooked capture v2', 276, frame('0800 0000 00000001 0304 00 06 0000000000000000')],
    ['BSD loopback, little-endian', 0, frame('02000000')],
    ['BSD loopback, big-endian', 0, frame('00000002')],
    ['OpenBSD loopback', 108, frame('00000002')],
    ['raw IP', 101, packet],
    ['raw IP as some BSDs number it', 12, packet],
    ['raw IP as OpenBSD numbers it', 14, packet],
    ['raw IPv4', 228, packet],
  ])('%s', (_, linkType, bytes) => {
    const { lines: read, summary } = readEveryWay(pcap([bytes], { linkType }));
    expect(read).toEqual(lines);
    expect(summary.otherPackets).toBe(0);
  });
});

describe('IPv6 is found in', () => {
  it.each([
    ['Ethernet', 1, ethernet(packet6)],
    ['Linux cooked capture v1', 113, frame('0000 0304 0006 000000000000 0000 86dd', packet6)],
    ['Linux cooked capture v2', 276, frame('86dd 0000 00000001 0304 00 06 0000000000000000', packet6)],
    ['BSD loopback of NetBSD', 0, frame('18000000', packet6)],
    ['BSD loopback of FreeBSD', 0, frame('1c000000', packet6)],
    ['BSD loopback of macOS', 0, frame('1e000000', packet6)],
    ['BSD loopback, big-endian', 0, frame('0000001e', packet6)],
    ['raw IP', 101, packet6],
    ['raw IPv6', 229, packet6],
  ])('%s', (_, linkType, bytes) => {
    expect(readEveryWay(pcap([bytes], { linkType })).lines).toEqual(lines6);
  });
});

describe('what carries no IP is counted and stepped over', () => {
  it.each([
    ['ARP on Ethernet', 1, hex('ffffffffffff 020000000001 0806 00010800')],
    ['an empty packet', 1, hex('')],
    ['a cut Ethernet header', 1, ethernet(packet).subarray(0, 13)],
    ['a cut VLAN tag', 1, ethernet(packet, [0x8100]).subarray(0, 17)],
    ['a cut cooked header', 113, frame('0000 0304 0006 000000000000 0000 08')],
    ['another address family on loopback', 0, frame('07000000')],
    ['a cut loopback header', 0, hex('0200')],
    ['raw bytes that are no IP', 101, hex('00112233')],
  ])('%s', (_, linkType, bytes) => {
    const { lines: read, summary } = readEveryWay(pcap([bytes], { linkType }));
    expect(read).toEqual([]);
    expect(summary).toMatchObject({ packets: 1, otherPackets: 1 });
  });

  it('an interface of an unknown link type, in a pcapng file', () => {
    const blocks = new Blocks();
    const file = concat(
      blocks.section(),
      blocks.interface(105),
      blocks.interface(101),
      blocks.enhanced(packet, BigInt(START), { interface: 0 }),
      blocks.enhanced(packet, BigInt(START), { interface: 1 }),
    );
    const { lines: read, summary } = readEveryWay(file);
    expect(read).toEqual(lines);
    expect(summary.otherPackets).toBe(1);
  });
});
