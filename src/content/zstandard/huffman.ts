// Huffman-coded literals of Zstandard (RFC 8878 §4.2). Counterpart: literals.ts.
// Invariant: a stream gives exactly the bytes that were announced, or throws.

import { DecodeError } from '../decoder.ts';
import { BackwardBits, highestBit } from './bits.ts';
import { FseState, readTable } from './fse.ts';

export interface HuffmanTable {
  /** Bits of the longest code: the table has 2^width entries. */
  readonly width: number;
  readonly symbols: Uint8Array;
  readonly lengths: Uint8Array;
}

const LONGEST_CODE = 11;
const MOST_SYMBOLS = 256;
/** Of the table in which the weights are compressed. */
const WEIGHT_LIMITS = { accuracy: 6, symbols: 16 };
/** From this header on, weights stand as they are, four bits each. */
const DIRECT = 128;

/** Reads a table's description at `start`. Throws DecodeError. */
export function readHuffman(bytes: Uint8Array, start: number): { readonly table: HuffmanTable; readonly end: number } {
  const header = bytes[start] ?? 0;
  const isDirect = header >= DIRECT;
  const count = header - DIRECT + 1;
  const end = start + 1 + (isDirect ? (count + 1) >> 1 : header);
  if (end > bytes.length) throw new DecodeError('is cut short in a Huffman table');
  const body = bytes.subarray(start + 1, end);
  return { table: buildHuffman(isDirect ? directWeights(body, count) : packedWeights(body)), end };
}

function directWeights(bytes: Uint8Array, count: number): number[] {
  return Array.from({ length: count }, (_, i) => (i % 2 === 0 ? bytes[i >> 1]! >> 4 : bytes[i >> 1]! & 0x0f));
}

/** Two states take turns until the bits are used up. */
function packedWeights(bytes: Uint8Array): number[] {
  const { table, end } = readTable(bytes, 0, WEIGHT_LIMITS);
  const bits = new BackwardBits(bytes.subarray(end));
  let turn = new FseState(table, bits);
  let other = new FseState(table, bits);
  const weights: number[] = [];
  while (weights.length < MOST_SYMBOLS) {
    weights.push(turn.symbol);
    turn.advance(bits);
    [turn, other] = [other, turn];
    if (bits.left < 0) break;
  }
  weights.push(turn.symbol);
  return weights;
}

/** The last symbol's weight is what is missing to a power of two. */
function buildHuffman(weights: readonly number[]): HuffmanTable {
  const sum = weights.reduce((total, weight) => total + (weight > 0 ? 2 ** (weight - 1) : 0), 0);
  const width = highestBit(sum) + 1;
  const rest = 2 ** width - sum;
  if (sum === 0 || width > LONGEST_CODE || weights.length >= MOST_SYMBOLS || rest !== 2 ** highestBit(rest)) {
    throw new DecodeError('has a broken Huffman table');
  }
  const all = [...weights, highestBit(rest) + 1];
  const symbols = new Uint8Array(1 << width);
  const lengths = new Uint8Array(1 << width);
  let at = 0;
  // Longest codes first, that is lowest weights; a weight of w takes 2^(w-1) entries.
  for (let weight = 1; weight <= width; weight++) {
    all.forEach((own, symbol) => {
      if (own !== weight) return;
      const end = at + 2 ** (weight - 1);
      symbols.fill(symbol, at, end);
      lengths.fill(width + 1 - weight, at, end);
      at = end;
    });
  }
  return { width, symbols, lengths };
}

/** Decodes one stream into `out`. Throws DecodeError unless the bits end with the last byte. */
export function decodeHuffman(bytes: Uint8Array, table: HuffmanTable, out: Uint8Array): void {
  const { width, symbols, lengths } = table;
  const mask = (1 << width) - 1;
  const bits = new BackwardBits(bytes);
  let state = bits.read(width);
  for (let i = 0; i < out.length; i++) {
    if (bits.left <= -width) throw new DecodeError('has literals that end too soon');
    out[i] = symbols[state]!;
    const length = lengths[state]!;
    state = ((state << length) | bits.read(length)) & mask;
  }
  if (bits.left !== -width) throw new DecodeError('has literals that do not end with their bits');
}
