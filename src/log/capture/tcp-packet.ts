// Made-up TCP/IP packets, written into a buffer: IPv4 (RFC 791) or IPv6 (RFC 8200), TCP (RFC 9293), checksums right.
// Counterpart of ip.ts and tcp-segment.ts, which read them. Used by PcapngWriter.
// Invariant: packets begin at a multiple of four, so that the checksum runs over 16-bit words.

import { type AddressWords, isIpv4 } from './ip-address.ts';
import { TCP_ACK, TCP_SYN } from './tcp-segment.ts';

const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const TCP_HEADER = 20;
/** Maximum segment size and window scale (RFC 7323), padded to a multiple of four. */
const SYN_OPTIONS = 8;
/** The largest IPv4 packet; IPv6 could carry a little more, but two limits are one too many. */
const LARGEST_PACKET = 65_535;
const PROTOCOL_TCP = 6;
const TIME_TO_LIVE = 64;
const DONT_FRAGMENT = 0x4000;
/** With the largest scale the window never looks full. */
const WINDOW = 65_535;
const WINDOW_SCALE = 14;

const LITTLE_ENDIAN_HOST = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** One end of a made-up connection. */
export interface PacketEndpoint {
  readonly words: AddressWords;
  readonly port: number;
  /** Sequence number of the next byte it sends. Signed. */
  next: number;
}

/** A buffer and the views on it that packets are written through. */
export class PacketBuffer {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  private readonly words: Uint16Array;

  constructor(size: number) {
    const buffer = new ArrayBuffer(size);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.words = new Uint16Array(buffer);
  }

  /** Sum of the 16-bit words in `[start, end)`, in the host's byte order, which RFC 1071 §2(B) allows. */
  sum(start: number, end: number): number {
    const { words } = this;
    const stop = end >>> 1;
    let sum = 0;
    for (let i = start >>> 1; i < stop; i++) sum += words[i]!;
    return sum;
  }

  /** Stores the checksum that a sum of words folds to (RFC 1071). */
  storeChecksum(at: number, sum: number): void {
    let folded = sum;
    while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
    this.words[at >>> 1] = ~folded;
  }
}

/** Whether packets between the two are IPv4: both are, else the IPv4 one is written in its mapped form. */
function isIpv4Pair(from: PacketEndpoint, to: PacketEndpoint): boolean {
  return isIpv4(from.words[0], from.words[1], from.words[2]) && isIpv4(to.words[0], to.words[1], to.words[2]);
}

/** Most octets of payload in a packet between the two. */
export function largestPayload(from: PacketEndpoint, to: PacketEndpoint): number {
  return LARGEST_PACKET - TCP_HEADER - (isIpv4Pair(from, to) ? IPV4_HEADER : IPV6_HEADER);
}

/**
 * Writes a packet at `at`, a multiple of four, with `payload[start, end)`, followed by zeros up to the next one, and
 * moves on the sender's sequence number by the payload.
 *
 * @returns its length
 */
export function writeTcpPacket(
  buffer: PacketBuffer,
  at: number,
  from: PacketEndpoint,
  to: PacketEndpoint,
  flags: number,
  payload: Uint8Array,
  start: number,
  end: number,
): number {
  const ipv4 = isIpv4Pair(from, to);
  const tcp = at + (ipv4 ? IPV4_HEADER : IPV6_HEADER);
  const header = TCP_HEADER + (flags & TCP_SYN ? SYN_OPTIONS : 0);
  const length = header + end - start;
  const { view, bytes } = buffer;
  view.setUint16(tcp, from.port);
  view.setUint16(tcp + 2, to.port);
  view.setInt32(tcp + 4, from.next);
  view.setInt32(tcp + 8, flags & TCP_ACK ? to.next : 0);
  view.setUint16(tcp + 12, ((header / 4) << 12) | flags);
  view.setUint16(tcp + 14, WINDOW);
  view.setUint32(tcp + 16, 0);
  if (flags & TCP_SYN) {
    view.setUint32(tcp + 20, 0x02040000 | largestPayload(from, to));
    view.setUint32(tcp + 24, 0x03030001 | (WINDOW_SCALE << 8));
  }
  bytes.set(payload.subarray(start, end), tcp + header);
  bytes.fill(0, tcp + length, (tcp + length + 3) & ~3);
  if (ipv4) writeIpv4Header(buffer, at, from, to, length);
  else writeIpv6Header(buffer, at, from, to, length);
  // The pseudo header: both addresses, protocol and length (RFC 9293 §3.1).
  const addresses = buffer.sum(at + (ipv4 ? 12 : 8), tcp);
  buffer.storeChecksum(
    tcp + 16,
    addresses + hostOrder(PROTOCOL_TCP) + hostOrder(length) + buffer.sum(tcp, tcp + length + 1),
  );
  from.next = (from.next + end - start) | 0;
  return tcp - at + length;
}

function writeIpv4Header(
  buffer: PacketBuffer,
  at: number,
  from: PacketEndpoint,
  to: PacketEndpoint,
  length: number,
): void {
  const { view } = buffer;
  view.setUint16(at, 0x4500);
  view.setUint16(at + 2, IPV4_HEADER + length);
  view.setUint32(at + 4, DONT_FRAGMENT);
  view.setUint32(at + 8, (TIME_TO_LIVE << 24) | (PROTOCOL_TCP << 16));
  view.setInt32(at + 12, from.words[3]);
  view.setInt32(at + 16, to.words[3]);
  buffer.storeChecksum(at + 10, buffer.sum(at, at + IPV4_HEADER));
}

function writeIpv6Header(
  buffer: PacketBuffer,
  at: number,
  from: PacketEndpoint,
  to: PacketEndpoint,
  length: number,
): void {
  const { view } = buffer;
  view.setUint32(at, 0x60000000);
  view.setUint16(at + 4, length);
  view.setUint16(at + 6, (PROTOCOL_TCP << 8) | TIME_TO_LIVE);
  for (let i = 0; i < 4; i++) {
    view.setInt32(at + 8 + i * 4, from.words[i]!);
    view.setInt32(at + 24 + i * 4, to.words[i]!);
  }
}

/** A 16-bit number as the host would read it off the wire. */
function hostOrder(value: number): number {
  return LITTLE_ENDIAN_HOST ? ((value & 0xff) << 8) | (value >>> 8) : value;
}
