// The classic capture file (draft-ietf-opsawg-pcap): one header, then packets. Counterpart of pcapng.ts.
//
//   magic 4 | version 2+2 | reserved 8 | snaplen 4 | link type 4          file header, in the byte order of the magic
//   seconds 4 | fraction 4 | captured length 4 | original length 4 | data  a packet; the modified format has 8 more
//
// Invariant: `offset` is where the next record begins in the file.

import { CaptureFormatError } from '../../errors.ts';
import { type CaptureFormat, type PacketSink, readU32 } from './capture-format.ts';
import { isKnownLinkType } from './link-layer.ts';

const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
/** Kuznetsov's variant: interface, protocol and packet type follow the lengths. */
const MODIFIED = 0xa1b2cd34;

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const MODIFIED_RECORD_HEADER = 24;
/** What tcpdump and Wireshark take as the largest packet, whatever the header says. */
const LARGEST_PACKET = 262_144;
/** A header may ask for more, but no capture needs more than this. */
const LARGEST_SNAPLEN = 16 * 1024 * 1024;

/** Whether these four bytes begin a pcap file, and in which byte order; undefined if not. */
export function pcapByteOrder(bytes: Uint8Array): 'little' | 'big' | undefined {
  if (isMagic(readU32(bytes, 0, true))) return 'little';
  return isMagic(readU32(bytes, 0, false)) ? 'big' : undefined;
}

function isMagic(magic: number): boolean {
  return magic === MICROSECONDS || magic === NANOSECONDS || magic === MODIFIED;
}

/** Reads pcap files of either byte order, with times in microseconds or nanoseconds. */
export class PcapFormat implements CaptureFormat {
  offset = 0;
  needed = FILE_HEADER;
  begun = false;
  private readonly littleEndian: boolean;
  private readonly packets: PacketSink;
  private linkType = 0;
  private recordHeader = RECORD_HEADER;
  /** Fraction units in a microsecond. */
  private divisor = 1;
  private largest = LARGEST_PACKET;

  constructor(byteOrder: 'little' | 'big', packets: PacketSink) {
    this.littleEndian = byteOrder === 'little';
    this.packets = packets;
  }

  read(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    if (!this.begun) {
      if (end - at < FILE_HEADER) return at;
      this.readFileHeader(bytes, at);
      at += FILE_HEADER;
    }
    const header = this.recordHeader;
    while (end - at >= header) {
      const length = header + this.capturedLength(bytes, at);
      if (end - at < length) {
        this.needed = length;
        return at;
      }
      this.readPacket(bytes, at, at + length);
      this.offset += length;
      at += length;
    }
    this.needed = header;
    return at;
  }

  readCut(bytes: Uint8Array, start: number, end: number): void {
    if (end - start > this.recordHeader) this.readPacket(bytes, start, end);
  }

  private readFileHeader(bytes: Uint8Array, at: number): void {
    const magic = readU32(bytes, at, this.littleEndian);
    const snaplen = readU32(bytes, at + 16, this.littleEndian);
    // The upper half holds flags and the length of a frame check sequence, which IP's own lengths leave aside.
    this.linkType = readU32(bytes, at + 20, this.littleEndian) & 0xffff;
    if (!isKnownLinkType(this.linkType)) {
      throw new CaptureFormatError(
        `link type ${this.linkType} is not supported, expected Ethernet, Linux cooked, BSD loopback or raw IP`,
        this.offset + 20,
      );
    }
    this.divisor = magic === NANOSECONDS ? 1000 : 1;
    this.recordHeader = magic === MODIFIED ? MODIFIED_RECORD_HEADER : RECORD_HEADER;
    this.largest = Math.min(Math.max(snaplen, LARGEST_PACKET), LARGEST_SNAPLEN);
    this.begun = true;
    this.offset += FILE_HEADER;
  }

  private capturedLength(bytes: Uint8Array, at: number): number {
    const captured = readU32(bytes, at + 8, this.littleEndian);
    if (captured > this.largest) {
      throw new CaptureFormatError(
        `corrupt pcap file: a packet of ${captured} bytes, expected at most ${this.largest}`,
        this.offset,
      );
    }
    return captured;
  }

  private readPacket(bytes: Uint8Array, at: number, end: number): void {
    const littleEndian = this.littleEndian;
    const fraction = readU32(bytes, at + 4, littleEndian);
    const time =
      readU32(bytes, at, littleEndian) * 1e6 + (this.divisor === 1 ? fraction : Math.floor(fraction / this.divisor));
    const start = at + this.recordHeader;
    this.packets.packet(this.linkType, bytes, start, end, readU32(bytes, at + 12, littleEndian), time);
  }
}
