// The newer capture file (draft-ietf-opsawg-pcapng): sections of blocks, each with its own byte order and interfaces.
// Counterpart of pcap.ts; PcapngWriter writes what this reads. Blocks of other kinds are stepped over.
// Invariant: `offset` is where the next block begins in the file.

import { CaptureFormatError } from '../../errors.ts';
import { type CaptureFormat, type PacketSink, readU16, readU32 } from './capture-format.ts';
import {
  BLOCK_OVERHEAD,
  BYTE_ORDER_MAGIC,
  ENHANCED_PACKET,
  INTERFACE_DESCRIPTION,
  PACKET,
  PACKET_PREFIX,
  SECTION_HEADER,
  SIMPLE_PACKET,
} from './pcapng-blocks.ts';
import { PcapngInterface } from './pcapng-interface.ts';

/** The largest block that libpcap takes, too: a longer one is a corrupt length. */
const LARGEST_BLOCK = 16 * 1024 * 1024;
const LEAST_SECTION_HEADER = 28;
const LEAST_INTERFACE_DESCRIPTION = 20;
const SIMPLE_PREFIX = 12;
const TRAILER = 4;

/** Whether these four bytes begin a pcapng file. */
export function isPcapng(bytes: Uint8Array): boolean {
  return readU32(bytes, 0, false) === SECTION_HEADER;
}

/** Reads pcapng files: sections of either byte order, enhanced, simple and obsolete packet blocks. */
export class PcapngFormat implements CaptureFormat {
  offset = 0;
  needed = BLOCK_OVERHEAD;
  begun = false;
  private readonly packets: PacketSink;
  private littleEndian = true;
  private interfaces: PcapngInterface[] = [];
  /** Simple packet blocks carry no time: they take the last one seen. */
  private lastTime = 0;

  constructor(packets: PacketSink) {
    this.packets = packets;
  }

  read(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (end - at >= BLOCK_OVERHEAD) {
      const length = this.blockLength(bytes, at);
      if (end - at < length) {
        this.needed = length;
        return at;
      }
      const trailer = readU32(bytes, at + length - TRAILER, this.littleEndian);
      if (trailer !== length) throw this.corrupt(`a block ends with length ${trailer}, expected ${length}`);
      this.readBlock(bytes, at, at + length);
      this.offset += length;
      at += length;
    }
    this.needed = BLOCK_OVERHEAD;
    return at;
  }

  readCut(bytes: Uint8Array, start: number, end: number): void {
    if (end - start < BLOCK_OVERHEAD) return;
    const type = readU32(bytes, start, this.littleEndian);
    const length = this.needed;
    if ((type === ENHANCED_PACKET || type === PACKET) && end - start > PACKET_PREFIX) {
      this.readPacket(bytes, start, length, end);
    } else if (type === SIMPLE_PACKET && end - start > SIMPLE_PREFIX) {
      this.readSimplePacket(bytes, start, length, end);
    }
  }

  /** Total length of the block at `at`; a section header's byte order is taken over first. */
  private blockLength(bytes: Uint8Array, at: number): number {
    if (readU32(bytes, at, true) === SECTION_HEADER) {
      const little = readU32(bytes, at + 8, true) === BYTE_ORDER_MAGIC;
      if (!little && readU32(bytes, at + 8, false) !== BYTE_ORDER_MAGIC) {
        throw this.corrupt('a section header without the byte-order magic 1a2b3c4d');
      }
      this.littleEndian = little;
    }
    const length = readU32(bytes, at + 4, this.littleEndian);
    if (length < BLOCK_OVERHEAD || length > LARGEST_BLOCK || length % 4 !== 0) {
      throw this.corrupt(
        `a block of ${length} bytes, expected a multiple of 4 from ${BLOCK_OVERHEAD} to ${LARGEST_BLOCK}`,
      );
    }
    return length;
  }

  private readBlock(bytes: Uint8Array, at: number, end: number): void {
    const length = end - at;
    switch (readU32(bytes, at, this.littleEndian)) {
      case ENHANCED_PACKET:
      case PACKET:
        this.readPacket(bytes, at, length, end - TRAILER);
        break;
      case SIMPLE_PACKET:
        this.readSimplePacket(bytes, at, length, end - TRAILER);
        break;
      case INTERFACE_DESCRIPTION:
        this.atLeast(length, LEAST_INTERFACE_DESCRIPTION, 'an interface description');
        this.interfaces.push(new PcapngInterface(bytes, at + 8, end - TRAILER, this.littleEndian));
        break;
      case SECTION_HEADER:
        this.readSectionHeader(bytes, at, length);
        break;
    }
  }

  private readSectionHeader(bytes: Uint8Array, at: number, length: number): void {
    this.atLeast(length, LEAST_SECTION_HEADER, 'a section header');
    const major = readU16(bytes, at + 12, this.littleEndian);
    if (major !== 1) throw this.corrupt(`pcapng version ${major}, expected 1`);
    this.interfaces = [];
    this.begun = true;
  }

  /** Enhanced and obsolete packet blocks differ in the width of the interface number alone. */
  private readPacket(bytes: Uint8Array, at: number, length: number, end: number): void {
    this.atLeast(length, PACKET_PREFIX + TRAILER, 'a packet block');
    const littleEndian = this.littleEndian;
    const enhanced = readU32(bytes, at, littleEndian) === ENHANCED_PACKET;
    const number = enhanced ? readU32(bytes, at + 8, littleEndian) : readU16(bytes, at + 8, littleEndian);
    const from = this.interfaces[number];
    if (from === undefined) throw this.corrupt(`a packet of interface ${number}, which no block describes`);
    const captured = readU32(bytes, at + 20, littleEndian);
    if (captured > length - PACKET_PREFIX - TRAILER) {
      throw this.corrupt(`a packet of ${captured} bytes in a block of ${length}`);
    }
    this.lastTime = from.time(readU32(bytes, at + 12, littleEndian), readU32(bytes, at + 16, littleEndian));
    const start = at + PACKET_PREFIX;
    const original = readU32(bytes, at + 24, littleEndian);
    this.packets.packet(from.linkType, bytes, start, Math.min(start + captured, end), original, this.lastTime);
  }

  private readSimplePacket(bytes: Uint8Array, at: number, length: number, end: number): void {
    this.atLeast(length, SIMPLE_PREFIX + TRAILER, 'a simple packet block');
    const from = this.interfaces[0];
    if (from === undefined) throw this.corrupt('a simple packet, but no block describes an interface');
    const original = readU32(bytes, at + 8, this.littleEndian);
    const captured = from.snaplen === 0 ? original : Math.min(original, from.snaplen);
    const start = at + SIMPLE_PREFIX;
    this.packets.packet(from.linkType, bytes, start, Math.min(start + captured, end), original, this.lastTime);
  }

  private atLeast(length: number, least: number, what: string): void {
    if (length < least) throw this.corrupt(`${what} of ${length} bytes, expected at least ${least}`);
  }

  private corrupt(what: string): CaptureFormatError {
    return new CaptureFormatError(`corrupt pcapng file: ${what}`, this.offset);
  }
}
