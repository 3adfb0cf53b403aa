// From an IP packet to the TCP segment in it (RFC 791, RFC 8200). Counterpart of link-layer.ts (before) and decodeTcp (after).
// Invariant: padding behind the IP packet is left aside, and no byte behind `end` is read.

import type { TcpSegment } from './tcp-segment.ts';

/** The segment's address words, `bytes`, `start`, `end` and `length` are set. */
export const IP_TCP = 0;
/** Not TCP, or cut off before its payload. */
const IP_OTHER = 1;
/** A piece of a packet that was fragmented on its way. */
export const IP_FRAGMENT = 2;
export type IpContent = typeof IP_TCP | typeof IP_OTHER | typeof IP_FRAGMENT;

const PROTOCOL_TCP = 6;
const LEAST_IPV4_HEADER = 20;
const IPV6_HEADER = 40;
/** More fragments, or a fragment offset other than 0. */
const FRAGMENT_BITS = 0x3fff;
/** Upper half of an IPv4 address mapped into IPv6, ::ffff:a.b.c.d. */
const MAPPED = 0xffff;

/**
 * Decodes the IP header at `start`.
 *
 * @param end end of what was captured
 * @param wireEnd where the packet ended on the wire; counts where the header names no length, as it does when the
 *   network card was to cut the packet up (segmentation offload)
 */
export function decodeIp(
  bytes: Uint8Array,
  start: number,
  end: number,
  wireEnd: number,
  segment: TcpSegment,
): IpContent {
  if (start >= end) return IP_OTHER;
  switch (bytes[start]! >>> 4) {
    case 4:
      return decodeIpv4(bytes, start, end, wireEnd, segment);
    case 6:
      return decodeIpv6(bytes, start, end, wireEnd, segment);
    default:
      return IP_OTHER;
  }
}

function decodeIpv4(bytes: Uint8Array, start: number, end: number, wireEnd: number, segment: TcpSegment): IpContent {
  if (end - start < LEAST_IPV4_HEADER || bytes[start + 9] !== PROTOCOL_TCP) return IP_OTHER;
  const header = (bytes[start]! & 0x0f) * 4;
  if (header < LEAST_IPV4_HEADER) return IP_OTHER;
  if ((((bytes[start + 6]! << 8) | bytes[start + 7]!) & FRAGMENT_BITS) !== 0) return IP_FRAGMENT;
  segment.source0 = 0;
  segment.source1 = 0;
  segment.source2 = MAPPED;
  segment.source3 = word(bytes, start + 12);
  segment.target0 = 0;
  segment.target1 = 0;
  segment.target2 = MAPPED;
  segment.target3 = word(bytes, start + 16);
  const total = (bytes[start + 2]! << 8) | bytes[start + 3]!;
  return payload(bytes, start + header, end, total === 0 ? wireEnd : start + total, segment);
}

function decodeIpv6(bytes: Uint8Array, start: number, end: number, wireEnd: number, segment: TcpSegment): IpContent {
  if (end - start < IPV6_HEADER) return IP_OTHER;
  let next = bytes[start + 6]!;
  let at = start + IPV6_HEADER;
  while (next !== PROTOCOL_TCP) {
    // Each extension header begins with the number of the next one and its own length.
    if (at + 8 > end) return IP_OTHER;
    const size = extensionSize(next, bytes, at);
    if (size === 0) return IP_OTHER;
    if (size < 0) return IP_FRAGMENT;
    next = bytes[at]!;
    at += size;
  }
  segment.source0 = word(bytes, start + 8);
  segment.source1 = word(bytes, start + 12);
  segment.source2 = word(bytes, start + 16);
  segment.source3 = word(bytes, start + 20);
  segment.target0 = word(bytes, start + 24);
  segment.target1 = word(bytes, start + 28);
  segment.target2 = word(bytes, start + 32);
  segment.target3 = word(bytes, start + 36);
  const length = (bytes[start + 4]! << 8) | bytes[start + 5]!;
  return payload(bytes, at, end, length === 0 ? wireEnd : start + IPV6_HEADER + length, segment);
}

/** Octets of the IPv6 extension header of kind `next` at `at`; 0 if it is none, -1 if it says that this is a fragment. */
function extensionSize(next: number, bytes: Uint8Array, at: number): number {
  switch (next) {
    case 0: // hop-by-hop options
    case 43: // routing
    case 60: // destination options
    case 135: // mobility
    case 139: // host identity
    case 140: // shim6
      return (bytes[at + 1]! + 1) * 8;
    case 51: // authentication
      return (bytes[at + 1]! + 2) * 4;
    case 44: // fragment: offset and the flag that more follow; both 0 in an atomic fragment (RFC 6946)
      return (((bytes[at + 2]! << 8) | bytes[at + 3]!) & 0xfff9) === 0 ? 8 : -1;
    default:
      return 0;
  }
}

function payload(bytes: Uint8Array, start: number, end: number, wireEnd: number, segment: TcpSegment): IpContent {
  if (start > end || start > wireEnd) return IP_OTHER;
  segment.bytes = bytes;
  segment.start = start;
  segment.end = Math.min(end, wireEnd);
  segment.length = wireEnd - start;
  return IP_TCP;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
