// The TCP segment being read: one object that ip.ts and decodeTcp fill anew for each packet.
// Counterpart of tcp-packet.ts, which writes the same layout.
// Invariant: holds nothing beyond one packet; whoever keeps bytes copies them.

export const TCP_FIN = 0x01;
export const TCP_SYN = 0x02;
export const TCP_RST = 0x04;
export const TCP_PSH = 0x08;
export const TCP_ACK = 0x10;

const LEAST_HEADER = 20;

/** A decoded segment. Addresses are four 32-bit words, IPv4 in its IPv6-mapped form; all words and numbers signed. */
export class TcpSegment {
  source0 = 0;
  source1 = 0;
  source2 = 0;
  source3 = 0;
  target0 = 0;
  target1 = 0;
  target2 = 0;
  target3 = 0;
  sourcePort = 0;
  targetPort = 0;
  sequence = 0;
  acknowledged = 0;
  flags = 0;
  bytes: Uint8Array = new Uint8Array(0);
  /** The payload that was captured is `bytes[start, end)`; while IP is decoded, what follows the IP header. */
  start = 0;
  end = 0;
  /** Octets of payload on the wire: more than `end - start` if the capture cut the packet. */
  length = 0;
  time = 0;
}

/** Decodes the TCP header that `segment` points to (RFC 9293 §3.1). False if it is cut off or makes no sense. */
export function decodeTcp(segment: TcpSegment): boolean {
  const { bytes, start, end } = segment;
  if (end - start < LEAST_HEADER) return false;
  const header = (bytes[start + 12]! >>> 4) * 4;
  if (header < LEAST_HEADER || header > segment.length) return false;
  segment.sourcePort = (bytes[start]! << 8) | bytes[start + 1]!;
  segment.targetPort = (bytes[start + 2]! << 8) | bytes[start + 3]!;
  segment.sequence =
    (bytes[start + 4]! << 24) | (bytes[start + 5]! << 16) | (bytes[start + 6]! << 8) | bytes[start + 7]!;
  segment.acknowledged =
    (bytes[start + 8]! << 24) | (bytes[start + 9]! << 16) | (bytes[start + 10]! << 8) | bytes[start + 11]!;
  segment.flags = bytes[start + 13]!;
  segment.length -= header;
  // Options may be cut off while the fixed part is there: then no payload was captured.
  segment.start = Math.min(start + header, end);
  return true;
}
