// One TCP connection in a pcap file: turns the bytes that each side sends into Ethernet, IPv4 and TCP packets with right
// sequence numbers and checksums, a SYN exchange first, and a bare ACK after every second segment.
//
//   pcap record header 16 | Ethernet 14 | IPv4 20 | TCP 20 | payload up to 1448

const SERVER_PORT = 5672;
const SEGMENT = 1448;
const HEADERS = 16 + 14 + 20 + 20;
const MICROSECONDS_A_PACKET = 20;
const START_SECONDS = 1_700_000_000;
const ADDRESSES = { client: 0x0a000002, server: 0x0a000001 };
const SYN = 0x02;
const PSH = 0x08;
const ACK = 0x10;

let packetsMade = 0;

/** The file header: microsecond pcap, version 2.4, snapshot length 262,144, link type Ethernet. */
export const PCAP_HEADER = Buffer.from('d4c3b2a1020004000000000000000000' + '0000040001000000', 'hex');

/** The two ends of a connection. */
export type Side = 'client' | 'server';

/** A connection to the broker's port from a port of its own. */
export class Conversation {
  readonly #clientPort: number;
  readonly #emit: (packet: Buffer) => void;
  readonly #next: Record<Side, number> = { client: 1000, server: 2000 };
  #unacknowledged = 0;

  constructor(clientPort: number, emit: (packet: Buffer) => void) {
    this.#clientPort = clientPort;
    this.#emit = emit;
    this.#packet('client', SYN);
    this.#packet('server', SYN | ACK);
    this.#packet('client', ACK);
  }

  /** One side writes these bytes: as many segments as they need. */
  send(from: Side, bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += SEGMENT) {
      this.#packet(from, PSH | ACK, bytes.subarray(at, at + SEGMENT));
      this.#unacknowledged = (this.#unacknowledged + 1) % 2;
      if (this.#unacknowledged === 0) this.#packet(from === 'client' ? 'server' : 'client', ACK);
    }
  }

  #packet(from: Side, flags: number, payload: Buffer = Buffer.alloc(0)): void {
    const to = from === 'client' ? 'server' : 'client';
    const packet = Buffer.alloc(HEADERS + payload.length);
    writeRecordHeader(packet);
    packet.writeUInt16BE(0x0800, 28);
    const ports: [number, number] =
      from === 'client' ? [this.#clientPort, SERVER_PORT] : [SERVER_PORT, this.#clientPort];
    writeIp(packet.subarray(30), ADDRESSES[from], ADDRESSES[to]);
    const tcp = packet.subarray(50);
    tcp.writeUInt16BE(ports[0], 0);
    tcp.writeUInt16BE(ports[1], 2);
    tcp.writeUInt32BE(this.#next[from] >>> 0, 4);
    tcp.writeUInt32BE(flags & ACK ? this.#next[to] >>> 0 : 0, 8);
    tcp.writeUInt16BE((5 << 12) | flags, 12);
    tcp.writeUInt16BE(65_535, 14);
    payload.copy(tcp, 20);
    // The pseudo header's part of the checksum: both addresses, the protocol number 6, the segment's length.
    const addresses = packet.subarray(42, 50);
    tcp.writeUInt16BE(checksum(tcp, 6 + tcp.length + sumOf(addresses)), 16);
    this.#next[from] += payload.length + (flags & SYN ? 1 : 0);
    this.#emit(packet);
  }
}

function writeRecordHeader(packet: Buffer): void {
  const time = packetsMade * MICROSECONDS_A_PACKET;
  packetsMade += 1;
  packet.writeUInt32LE(START_SECONDS + Math.floor(time / 1e6), 0);
  packet.writeUInt32LE(time % 1e6, 4);
  packet.writeUInt32LE(packet.length - 16, 8);
  packet.writeUInt32LE(packet.length - 16, 12);
}

function writeIp(ip: Buffer, source: number, destination: number): void {
  ip.writeUInt16BE(0x4500, 0);
  ip.writeUInt16BE(ip.length, 2);
  ip.writeUInt16BE(packetsMade & 0xffff, 4);
  ip.writeUInt16BE(0x4000, 6);
  ip.writeUInt16BE((64 << 8) | 6, 8);
  ip.writeUInt32BE(source, 12);
  ip.writeUInt32BE(destination, 16);
  ip.writeUInt16BE(checksum(ip.subarray(0, 20), 0), 10);
}

/** The Internet checksum (RFC 1071). */
function checksum(bytes: Buffer, start: number): number {
  let sum = start + sumOf(bytes);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function sumOf(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at + 1 < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  return bytes.length % 2 === 0 ? sum : sum + bytes[bytes.length - 1]! * 256;
}
