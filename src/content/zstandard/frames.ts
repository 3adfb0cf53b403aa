// Zstandard (RFC 8878): frames of blocks, unpacked into one growing buffer that is also the window.
// Our own, since the unpackers on offer loop for minutes over a few hostile bytes. Checksums are not checked, and
// dictionaries not known. Invariant: memory is bounded by the limit, time by limit and input.
//
//   28 b5 2f fd | descriptor | window? | dictionary id? | content size? | blocks … | checksum?
//   block: 3 bytes, little-endian: bit 0 last, bits 1-2 type, bits 3-23 size

import { DecodeError, TooLargeError } from '../decoder.ts';
import { GrowingBytes } from '../growing-bytes.ts';
import type { HuffmanTable } from './huffman.ts';
import { readLiterals } from './literals.ts';
import { type RecentOffsets, runSequences, type SequenceTables } from './sequences.ts';

const MAGIC = 0xfd2fb528;
/** Of frames that hold something else, to be skipped. The last digit varies. */
const SKIPPABLE = 0x184d2a50;
const LARGEST_BLOCK = 128 << 10;
const BLOCK_HEADER = 3;
const CHECKSUM = 4;
const RAW = 0;
const RLE = 1;
const COMPRESSED = 2;
/** Senders make blocks of 128 KiB; many small ones cost time and give nothing. */
const MOST_BLOCKS = 10_000;

interface FrameHeader {
  readonly window: number;
  readonly contentSize: number | undefined;
  readonly hasChecksum: boolean;
}

/** `28 b5 2f fd` */
export function isZstandard(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && u32(bytes, 0) === MAGIC;
}

/** Unpacks all frames; of a body's beginning as much as there is. Throws DecodeError. */
export function unpackZstandard(bytes: Uint8Array, limit: number, truncated: boolean): Uint8Array {
  const unpacker = new Unpacker(bytes, limit);
  try {
    unpacker.run();
  } catch (error) {
    if (!(truncated && error instanceof CutShort)) throw error;
  }
  return unpacker.out.finish();
}

/** More bytes are needed. */
class CutShort extends DecodeError {}

class Unpacker {
  readonly out: GrowingBytes;
  readonly #bytes: Uint8Array;
  readonly #limit: number;
  #at = 0;
  #blocks = 0;

  constructor(bytes: Uint8Array, limit: number) {
    this.out = new GrowingBytes(limit, bytes.length);
    this.#bytes = bytes;
    this.#limit = limit;
  }

  run(): void {
    do {
      const magic = u32(this.#bytes, this.#need(4));
      if (magic === MAGIC) this.#frame();
      else if ((magic & ~0xf) >>> 0 === SKIPPABLE) this.#need(u32(this.#bytes, this.#need(4)));
      else throw new DecodeError(`has no Zstandard frame at byte ${this.#at - 4}`);
    } while (this.#at < this.#bytes.length);
  }

  #frame(): void {
    const { window, contentSize, hasChecksum } = this.#header();
    const frameStart = this.out.size;
    if (contentSize !== undefined && contentSize > this.#limit - frameStart) {
      throw new TooLargeError(this.#limit, this.#bytes.length);
    }
    const frame: Frame = { start: frameStart, largest: Math.min(window, LARGEST_BLOCK), recent: [1, 4, 8] };
    while (!this.#block(frame));
    if (hasChecksum) this.#need(CHECKSUM);
    if (contentSize !== undefined && this.out.size - frameStart !== contentSize) {
      throw new DecodeError(`holds ${this.out.size - frameStart} bytes, where it says ${contentSize}`);
    }
  }

  #header(): FrameHeader {
    const bytes = this.#bytes;
    const descriptor = bytes[this.#need(1)]!;
    const isSingle = (descriptor & 0x20) !== 0;
    const sizeFlag = descriptor >> 6;
    if (descriptor & 0x08) throw new DecodeError('has a frame of a later version of Zstandard');
    const windowByte = isSingle ? 0 : bytes[this.#need(1)]!;
    const dictionary = number(bytes, this.#need([0, 1, 2, 4][descriptor & 3]!), [0, 1, 2, 4][descriptor & 3]!);
    if (dictionary !== 0) throw new DecodeError(`needs dictionary ${dictionary}`);
    const width = sizeFlag === 0 ? (isSingle ? 1 : 0) : 2 ** sizeFlag;
    const size = number(bytes, this.#need(width), width) + (width === 2 ? 256 : 0);
    const base = 2 ** (10 + (windowByte >> 3));
    return {
      window: isSingle ? size : base + (base / 8) * (windowByte & 7),
      contentSize: width === 0 ? undefined : size,
      hasChecksum: (descriptor & 0x04) !== 0,
    };
  }

  /** True if it was the last one. */
  #block(frame: Frame): boolean {
    if (++this.#blocks > MOST_BLOCKS) throw new DecodeError(`has more than ${MOST_BLOCKS} blocks`);
    const header = number(this.#bytes, this.#need(BLOCK_HEADER), BLOCK_HEADER);
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (size > frame.largest && size > 0) throw new DecodeError(`has a block of ${size} bytes, more than its window`);
    const start = this.#need(type === RLE ? 1 : size);
    if (type === RAW) this.out.push(this.#bytes.subarray(start, start + size));
    else if (type === RLE) {
      const at = this.out.size;
      this.out.reserve(size).fill(this.#bytes[start]!, at, at + size);
      this.out.advance(size);
    } else if (type === COMPRESSED) this.#compressed(this.#bytes.subarray(start, start + size), frame);
    else throw new DecodeError(`has a block of the reserved type at byte ${start}`);
    return (header & 1) !== 0;
  }

  #compressed(block: Uint8Array, frame: Frame): void {
    const literals = readLiterals(block, frame.largest, frame.huffman);
    frame.huffman = literals.huffman;
    const { tables, recent, start: frameStart, largest } = frame;
    frame.tables = runSequences(block, literals.end, literals.bytes, this.out, { tables, recent, frameStart, largest });
  }

  /** The start of that many bytes, which are skipped. */
  #need(size: number): number {
    const start = this.#at;
    if (size > this.#bytes.length - start) throw new CutShort(`is cut short at byte ${start}`);
    this.#at = start + size;
    return start;
  }
}

/** What blocks of a frame hand on to the next. */
interface Frame {
  readonly start: number;
  readonly largest: number;
  readonly recent: RecentOffsets;
  huffman?: HuffmanTable | undefined;
  tables?: SequenceTables | undefined;
}

function u32(bytes: Uint8Array, at: number): number {
  return number(bytes, at, 4);
}

/** Little-endian, of up to eight bytes; beyond 2^53 it is only known to be large. */
function number(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!;
  return value;
}
