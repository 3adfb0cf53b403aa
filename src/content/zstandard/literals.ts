// The literals of a Zstandard block (RFC 8878 §3.1.1.3.1). Counterpart: sequences.ts, which puts them in place.
// Invariant: never more than a block can hold.

import { DecodeError } from '../decoder.ts';
import { decodeHuffman, type HuffmanTable, readHuffman } from './huffman.ts';

const RAW = 0;
const RLE = 1;
const COMPRESSED = 2;
/** Streams start where the jump table says: three sizes of two bytes. */
const JUMP_TABLE = 6;

export interface Literals {
  readonly bytes: Uint8Array;
  /** Where the sequences start. */
  readonly end: number;
  readonly huffman: HuffmanTable | undefined;
}

interface Header {
  readonly type: number;
  readonly size: number;
  readonly packed: number;
  readonly streams: 1 | 4;
  readonly end: number;
}

/** `before`: the Huffman table of the block before, which may be used again. Throws DecodeError. */
export function readLiterals(block: Uint8Array, largest: number, before: HuffmanTable | undefined): Literals {
  const { type, size, packed, streams, end: start } = readHeader(block);
  const end = start + packed;
  if (size > largest || end > block.length) throw new DecodeError('has more literals than its block can hold');
  if (type === RAW) return { bytes: block.subarray(start, end), end, huffman: before };
  if (type === RLE) return { bytes: new Uint8Array(size).fill(block[start]!), end, huffman: before };
  const read = type === COMPRESSED ? readHuffman(block.subarray(0, end), start) : { table: before, end: start };
  if (read.table === undefined) throw new DecodeError('uses a Huffman table that it lacks');
  const bytes = new Uint8Array(size);
  const content = block.subarray(read.end, end);
  if (streams === 1) decodeHuffman(content, read.table, bytes);
  else decodeFour(content, read.table, bytes);
  return { bytes, end, huffman: read.table };
}

function readHeader(block: Uint8Array): Header {
  const byte = (i: number) => block[i] ?? 0;
  const type = byte(0) & 3;
  const format = (byte(0) >> 2) & 3;
  if (type === RAW || type === RLE) {
    const width = format === 1 ? 2 : format === 3 ? 3 : 1;
    const size = width === 1 ? byte(0) >> 3 : (byte(0) >> 4) | (byte(1) << 4) | (width === 3 ? byte(2) << 12 : 0);
    return { type, size, packed: type === RAW ? size : 1, streams: 1, end: width };
  }
  const width = format < 2 ? 3 : format + 2;
  const bits = 10 + 4 * Math.max(0, format - 1);
  let header = 0;
  for (let i = width - 1; i >= 0; i--) header = header * 256 + byte(i);
  // Up to 40 bits, so no shifts.
  const sizes = Math.floor(header / 16);
  const size = sizes % 2 ** bits;
  return { type, size, packed: Math.floor(sizes / 2 ** bits), streams: format === 0 ? 1 : 4, end: width };
}

function decodeFour(content: Uint8Array, table: HuffmanTable, out: Uint8Array): void {
  const quarter = (out.length + 3) >> 2;
  let start = JUMP_TABLE;
  for (let i = 0; i < 4; i++) {
    const size = i < 3 ? (content[2 * i] ?? 0) | ((content[2 * i + 1] ?? 0) << 8) : content.length - start;
    if (size <= 0 || start + size > content.length || quarter * 3 > out.length) {
      throw new DecodeError('has literals in streams that do not fit');
    }
    const piece = out.subarray(i * quarter, i < 3 ? (i + 1) * quarter : out.length);
    decodeHuffman(content.subarray(start, start + size), table, piece);
    start += size;
  }
}
