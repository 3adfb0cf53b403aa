// What the two file formats have in common: records in, packets out.
// Counterparts: pcap.ts and pcapng.ts (they implement CaptureFormat), tcp-capture.ts (it implements PacketSink).
// Invariant: a format keeps no bytes; what it does not consume is handed to it again with more behind.

/** Receives the packets of a capture file. */
export interface PacketSink {
  /**
   * @param linkType LINKTYPE_ value of the file (tcpdump.org/linktypes.html)
   * @param bytes holds the packet at `[start, end)`, as far as it was captured
   * @param originalLength its length on the wire
   * @param time microseconds since the Unix epoch
   */
  packet(linkType: number, bytes: Uint8Array, start: number, end: number, originalLength: number, time: number): void;
}

/** A file format's reader. Throws CaptureFormatError at a record that cannot be right. */
export interface CaptureFormat {
  /** Offset in the file of the first record not consumed. */
  readonly offset: number;
  /** Bytes that this record takes, as far as known by now. */
  readonly needed: number;
  /** The file header has been read. */
  readonly begun: boolean;
  /** Consumes the whole records in `bytes[start, end)` and returns the offset behind the last one. */
  read(bytes: Uint8Array, start: number, end: number): number;
  /** Takes what there is of a record that the capture's end cut off. */
  readCut(bytes: Uint8Array, start: number, end: number): void;
}

/** 9999-12-31T23:59:59 in microseconds: later times come from corrupt records only, and no date can hold them. */
export const LATEST_TIME = 253_402_300_799_000_000;

/** Reads 16 bits in the file's byte order. */
export function readU16(bytes: Uint8Array, at: number, littleEndian: boolean): number {
  return littleEndian ? bytes[at]! | (bytes[at + 1]! << 8) : (bytes[at]! << 8) | bytes[at + 1]!;
}

/** Reads 32 bits, unsigned, in the file's byte order. */
export function readU32(bytes: Uint8Array, at: number, littleEndian: boolean): number {
  return littleEndian
    ? (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
    : ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
